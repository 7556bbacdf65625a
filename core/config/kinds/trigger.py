"""``triggers/*.yaml``: what happens, what must be true, and what is done."""

from __future__ import annotations

from typing import Any

from core.config.kinds.anchor import AnchorShape
from core.config.kinds.around import Around, check_name
from core.config.kinds.condition import ConditionTree
from core.config.kinds.expression import FormulaText
from core.config.kinds.pattern import EventPatterns
from core.config.kinds.step import StepShape, compile_step
from core.config.kinds.trial import TRIAL, compile_trial
from core.config.meaning import meaning
from core.config.nearest import nearest
from core.config.node import Node, Scalar
from core.config.schema import (
    Apart,
    Choice,
    Duration,
    Either,
    Fields,
    Integer,
    JsonSchema,
    Key,
    ListOf,
    Name,
    OneOrMany,
    Parts,
    Reading,
    Record,
    Shape,
    Text,
    Truth,
    any_of,
    later,
)
from core.engine.profile import FIRINGS_LIMIT
from core.engine.rule import AbsenceAnchor, Cap, Goal, Limits, Pattern, Step, Trigger

#: Units of the calendar, in the person's zone.
_CALENDAR = ("day", "week")


class _Window(Shape):
    """The window of a cap: one that rolls, or a calendar day or week."""

    says = "a duration such as 7d, or `day` or `week` of the calendar"

    def check(self, node: Node, reading: Reading) -> Any:
        """Tell a word from a duration."""
        if not isinstance(node, Scalar) or node.is_null:
            return self.refuse(node, reading)
        if node.text in _CALENDAR:
            return node.text
        near = nearest(node.text, _CALENDAR) if node.text.isalpha() else ""
        if near:
            return self.refuse(node, reading, f"did you mean `{near}`?")
        return Duration(self.says).read(node, reading)

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe a duration, and the words."""
        return any_of(Duration().schema(parts), {"enum": list(_CALENDAR)})


_CAP = Record(
    "a cap",
    {
        # A profile keeps its last firings; a cap beyond them could never be reached.
        "times": Key(Integer(least=1, most=FIRINGS_LIMIT - 1), "how often at most", required=True),
        "per": Key(_Window(), "in any window of this length, or each day or week", required=True),
    },
)

_LIMITS = Record(
    "limits",
    {
        "cooldown": Key(Duration(zero=True), "the least time between two firings", default=0),
        "cap": Key(
            Either("{times, per}, or a list of them", mapping=_CAP, sequence=ListOf(_CAP)), "at most so often"
        ),
        "once": Key(Truth(), "whether it fires only once for ever", default=False),
        "per": Key(Choice(("key",)), "counts each key apart", default=""),
        "debounce": later("lets a burst count as one"),
    },
)

_GOAL = Record(
    "a goal",
    {
        "event": Key(EventPatterns(), "the event that is hoped for", required=True),
        "within": Key(Duration(), "how long it counts", required=True),
        "value": Key(FormulaText(), "what it is worth"),
    },
)

TRIGGER = Record(
    "a trigger",
    {
        "trigger": Key(Name(), "the trigger's name, as the file's", required=True),
        "title": Key(Text(), "what it is for, in a few words", default=""),
        "status": Key(Choice(("draft", "shadow", "live")), "whether it runs", default="draft"),
        "when": Key(Apart(AnchorShape()), "the anchor: what happens", required=True),
        "only_if": Key(ConditionTree(), "what must be true when it fires"),
        "exit_on": Key(EventPatterns(), "events that end every later step", default=()),
        "limits": Key(_LIMITS, "how often it may fire for one person"),
        "group": Key(Name(), "triggers of which one wins", default=""),
        "priority": Key(Integer(most=1_000), "who wins in a group: the higher", default=50),
        "do": Key(OneOrMany(StepShape(), empty=False), "the steps", required=True),
        "goal": Key(_GOAL, "what it should lead to; it only measures"),
        "tests": Key(ListOf(TRIAL, "a list of tests"), "examples that `cuewire test` runs", default=()),
    },
)


def compile_trigger(
    root: Node, reading: Reading, *, around: Around, name: str, version: str
) -> Trigger | None:
    """Build a trigger; None when what it needs is missing or wrong."""
    fields = TRIGGER.read(root, reading)
    if not isinstance(fields, Fields):
        return None
    check_name(fields, "trigger", reading, name=name)
    steps = [compile_step(draft.value, reading, around=around) for draft in fields.get("do") or ()]
    around.trials += [
        compile_trial(test.value, reading, around=around, trigger=name) for test in fields.get("tests")
    ]
    limits = _limits(fields.get("limits"))
    _warn_of_no_limit(fields, limits, reading)
    if "group" in fields:
        reading.warn(
            fields.place("group"), "`group` has no effect in this version", "each trigger fires by itself"
        )
    if "when" not in fields:
        return None
    return Trigger(
        name=name,
        when=fields.get("when"),
        steps=_present(steps),
        status=fields.get("status"),
        title=fields.get("title"),
        only_if=fields.get("only_if"),
        exit_on=_exits(fields),
        limits=limits,
        group=fields.get("group"),
        priority=fields.get("priority"),
        version=version,
        anchor_hash=_hash(fields, "when"),
        journey_hash=_hash(fields, "do"),
        goal=_goal(fields.get("goal")),
    )


def _present(steps: list[Step | None]) -> tuple[Step, ...]:
    return tuple(step for step in steps if step is not None)


def _goal(fields: Fields | None) -> Goal | None:
    if fields is None or "event" not in fields or "within" not in fields:
        return None
    return Goal(fields.get("event"), fields.get("within"), fields.get("value"))


def _limits(fields: Fields | None) -> Limits:
    if fields is None:
        return Limits()
    cap = fields.get("cap")
    caps = [one.value for one in cap] if isinstance(cap, tuple) else [cap] if cap else []
    return Limits(
        cooldown=fields.get("cooldown"),
        caps=tuple(Cap(one.get("times"), one.get("per")) for one in caps if "times" in one and "per" in one),
        once=fields.get("once"),
        per_key=fields.get("per") == "key",
    )


def _warn_of_no_limit(fields: Fields, limits: Limits, reading: Reading) -> None:
    is_bounded = limits.cooldown or limits.caps or limits.once
    if fields.get("status") == "live" and not is_bounded:
        hint = "add `limits: {cooldown: 24h}`"
        reading.warn(fields.place("status"), "a live trigger without cooldown, cap or once", hint)


def _exits(fields: Fields) -> tuple[Pattern, ...]:
    """Give the exits: those of the file, else what the anchor waits for; null means none."""
    when = fields.get("when")
    is_given = fields.is_written("exit_on")
    exits: tuple[Pattern, ...] = fields.get("exit_on")
    return when.not_followed_by if isinstance(when, AbsenceAnchor) and not is_given else exits


def _hash(fields: Fields, name: str) -> str:
    """Hash what a key means."""
    return meaning(*(value for key, value in fields.node.entries if key.text == name))
