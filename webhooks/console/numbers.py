"""What became of each trigger lately, and what it led to: the console's side of ``GET /api/triggers``."""

from __future__ import annotations

from flask import Response, request

from core.errors import NotFound
from core.ports import Filter
from webhooks.api.numbers import DAY, Numbers, shape
from webhooks.api.outcomes import step_shapes
from webhooks.api.query import read_days
from webhooks.console.page import render
from webhooks.console.person import People
from webhooks.services import Services

#: How far back one may look at a click.
SPANS = ("1", "7", "30", "90")

#: Conversions that stand on a trigger's page, newest first.
CONVERSIONS = 20


class TriggerPages:
    """Shows the numbers that the API gives, from the same counts."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.numbers = Numbers(services)

    def triggers(self) -> Response:
        """List every trigger with its decisions, conversions and rate."""
        asked = request.args.get("days", "")
        known, rules = self.numbers.known(asked), self.services.rules()
        rows = [shape(rules.triggers[name], known, rules.paused) for name in sorted(rules.triggers)]
        return render(
            self.services, "triggers.html", rows=rows, days=read_days(asked), spans=SPANS, polls=True
        )

    def trigger(self) -> Response:
        """Show one trigger: what it decided, why it did not fire, and what each of its steps led to."""
        name, asked = request.args.get("id", ""), request.args.get("days", "")
        rules, reader = self.services.rules(), self.services.reader
        if name not in rules.triggers:
            raise NotFound("There is no such trigger.", hint="The page on triggers lists all of them.")
        known = self.numbers.known(asked)
        found = reader.conversions(Filter(trigger=name, since=known.since, limit=CONVERSIONS))
        return render(
            self.services,
            "trigger.html",
            row=shape(rules.triggers[name], known, rules.paused),
            steps=step_shapes(reader.step_numbers(name, known.since)),
            conversions=found.rows,
            goal=rules.triggers[name].goal is not None,
            people=People(self.services),
            today=self.services.clock.now() // DAY,
            days=read_days(asked),
            spans=SPANS,
            polls=True,
        )
