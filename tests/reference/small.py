"""Small stories told by hand, and what the model and the engine ask for in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from reference.engine_side import Teller, run_of
from reference.history import Happening
from reference.person import Answer
from reference.rules import Measures, Named, Question, Rule, Step
from reference.shell import ModelRun
from reference.stories import TYPES
from reference.timelines import START, Arrival, Story, Turn, Wake

DATA = Step("data")
MINUTE = 60_000
Asked = tuple[str, str | None, int, int]

_arrivals = count(1)


@dataclass(frozen=True)
class Told:
    """A story, and the actions ``(anchor event, key, step, due)`` of its last rule that the page promises."""

    name: str
    rule: Rule
    turns: Sequence[Turn]
    actions: list[Asked]
    measures: Measures = field(default_factory=Measures)
    below: tuple[Rule, ...] = ()
    wrong: Sequence[tuple[str, int]] = ()


def wait(duration: int) -> Step:
    """Make a wait."""
    return Step("wait", duration=duration)


def came(
    at: int,
    name: str,
    *,
    now: int = 0,
    person: str = "p",
    joins: str = "",
    traits: Mapping[str, Any] | None = None,
    consent: Mapping[tuple[str, str], bool] | None = None,
    **more: Any,
) -> Arrival:
    """Make an arrival; ``now`` is its own time unless it is late. What else is given are its properties."""
    known = {key: more.pop(key) for key in Happening._fields if key in more and key != "name"}
    happening = Happening(
        START + at,
        next(_arrivals),
        str(known.pop("id", name)),
        name,
        more,
        dict(traits or {}),
        dict(consent or {}),
    )
    happening = happening._replace(**{"type": TYPES.get(name, "track"), **known})
    return Arrival(person, happening, START + max(now, at), joins)


def looked(at: int, person: str = "p") -> Wake:
    """Let the clock look."""
    return Wake(person, START + at)


def rule(anchor: str, *steps: Step, name: str = "t", names: tuple[str, ...] = ("Add",), **more: Any) -> Rule:
    """Make a trigger that ``Add`` opens or fires."""
    return Rule(name, anchor, tuple(Named(one) for one in names), steps or (DATA,), **more)


def segment(question: Question, **others: Question) -> Measures:
    """Make a segment ``s``, behind others."""
    return Measures(segments={**others, "s": question})


def fires(name: str, of: Rule, turns: Sequence[Turn], *at: str | int, **others: Any) -> Told:
    """Tell a story by the ids and times of the firings: keyless unless written ``id/key``, empty for time alone."""
    actions: list[Asked] = []
    for event, due in zip(at[::2], at[1::2], strict=True):
        own, _, key = str(event).partition("/")
        actions.append((own, key or None, 0, int(due)))
    return Told(name, of, turns, actions, **others)


def answers_of(told: Told, side: str) -> list[Answer]:
    """Play a story to the model or to the engine."""
    story = Story(0, [*told.below, told.rule], told.turns, told.measures)
    if side == "model":
        run = ModelRun(story)
        return [answer for turn in told.turns for answer in run.turn(turn)]
    engine, teller = run_of(story), Teller()
    return [teller.answer(done) for turn in told.turns for done in engine.turn(turn)]


def actions_of(told: Told, side: str, *, of: str = "") -> list[Asked]:
    """Give what the story's own rule asked for, or another of that name; times from the start."""
    asked = [action for answer in answers_of(told, side) for action in answer.actions]
    return [
        (event, key, step, due - START)
        for name, event, key, step, due, _ in asked
        if name == (of or told.rule.name)
    ]


def wrong_of(told: Told, side: str) -> list[tuple[str, int]]:
    """Give the firings of the story's own rule that were found to be wrong."""
    found = [made for answer in answers_of(told, side) for made in answer.false_positives]
    return [(event, at - START) for name, _, at, event, _ in found if name == told.rule.name]
