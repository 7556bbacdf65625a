"""What must hold for every profile and every order of things, on random rules and timelines."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from reference.engine_side import EngineRun, play, rule_set
from reference.rules import Rule
from reference.timelines import Arrival, Story, Wake, random_story

from core.engine import Applied, Profile, decode, encode, merge, next_due, wake
from core.engine.decision import Action, Decision

SEEDS = range(150)
LATER = 10_000


def grown(seed: int) -> tuple[Story, list[Profile]]:
    """Grow the profiles of three people under one set of rules, each from a timeline of its own."""
    story = random_story(seed)
    run = EngineRun(rule_set(story.rules))
    for number in range(3):
        for turn in apart(random_story(seed * 3 + number).turns, f"p{number}"):
            run.turn(turn)
    return story, [run.profile(f"p{number}", 0) for number in range(3)]


def apart(turns: list[Arrival | Wake], person: str) -> list[Arrival | Wake]:
    """Give all turns to one person, with event ids of its own, and stop before the clock runs out."""
    kept = turns[: Random(len(turns)).randint(3, len(turns))]
    mine: list[Arrival | Wake] = []
    for turn in kept:
        if isinstance(turn, Arrival):
            event = turn.event._replace(
                id=f"{person}-{turn.event.id}", seq=turn.event.seq * 3 + int(person[1:])
            )
            mine.append(replace(turn, person=person, joins="", event=event))
        else:
            mine.append(replace(turn, person=person))
    return mine


def plain(answers: list[Applied]) -> list[Any]:
    """Give what was decided and asked for."""
    return [made for done in answers for made in (*done.decisions, *done.actions)]


@pytest.mark.parametrize("seed", SEEDS)
def test_merge_is_commutative(seed: int) -> None:
    """Give the same bytes whichever of two people comes first."""
    _, (left, right, _) = grown(seed)
    assert encode(merge(left, right)) == encode(merge(right, left))


@pytest.mark.parametrize("seed", SEEDS)
def test_merge_is_associative(seed: int) -> None:
    """Give the same bytes whichever two of three people join first."""
    _, (a, b, c) = grown(seed)
    assert encode(merge(merge(a, b), c)) == encode(merge(a, merge(b, c)))


@pytest.mark.parametrize("seed", SEEDS)
def test_merge_is_idempotent(seed: int) -> None:
    """Change nothing when a profile joins itself, or what it has already absorbed."""
    _, (left, right, _) = grown(seed)
    once = merge(left, right)
    assert encode(merge(left, left)) == encode(left)
    assert encode(merge(once, right)) == encode(once)


@pytest.mark.parametrize("seed", SEEDS)
def test_merge_leaves_both_profiles_as_they_were(seed: int) -> None:
    """Return a new value and never change the two it was given."""
    _, (left, right, _) = grown(seed)
    before = encode(left), encode(right)
    merge(left, right)
    assert (encode(left), encode(right)) == before


@pytest.mark.parametrize("seed", SEEDS)
def test_other_peoples_order_never_matters(seed: int) -> None:
    """Decide the same for each of two people however their events interleave."""
    draw, rules = Random(seed), random_story(seed).rules
    lives = [apart(random_story(seed * 2 + number).turns, f"p{number}") for number in range(2)]
    alone = [told_together(rules, [life]) for life in lives]
    mixed = told_together(rules, interleaved(draw, lives))
    for person, expected in zip(("p0", "p1"), alone, strict=True):
        assert mixed.get(person, []) == expected.get(person, [])


def interleaved(draw: Random, lives: list[list[Arrival | Wake]]) -> list[list[Arrival | Wake]]:
    """Shuffle several people's turns together, each person's own order kept."""
    rest = [list(life) for life in lives]
    mixed: list[Arrival | Wake] = []
    while any(rest):
        mixed.append(draw.choice([life for life in rest if life]).pop(0))
    return [mixed]


def told_together(rules: list[Rule], lives: list[list[Arrival | Wake]]) -> dict[str, list[Any]]:
    """Play turns with arrival numbers as they come and gather what each person got."""
    run = EngineRun(rule_set(rules))
    got: dict[str, list[Any]] = {}
    for number, turn in enumerate(lives[0], 1):
        if isinstance(turn, Arrival):
            turn = replace(turn, event=turn.event._replace(seq=number))
        got.setdefault(turn.person, []).extend(plain(run.turn(turn)))
    return got


@pytest.mark.parametrize("lateness", [(0,), (20,), (0, 10, 20)], ids=str)
@pytest.mark.parametrize("seed", SEEDS)
def test_waking_early_late_or_in_any_batching_gives_the_same_actions(
    seed: int, lateness: tuple[int, ...]
) -> None:
    """Ask for the same actions whether the clock is looked at often, rarely or only at the end."""
    story = random_story(seed, late=0.0, lateness=lateness)
    rules = [
        replace(rule, steps=tuple(replace(s, valid_for=None) for s in rule.steps)) for rule in story.rules
    ]
    arrivals = [replace(turn, joins="") for turn in story.turns if isinstance(turn, Arrival)]
    draw = Random(seed)
    told = [lasting(rules, arrivals, gaps) for gaps in ([LATER], [1], [draw.choice([1, 7, 10, 20, 31])])]
    decided, asked = (
        [{p: [m for m in made if isinstance(m, kind)] for p, made in got.items()} for got in told]
        for kind in (Decision, Action)
    )
    assert decided[0] == decided[1] == decided[2]
    assert asked[0] == asked[1] == asked[2]


def lasting(rules: list[Rule], arrivals: list[Arrival], gaps: list[int]) -> dict[str, list[Any]]:
    """Play events in order and wake everybody each ``gap`` milliseconds, and once at the very end."""
    run = EngineRun(rule_set(rules))
    got: dict[str, list[Any]] = {}
    end = [replace(arrivals[-1], now=arrivals[-1].now + 1_000)]
    for turn, following in pairwise([*arrivals, *end]):
        got.setdefault(turn.person, []).extend(plain(run.turn(turn)))
        for now in range(turn.now + gaps[0], following.now + 1, gaps[0]):
            for person in list(run.profiles):
                got[person].extend(plain(run.turn(Wake(person, now))))
    for person in got:
        got[person].extend(plain(run.turn(Wake(person, arrivals[-1].now + LATER))))
    return got


@pytest.mark.parametrize("seed", SEEDS)
def test_next_due_is_the_first_moment_at_which_a_wake_does_something(seed: int) -> None:
    """Do nothing one millisecond before ``next_due``, and something at it."""
    story = random_story(seed)
    run = EngineRun(rule_set(story.rules))
    for turn in story.turns:
        run.turn(turn)
        for profile in run.profiles.values():
            due = next_due(profile)
            if due is None:
                assert encode(wake(profile, turn.now + LATER, run.rules).profile) == encode(profile)
                continue
            assert encode(wake(profile, due - 1, run.rules).profile) == encode(profile)
            assert encode(wake(profile, due, run.rules).profile) != encode(profile)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_input_gives_the_same_bytes(seed: int) -> None:
    """Answer a story told twice in the same way, to the last byte of every profile."""
    story = random_story(seed)
    (first, answers), (second, again) = play(story), play(story)
    assert answers == again
    assert [encode(p) for p in first.profiles.values()] == [encode(p) for p in second.profiles.values()]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_profile_read_back_from_its_bytes_goes_on_as_before(seed: int) -> None:
    """Decide the same when every profile is written and read between any two turns."""
    story = random_story(seed)
    kept, stored = EngineRun(rule_set(story.rules)), EngineRun(rule_set(story.rules))
    for turn in story.turns:
        assert plain(kept.turn(turn)) == plain(stored.turn(turn))
        for person, profile in stored.profiles.items():
            stored.profiles[person] = decode(encode(profile))
            assert encode(stored.profiles[person]) == encode(kept.profiles[person])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_call_never_changes_the_profile_it_was_given(seed: int) -> None:
    """Leave the caller's value alone: a failed commit must be able to start over from it."""
    story = random_story(seed)
    run = EngineRun(rule_set(story.rules))
    for turn in story.turns:
        before = {person: (profile, encode(profile)) for person, profile in run.profiles.items()}
        run.turn(turn)
        for profile, state in before.values():
            assert encode(profile) == state
