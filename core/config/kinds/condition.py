"""What must be true: formulas and facts of the person, joined by ``all`` ``any`` ``not``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from core.config.kinds.expression import OF_THE_EVENT, FormulaText
from core.config.kinds.fact import (
    CONSENT,
    SCORE_BOUNDS,
    SEGMENT,
    build_consent,
    build_count,
    build_score,
    count_record,
)
from core.config.kinds.misplaced import refuse_misplaced
from core.config.node import Node, Scalar, Sequence
from core.config.schema import (
    BAD,
    Duration,
    Fields,
    JsonSchema,
    Key,
    ListOf,
    OneOrMany,
    Parts,
    Reading,
    Record,
    Shape,
    any_of,
)
from core.engine.condition import AllOf, AnyOf, FormulaCondition, Inactive, InSegment, Not

#: Keys that people write beside ``count`` and its like, though they belong inside.
_HOMES = {
    **dict.fromkeys(("event", "trigger"), "count: {event: NAME, at_least: 2, within: 7d}"),
    **dict.fromkeys(
        ("at_least", "at_most", "within", "ago"), "count: {event: NAME, at_least: 2, within: 7d}"
    ),
    **dict.fromkeys(("above", "below", "name"), "score: {name: NAME, above: 0.7}"),
    **dict.fromkeys(("purpose", "channel"), "consent: {purpose: marketing, channel: sms}"),
}

#: In trigger files: an event has happened.
OF_AN_EVENT = FormulaText(asks=True)

#: In segments: they are judged between events too, and only at moments that are known beforehand.
OF_A_PERSON = FormulaText(
    asks=True,
    withheld=(*OF_THE_EVENT, "now"),
    timely="a segment follows time by a `count` with `within`, or by `inactive_for`",
)

#: What is counted is counted as it comes, before any case; in a segment it may not depend on the clock either.
_COUNTED = FormulaText(asks=True, withheld=("case", "key"))
_COUNTED_FOR_SEGMENT = FormulaText(asks=True, withheld=("case", "key", "now"), timely=OF_A_PERSON.timely)


@dataclass(frozen=True)
class ConditionTree(Shape):
    """A formula, a fact, or ``all`` ``any`` ``not`` over further conditions."""

    says: str = "a condition (a formula, or a key such as all)"
    formula: FormulaText = OF_AN_EVENT

    def check(self, node: Node, reading: Reading) -> Any:
        """Compile the whole tree."""
        if isinstance(node, Scalar):
            formula = self.formula.read(node, reading)
            return BAD if formula is BAD else FormulaCondition(formula)
        if isinstance(node, Sequence):
            return self.refuse(node, reading, "put the list under `all:` or `any:`")
        if refuse_misplaced(node, _HOMES, reading):
            return BAD
        fields = _branches(self).read(node, reading)
        return BAD if fields is BAD else _branch(fields, reading)

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe a formula, or one branch over further conditions."""
        return parts.refer(
            "condition", lambda: any_of(FormulaText().schema(parts), one_key(_branches(self), parts))
        )


#: A condition over the person alone, as segments are.
STATE = ConditionTree(formula=OF_A_PERSON)


def one_key(record: Record, parts: Parts) -> JsonSchema:
    """Describe a mapping that has exactly one of its keys."""
    return {**record.schema(parts), "minProperties": 1, "maxProperties": 1}


def _branch(fields: Fields, reading: Reading) -> Any:
    if len(fields.node.entries) != 1:
        keys = ", ".join(f"`{name[:60]}`" for name in fields.node.names()) or "none"
        return reading.error(
            fields.mark, f"a condition has one key, and here are {keys}", "put several under `all:`"
        )
    if fields.refuse_nothing(reading):
        return BAD
    for name, one in fields.found.items():
        return _BUILDERS[name](one.value, reading)
    return BAD


def _all(parts: Any, reading: Reading) -> Any:
    return AllOf(tuple(part.value for part in parts))


def _any(parts: Any, reading: Reading) -> Any:
    return AnyOf(tuple(part.value for part in parts))


def _not(parts: Any, reading: Reading) -> Any:
    if len(parts) > 1:
        return reading.error(parts[1].mark, "`not` takes one condition", "write `not: {any: [...]}`")
    return Not(parts[0].value) if parts else BAD


def _in_segment(name: str, reading: Reading) -> Any:
    return InSegment(name)


def _inactive(length: int, reading: Reading) -> Any:
    return Inactive(length)


_BUILDERS: dict[str, Callable[[Any, Reading], Any]] = {
    "all": _all,
    "any": _any,
    "not": _not,
    "in_segment": _in_segment,
    "count": build_count,
    "score": build_score,
    "consent": build_consent,
    "inactive_for": _inactive,
}


@cache
def _branches(tree: ConditionTree) -> Record:
    """Describe the keys of a condition; ``tree`` is what stands below them."""
    several = ListOf(tree, "a list of conditions", empty=False)
    counted = _COUNTED if tree.formula == OF_AN_EVENT else _COUNTED_FOR_SEGMENT
    return Record(
        "a condition",
        {
            "all": Key(several, "conditions that must all hold"),
            "any": Key(several, "conditions of which one must hold"),
            "not": Key(OneOrMany(tree, empty=False), "a condition that must not hold"),
            "in_segment": Key(SEGMENT, "a segment of profile.yaml that the person must be in"),
            "count": Key(count_record(counted), "how many events there must be, or may be"),
            "score": Key(SCORE_BOUNDS, "a score, and the bounds it must lie in"),
            "consent": Key(CONSENT, "what the person must have agreed to"),
            "inactive_for": Key(Duration(), "how long the person must not have been active"),
        },
    )
