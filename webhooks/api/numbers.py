"""What became of each trigger lately: its decisions by outcome, gate and day, live and shadow alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Response

from core.config.nearest import did_you_mean
from core.engine.decision import FIRED, HELD, NOT_MET, SUPPRESSED
from core.engine.instant import iso
from core.engine.rule import Trigger
from core.errors import NotFound
from core.ports import ConversionNumbers, DayRow
from webhooks.answers import json_answer
from webhooks.api.outcomes import numbers_shape, step_shapes
from webhooks.api.query import read_args, read_days, read_limit, read_offset
from webhooks.api.shapes import Shape
from webhooks.services import Services

DAY = 24 * 3_600_000
OUTCOMES = (FIRED, HELD, SUPPRESSED, NOT_MET)


@dataclass(frozen=True)
class Known:
    """What the store knows of triggers from ``since`` on, in milliseconds."""

    since: int
    days: Sequence[DayRow]
    conversions: Mapping[str, ConversionNumbers]
    last_fired: Mapping[str, int]
    published: Mapping[str, int]


class Numbers:
    """Answer from counts that are kept as decisions are made."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def triggers(self) -> Response:
        """List triggers in the order of their names."""
        given = read_args(("days", "limit", "cursor"))
        triggers, known = self.services.rules().triggers, self.known(given.get("days", ""))
        start, limit = read_offset(given.get("cursor", "")), read_limit(given.get("limit", ""))
        end = start + limit
        paused = self.services.rules().paused
        shown = [shape(triggers[name], known, paused) for name in sorted(triggers)[start:end]]
        return json_answer({"triggers": shown, "next": str(end) if end < len(triggers) else None})

    def trigger(self, name: str) -> Response:
        """Show one trigger."""
        given = read_args(("days",))
        triggers = self.services.rules().triggers
        if name not in triggers:
            hint = did_you_mean(name[:80], tuple(triggers)) or "GET /api/triggers lists them."
            raise NotFound("There is no such trigger.", field="name", hint=hint)
        known = self.known(given.get("days", ""))
        steps = step_shapes(self.services.reader.step_numbers(name, known.since))
        paused = self.services.rules().paused
        return json_answer({**shape(triggers[name], known, paused), "steps": steps})

    def known(self, days: str) -> Known:
        """Gather what the store knows of the last so many days."""
        reader, today = self.services.reader, self.services.clock.now() // DAY
        since = today - read_days(days) + 1
        converted = {one.trigger: one for one in reader.conversion_numbers(since * DAY)}
        return Known(since * DAY, reader.days(since), converted, reader.last_fired(), reader.published())


def shape(trigger: Trigger, known: Known, paused: Mapping[str, str]) -> Shape:
    """Show a trigger with its numbers, the newest day first, and why it is paused."""
    rows = [row for row in known.days if row.trigger == trigger.name]
    gates: Counter[str] = Counter()
    for row in rows:
        if row.gate:
            gates[row.gate] += row.number
    since, last = known.published.get(trigger.name), known.last_fired.get(trigger.name)
    outcomes = by_outcome(rows)
    return {
        "name": trigger.name,
        "title": trigger.title,
        "status": trigger.status,
        "paused": paused.get(trigger.name),
        "version": trigger.version,
        "since": iso(since) if since and trigger.status != "draft" else None,
        "outcomes": outcomes,
        "gates": dict(gates),
        "days": [
            {"day": iso(day * DAY)[:10], **by_outcome([row for row in rows if row.day == day])}
            for day in sorted({row.day for row in rows}, reverse=True)
        ],
        "last_fired_at": iso(last) if last is not None else None,
        **numbers_shape(known.conversions.get(trigger.name), outcomes[FIRED]),
    }


def by_outcome(rows: Sequence[DayRow]) -> dict[str, int]:
    """Add up decisions by how they ended."""
    found = dict.fromkeys(OUTCOMES, 0)
    for row in rows:
        found[row.outcome] += row.number
    return found
