"""The engine and the slow reference model agree on channels, digests, tiers, pauses, and waits for dates and hours.

``CUEWIRE_STORIES`` runs so many stories, ``CUEWIRE_FIRST_STORY`` names the seed of the first.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace

from reference.boundaries import LETTERED_BOUNDARIES, RARE_LETTERS
from reference.comparing import disagreement, played
from reference.engine_leaving import EngineSide
from reference.lettered import lettered_story
from reference.rules import Rule
from reference.shell import ModelRun

ENOUGH = 60
FIRST = int(os.environ.get("CUEWIRE_FIRST_STORY", "0"))
NUMBER = int(os.environ.get("CUEWIRE_STORIES", ENOUGH))


def test_the_engine_agrees_with_the_reference_model_on_letters() -> None:
    """Agree on who gets what by which channel and when, in stories that meet every boundary."""
    seen: Counter[str] = Counter()
    for seed in (*range(FIRST, FIRST + NUMBER), *RARE_LETTERS):
        assert not (found := disagreement(lettered_story(seed), seen)), found
    missed = [name for name in LETTERED_BOUNDARIES if not seen[name]]
    assert not missed or NUMBER < ENOUGH, f"never met: {missed} in {seen}"


def test_the_model_catches_an_engine_that_is_told_other_letters() -> None:
    """Differ when one of them never gathers and knows one channel alone: the comparison itself is seen to bite."""
    found = 0
    for seed in range(20):
        story = lettered_story(seed)
        plain = replace(story, rules=[without_letters(rule) for rule in story.rules])
        found += played(EngineSide(story), story) != played(ModelRun(plain), story)
    assert found > 10


def without_letters(rule: Rule) -> Rule:
    """Let a trigger's messages leave at once, by their first channel."""
    return replace(rule, steps=tuple(replace(step, digest=None, others=()) for step in rule.steps))
