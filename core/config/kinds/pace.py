"""``pace:`` and ``budget:`` of a destination: how fast it is asked, and how many sends a day may hold."""

from __future__ import annotations

import math

from core.config.kinds.quiet import zone_hint
from core.config.nearest import did_you_mean
from core.config.node import Node, Scalar
from core.config.schema import (
    Choice,
    Fields,
    Integer,
    JsonSchema,
    Key,
    Number,
    OneOrMany,
    Parts,
    Reading,
    Record,
    Shape,
    Text,
)
from core.engine.places import zone_named
from core.ports import Budget, DestinationSpec, Pace

SLOWEST, FASTEST = 0.01, 1_000.0

USUAL = Pace()


class _Zone(Shape):
    """A zone of the IANA database."""

    says = "a time zone such as Europe/Berlin"

    def check(self, node: Node, reading: Reading) -> object:
        """Give the zone's name."""
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            return self.refuse(node, reading)
        return node.text if zone_named(node.text) else self.refuse(node, reading, zone_hint(node.text))

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe a zone."""
        return {"type": "string"}


PACE = Record(
    "a pace",
    {
        "per_second": Key(Number(), f"requests a second, {USUAL.per_second:g} unless it says otherwise"),
        "concurrency": Key(
            Integer(least=1, most=64), f"requests at a time, {USUAL.concurrency} unless it says otherwise"
        ),
        "burst": Key(
            Integer(least=1, most=10_000),
            "requests that may leave at once after a rest; as many as a second has",
        ),
    },
    form="pace: {per_second: 10}",
)

BUDGET = Record(
    "a budget",
    {
        "per": Key(Choice(("day",)), "the span that is counted: a calendar day", required=True),
        "times": Key(Integer(least=1), "how many sends it may hold", required=True),
        "zone": Key(_Zone(), "whose midnight begins the day; UTC unless it says otherwise", default="UTC"),
        "actions": Key(
            OneOrMany(Text("an action")), "what is counted; without it, what reaches a person", default=()
        ),
    },
    form="budget: {per: day, times: 1000}",
)


def build_pace(fields: Fields, spec: DestinationSpec, reading: Reading) -> Pace | None:
    """Build a destination's pace; None where its file says nothing of it."""
    given: Fields | None = fields.get("pace")
    budget = _budget(fields, spec, reading)
    if given is None:
        return Pace(budget=budget) if budget else None
    per_second = given.get("per_second") if "per_second" in given else USUAL.per_second
    if not SLOWEST <= per_second <= FASTEST:
        reading.error(
            given.value_place("per_second"),
            f"must lie between {SLOWEST:g} and {FASTEST:g}, not {per_second:g}",
        )
    return Pace(
        concurrency=given.get("concurrency") or USUAL.concurrency,
        per_second=per_second,
        burst=given.get("burst") or max(1, math.ceil(per_second)),
        budget=budget,
    )


def _budget(fields: Fields, spec: DestinationSpec, reading: Reading) -> Budget | None:
    given: Fields | None = fields.get("budget")
    if given is None or "times" not in given:
        return None
    for one in given.get("actions"):
        if one.value not in spec.actions:
            hint = did_you_mean(one.value, spec.actions)
            reading.error(one.mark, f"{spec.title} has no action `{one.value[:60]}`", hint)
    named = frozenset(one.value for one in given.get("actions"))
    if not named and not any(action.channel for action in spec.actions.values()):
        reading.error(
            fields.place("budget"),
            f"nothing would be counted: no action of {spec.title} reaches a person",
            "name what costs under `actions`",
        )
    return Budget(given.get("times"), given.get("zone"), named)
