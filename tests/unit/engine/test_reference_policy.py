"""The engine and the slow reference model agree on groups, bursts, caps, quiet hours and on what leaves.

``CUEWIRE_STORIES`` runs so many stories, ``CUEWIRE_FIRST_STORY`` names the seed of the first.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace

from reference.boundaries import GOVERNED_BOUNDARIES, RARE_STORIES
from reference.comparing import disagreement, played
from reference.engine_leaving import EngineSide
from reference.governed import governed_story
from reference.rules import Rule
from reference.shell import ModelRun

ENOUGH = 200
FIRST = int(os.environ.get("CUEWIRE_FIRST_STORY", "0"))
NUMBER = int(os.environ.get("CUEWIRE_STORIES", ENOUGH))


def test_the_engine_agrees_with_the_reference_model_under_a_policy() -> None:
    """Agree on every decision, action, message taken back, and on what becomes of each that is due."""
    seen: Counter[str] = Counter()
    for seed in (*range(FIRST, FIRST + NUMBER), *RARE_STORIES):
        assert not (found := disagreement(governed_story(seed), seen)), found
    missed = [name for name in GOVERNED_BOUNDARIES if not seen[name]]
    assert not missed, f"never met: {missed} in {seen}"


def test_the_model_catches_an_engine_that_is_told_other_rules() -> None:
    """Differ when the two are told different policies: the comparison itself is seen to bite."""
    found = 0
    for seed in range(40):
        story, other = governed_story(seed), governed_story(seed + 1)
        twisted = replace(story, policy=other.policy, rules=[ruled(rule) for rule in story.rules])
        found += played(EngineSide(story), story) != played(ModelRun(twisted), story)
    assert found > 20


def ruled(rule: Rule) -> Rule:
    """Give a trigger without its bursts."""
    return replace(rule, debounce=0)
