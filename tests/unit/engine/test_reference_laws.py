"""What must hold of people with every anchor, whoever looks how often and in whatever order they are joined."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reference.engine_side import Teller, run_of
from reference.person import Answer
from reference.stories import wide_story
from reference.timelines import Arrival, Story, Turn, Wake

from core.engine import Profile, decode, encode, merge, next_due

SEEDS = range(120)


def in_order(story: Story) -> list[Turn]:
    """Give a story's arrivals as they would come in time, each to its own person."""
    live = [turn for turn in story.turns if isinstance(turn, Arrival)]
    latest = 0
    kept: list[Turn] = []
    for turn in live:
        latest = max(latest, turn.event.timestamp)
        event = turn.event._replace(timestamp=latest, quiet=False)
        kept.append(replace(turn, event=event, now=max(turn.now, latest), joins=""))
    return kept


def told(story: Story, *, watched: bool) -> dict[str, list[Answer]]:
    """Play a story in order; who is watched is woken at each due before the next event comes."""
    run, teller = run_of(story), Teller()
    answers: dict[str, list[Answer]] = {}
    end = max(turn.now for turn in story.turns)
    for turn in [*in_order(story), *(Wake(person, end) for person in sorted({"p0", "p1", "p2"}))]:
        assert isinstance(turn, Arrival | Wake)
        until = turn.event.timestamp if isinstance(turn, Arrival) else turn.now
        while watched and (due := next_due(run.profile(turn.person, until))) is not None and due < until:
            answers.setdefault(turn.person, []).extend(
                teller.answer(done) for done in run.turn(Wake(turn.person, due))
            )
        answers.setdefault(turn.person, []).extend(teller.answer(done) for done in run.turn(turn))
    return answers


def decided(answers: dict[str, list[Answer]]) -> dict[str, list[object]]:
    """Give each person's decisions and firings found wrong, without who was looking when."""
    return {
        person: [made for answer in mine for made in (*answer.decisions, *answer.false_positives)]
        for person, mine in answers.items()
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_waking_at_every_due_or_only_when_something_comes_decides_the_same(seed: int) -> None:
    """Decide the same, in the same order, whether the clock looks at each due or never."""
    story = wide_story(seed)
    assert decided(told(story, watched=True)) == decided(told(story, watched=False))


def grown(seed: int) -> list[Profile]:
    """Grow three people under one set of rules, none of them joined yet."""
    story = wide_story(seed)
    run = run_of(story)
    arrivals = [turn for turn in in_order(story) if isinstance(turn, Arrival)]
    for number, turn in enumerate(arrivals):
        run.turn(replace(turn, person=f"p{number % 3}"))
    return [run.profile(f"p{number}", 0) for number in range(3)]


@pytest.mark.parametrize("seed", SEEDS)
def test_joining_people_of_every_anchor_knows_no_order_and_no_number(seed: int) -> None:
    """Give the same bytes whichever two come first, and change nothing when done again."""
    a, b, c = grown(seed)
    assert encode(merge(a, b)) == encode(merge(b, a))
    assert encode(merge(merge(a, b), c)) == encode(merge(a, merge(b, c)))
    once = merge(a, b)
    assert encode(merge(once, b)) == encode(once)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_person_of_every_anchor_reads_back_from_its_bytes(seed: int) -> None:
    """Lose nothing in the bytes."""
    for profile in grown(seed):
        assert encode(decode(encode(profile))) == encode(profile)
