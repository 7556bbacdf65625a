"""The engine and the slow reference model agree on random rules and timelines.

``CUEWIRE_STORIES`` runs so many stories of every anchor, ``CUEWIRE_FIRST_STORY`` names the seed of the first.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import astuple

import pytest
from reference.boundaries import BOUNDARIES, WIDE_BOUNDARIES
from reference.engine_side import Teller, run_of
from reference.person import Answer
from reference.shell import ModelRun
from reference.stories import wide_story
from reference.timelines import Story, random_story

ENOUGH = 1_200
FIRST = int(os.environ.get("CUEWIRE_FIRST_STORY", "0"))
WIDE = int(os.environ.get("CUEWIRE_STORIES", ENOUGH))


def disagreement(story: Story, seen: Counter[str]) -> str:
    """Play a story to both and describe the first turn on which they differ."""
    engine, model, teller = run_of(story, stored=story.seed % 5 == 0), ModelRun(story), Teller()
    for number, turn in enumerate(story.turns):
        expected = model.turn(turn)
        got = [teller.answer(done) for done in engine.turn(turn)]
        if [astuple(answer) for answer in got] != [astuple(answer) for answer in expected]:
            return describe(story, number, expected=expected, got=got)
    seen.update(model.model.seen)
    return ""


def describe(story: Story, number: int, *, expected: list[Answer], got: list[Answer]) -> str:
    """Print a story up to the turn on which model and engine part."""
    told = [*map(str, story.rules), str(story.measures), *map(str, story.turns[: number + 1])]
    return "\n".join([f"seed {story.seed}", *told, f"expected {expected}", f"got      {got}"])


@pytest.mark.parametrize(
    ("tell", "seeds", "boundaries"),
    [
        pytest.param(random_story, range(600), BOUNDARIES, id="three-anchors"),
        pytest.param(wide_story, range(FIRST, FIRST + WIDE), WIDE_BOUNDARIES, id="every-anchor"),
    ],
)
def test_the_engine_agrees_with_the_reference_model(
    tell: Callable[[int], Story], seeds: range, boundaries: tuple[str, ...]
) -> None:
    """Agree on every decision, action and false positive of stories that meet every boundary."""
    seen: Counter[str] = Counter()
    for seed in seeds:
        assert not (found := disagreement(tell(seed), seen)), found
    missed = [name for name in boundaries if not seen[name]]
    assert not missed or len(seeds) < ENOUGH // 2, f"never met: {missed} in {seen}"


@pytest.mark.parametrize("tell", [random_story, wide_story])
def test_the_model_catches_an_engine_that_answers_otherwise(tell: Callable[[int], Story]) -> None:
    """Differ when the two are told different rules: the comparison itself is seen to bite."""
    found = 0
    for seed in range(30):
        story, other = tell(seed), tell(seed + 1)
        twisted = Story(seed, other.rules, story.turns, other.measures)
        run, model, teller = run_of(story), ModelRun(twisted), Teller()
        got = [teller.answer(done) for turn in story.turns for done in run.turn(turn)]
        found += got != [answer for turn in twisted.turns for answer in model.turn(turn)]
    assert found > 20
