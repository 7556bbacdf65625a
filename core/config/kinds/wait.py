"""``wait:`` among the steps: for a while, or until a time."""

from __future__ import annotations

from typing import Any

from core.config.kinds.expression import FormulaText
from core.config.kinds.window import ClockTime
from core.config.nearest import nearest
from core.config.node import Node, Scalar
from core.config.schema import (
    BAD,
    Duration,
    Fields,
    JsonSchema,
    Key,
    Parts,
    Reading,
    Record,
    Shape,
    any_of,
    one_of_keys,
)
from core.engine.rule import Wait

#: Stands for the time of day at which a person is reached best.
_BEST = "best"


class _BestTime(ClockTime):
    """A time of day, or the person's best one."""

    says = "`best`, or a time of day such as 10:00"

    def check(self, node: Node, reading: Reading) -> Any:
        """Tell the word from a time."""
        if isinstance(node, Scalar) and node.text == _BEST:
            return _BEST
        if isinstance(node, Scalar) and nearest(node.text, [_BEST]):
            return self.refuse(node, reading, f"did you mean `{_BEST}`?")
        return super().check(node, reading)

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe the word, and a time of day."""
        return any_of({"const": _BEST}, super().schema(parts))


_WAIT = Record(
    "a wait",
    {
        "until": Key(
            FormulaText(
                "a formula for a time, which starts with =",
                instead="a time is a formula, such as =profile.traits.trial_ends_at",
            ),
            "the time from which it goes on; one that cannot be told or has passed does not wait",
        ),
        "at": Key(
            _BestTime(),
            "the next time that the person's clock shows this; `best` reads the trait best_hours",
        ),
        "otherwise": Key(ClockTime(), "the time of day of those whose best one is not known"),
    },
    form="wait: {until: =profile.traits.trial_ends_at}",
    rules={
        "allOf": [one_of_keys("until", "at")],
        "if": {"properties": {"at": {"const": _BEST}}, "required": ["at"]},
        "then": {"required": ["otherwise"]},
        "else": {"not": {"required": ["otherwise"]}},
    },
)


class WaitShape(Shape):
    """A duration, or a time to wait for."""

    says = "a duration such as 24h, {until: FORMULA} or {at: TIME}"

    def check(self, node: Node, reading: Reading) -> Any:
        """Build the wait."""
        if isinstance(node, Scalar):
            length = Duration(self.says, zero=True).read(node, reading)
            return BAD if length is BAD else Wait(length)
        fields = _WAIT.read(node, reading)
        if not isinstance(fields, Fields) or fields.refuse_nothing(reading):
            return BAD
        return self.build(fields, reading)

    def build(self, fields: Fields, reading: Reading) -> Any:
        """Build a wait for a time; what was refused has been reported."""
        given = [name for name in ("until", "at") if fields.is_written(name)]
        if not given and fields.has_unknown():
            return BAD
        if len(given) != 1:
            hint = "write {until: FORMULA} or {at: TIME}"
            return reading.error(fields.mark, "a wait has one of `until` and `at`", hint)
        if given[0] not in fields:
            return BAD
        found, otherwise = fields.get(given[0]), fields.get("otherwise")
        if found != _BEST and fields.is_written("otherwise"):
            return reading.error(
                fields.place("otherwise"),
                "`otherwise` is for `at: best`",
                "leave it out, or write `at: best`",
            )
        if found == _BEST and not fields.is_written("otherwise"):
            hint = 'add `otherwise: "10:00"`, for whoever has no best time yet'
            return reading.error(fields.value_place("at"), "`at: best` needs `otherwise`", hint)
        if found == _BEST:
            return BAD if otherwise is None else Wait(clock=otherwise, is_best=True)
        return Wait(until=found) if given == ["until"] else Wait(clock=found)

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe a duration, and the times."""
        return any_of(Duration(zero=True).schema(parts), _WAIT.schema(parts))
