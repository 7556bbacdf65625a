"""The engine and the slow reference model agree on random rules and timelines."""

from __future__ import annotations

from collections import Counter
from dataclasses import astuple

from reference.engine_side import EngineRun, Teller, rule_set
from reference.person import Answer
from reference.shell import ModelRun
from reference.timelines import Story, random_story

STORIES = 1_000

#: What must have come up in the run; a run that never meets a boundary proves nothing about it.
BOUNDARIES = (
    "merge",
    "late event",
    "equal timestamps",
    "cancelled exactly at due",
    "timer exactly at the limit",
    "exactly at the window's edge",
    "exactly cooldown later",
    "exactly a cap's window apart",
    "exactly valid_for later",
    "already running",
    "step behind a wait",
    "step refused",
    "journey ended by an exit",
    "late firing",
    "false positive",
    "timer of one below the other's horizon",
    "two journeys of one key",
    "fired",
    "suppressed",
    "not_met",
)


def disagreement(story: Story, seen: Counter[str]) -> str:
    """Play a story to both and describe the first turn on which they differ."""
    engine, model, teller = EngineRun(rule_set(story.rules)), ModelRun(story), Teller()
    for number, turn in enumerate(story.turns):
        expected = model.turn(turn)
        got = [teller.answer(done) for done in engine.turn(turn)]
        if [astuple(answer) for answer in got] != [astuple(answer) for answer in expected]:
            return describe(story, number, expected=expected, got=got)
    seen.update(model.model.seen)
    return ""


def describe(story: Story, number: int, *, expected: list[Answer], got: list[Answer]) -> str:
    """Print a story up to the turn on which model and engine part."""
    lines = [f"seed {story.seed}", *map(str, story.rules), *map(str, story.turns[: number + 1])]
    return "\n".join([*lines, f"expected {expected}", f"got      {got}"])


def test_the_engine_agrees_with_the_reference_model() -> None:
    """Agree on every decision, action and false positive of 1,000 stories that meet every boundary."""
    seen: Counter[str] = Counter()
    for seed in range(STORIES):
        assert not (found := disagreement(random_story(seed), seen)), found
    assert not (missed := [name for name in BOUNDARIES if not seen[name]]), f"never met: {missed} in {seen}"


def test_the_model_catches_an_engine_that_answers_otherwise() -> None:
    """Differ when the two are told different rules: the comparison itself is seen to bite."""
    found = 0
    for seed in range(30):
        story, other = random_story(seed), random_story(seed + 1)
        twisted = Story(seed, other.rules, story.turns)
        run, model, teller = EngineRun(rule_set(story.rules)), ModelRun(twisted), Teller()
        got = [teller.answer(done) for turn in story.turns for done in run.turn(turn)]
        found += got != [answer for turn in twisted.turns for answer in model.turn(turn)]
    assert found > 20
