"""``triggers/*.yaml``: what happens, what must be true, and what is done."""

from __future__ import annotations

from core.config.kinds.anchor import AnchorShape
from core.config.kinds.around import Around, check_name
from core.config.kinds.condition import ConditionTree
from core.config.kinds.expression import FormulaText
from core.config.kinds.limit import LIMITS, build_limits
from core.config.kinds.notify import OWNER
from core.config.kinds.pattern import EventPatterns
from core.config.kinds.step import StepShape, compile_step
from core.config.kinds.tier import PLAIN, PRIORITY, build_priority
from core.config.kinds.trial import TRIAL, compile_trial
from core.config.meaning import meaning
from core.config.node import Node
from core.config.schema import (
    Apart,
    Choice,
    Duration,
    Fields,
    Key,
    ListOf,
    Name,
    OneOrMany,
    Reading,
    Record,
    Text,
)
from core.engine.rule import AbsenceAnchor, Goal, Limits, Pattern, Step, Trigger

_GOAL = Record(
    "a goal",
    {
        "event": Key(EventPatterns(), "the event that is hoped for", required=True),
        "within": Key(Duration(), "how long it counts", required=True),
        "value": Key(FormulaText(), "what it is worth"),
        "touch": Key(Choice(("first", "last")), "which firing of several is credited", default="last"),
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
        "limits": Key(LIMITS, "how often it may fire for one person"),
        "group": Key(Name(), "triggers of which one wins", default=""),
        "priority": Key(
            PRIORITY, "who wins in a group: the higher; a number, or one for each tier", default=PLAIN
        ),
        "do": Key(OneOrMany(StepShape(), empty=False), "the steps", required=True),
        "goal": Key(_GOAL, "what it should lead to; it only measures"),
        "owner": Key(OWNER, "who is told by e-mail when something is wrong with it", default=""),
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
    limits = build_limits(fields.get("limits"))
    _warn_of_no_limit(fields, limits, reading)
    if "group" in fields:
        around.check_group(fields.get("group"), fields, reading)
    priority = build_priority(fields, reading, around=around)
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
        priority=priority.otherwise,
        priorities=priority.by_tier,
        version=version,
        anchor_hash=_hash(fields, "when"),
        journey_hash=_hash(fields, "do"),
        goal=_goal(fields.get("goal")),
        owner=fields.get("owner"),
    )


def _present(steps: list[Step | None]) -> tuple[Step, ...]:
    return tuple(step for step in steps if step is not None)


def _goal(fields: Fields | None) -> Goal | None:
    if fields is None or "event" not in fields or "within" not in fields:
        return None
    return Goal(fields.get("event"), fields.get("within"), fields.get("value"), fields.get("touch"))


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
