"""Consent states x purposes x channels x moments, through a real store: what left could leave, what did not says why.

Every person is asked for each purpose by each channel at once. What they said before and after the decision are all
pairs of states; the moment is when the second is heard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from embedded.asked import CELLS, PAIRS, Crowd, Said, stranger, user
from embedded.world import MINUTE, NOW

from core.pipeline.consenting import Consents, Heard
from core.ports import Filter, Status

HOUR = 60 * MINUTE
FREE = "transactional"


def answer(said: Iterable[Said], purpose: str, channel: str) -> bool | None:
    """Tell what stands: a channel's own last no, else the newest of it or of all; None for nothing."""
    told = [one for one in said if one.purpose == purpose and one.channel in ("", channel)]
    own = [one for one in told if one.channel]
    return False if newest(own) is False else newest(told)


def newest(told: Sequence[Said]) -> bool | None:
    """Give what was said last, a no before a yes; None where nothing was."""
    last = max((one.at for one in told), default=None)
    return None if last is None else all(one.granted for one in told if one.at == last)


def may(said: Sequence[Said], purpose: str, channel: str, other: Sequence[Said] | None = None) -> bool:
    """Tell whether a message may go; of two people who are one, neither may have refused, and one must have agreed."""
    answers = {answer(said, purpose, channel), answer(other or (), purpose, channel)}
    return purpose == FREE or (True in answers and False not in answers)


@pytest.fixture
def crowd(tmp_path: Path) -> Iterator[Crowd]:
    """Give a crowd in a store of its own."""
    made = Crowd(tmp_path)
    yield made
    made.world.store.close()


Allowed = Callable[[tuple[Said, ...], tuple[Said, ...], str, str], bool]


def compare(crowd: Crowd, left: set[str], *, decided: Allowed, allowed: Allowed) -> None:
    """Compare every cell: what left had consent at its decision and at its intent; what did not says what was missing.

    ``decided`` and ``allowed`` say of a person's two states whether the decision, and then the intent, let a cell pass.
    """
    decisions = {
        row.id: row for row in crowd.world.store.read.decisions(Filter(trigger="asking", limit=500)).rows
    }
    rows = [*crowd.rows()]
    assert len(rows) == len(PAIRS) * len(CELLS)
    for row in rows:
        decision, (purpose, channel) = decisions[row.decision_id], CELLS[row.step]
        pair = PAIRS[crowd.asked[decision.event_id]]
        cell = (*pair, purpose, channel)
        reason = next(one for one in decision.reasons if one.get("step") == row.step)
        assert (reason["gate"], reason["passed"]) == ("consent", decided(*cell)), cell
        passes = decided(*cell) and allowed(*cell)
        assert (row.id in left) == passes, (cell, row.reason)
        if row.id not in left:
            why = [f"consent: {purpose} by {channel}: {why}" for why in ("withdrawn", "no statement")]
            assert row.status == Status.SUPPRESSED and row.reason in why, (cell, row.status, row.reason)


def first(begun: Sequence[Said], _: Sequence[Said], purpose: str, channel: str) -> bool:
    """Allow by what was said first."""
    return may(begun, purpose, channel)


def both(begun: Sequence[Said], then: Sequence[Said], purpose: str, channel: str) -> bool:
    """Allow by all that was said, the second part behind the first."""
    return may((*begun, *later(then)), purpose, channel)


def older(begun: Sequence[Said], then: Sequence[Said], purpose: str, channel: str) -> bool:
    """Allow by all that was said, where the second part is older and came late."""
    return may((*then, *later(begun)), purpose, channel)


def joined(begun: Sequence[Said], then: Sequence[Said], purpose: str, channel: str) -> bool:
    """Allow by what two people have said who are one."""
    return may(begun, purpose, channel, other=then)


def compare_tried(crowd: Crowd, tried: set[str]) -> None:
    """Every message that was decided has been tried once."""
    waiting = [row for row in crowd.rows() if row.status == Status.RETRYING]
    assert {row.id for row in waiting} == tried
    assert all(len(row.attempts) == 1 for row in waiting) and len(waiting) > len(PAIRS)


def later(said: Sequence[Said]) -> list[Said]:
    """Move what was said behind everything else."""
    return [one._replace(at=one.at + 100) for one in said]


def test_what_was_said_before_the_decision(crowd: Crowd) -> None:
    """Both parts are heard before anyone is asked."""
    crowd.say(0, NOW - 2 * HOUR)
    crowd.say(1, NOW - HOUR)
    crowd.go()
    compare(crowd, crowd.leave(), decided=both, allowed=both)


@pytest.mark.parametrize(("since", "allowed"), [(NOW, both), (NOW - 3 * HOUR, older)])
def test_what_was_said_while_messages_were_queued(crowd: Crowd, since: int, allowed: Allowed) -> None:
    """The second part is heard between the decision and the intent; what comes late does not outweigh the first."""
    crowd.say(0, NOW - 2 * HOUR)
    crowd.go()
    crowd.clock.time = NOW + 10 * MINUTE
    crowd.say(1, since)
    compare(crowd, crowd.leave(), decided=first, allowed=allowed)


def test_what_was_said_during_the_night(crowd: Crowd) -> None:
    """The second part is heard while quiet hours hold everything that they may."""
    crowd.say(0, NOW - 2 * HOUR)
    crowd.go(timezone="America/New_York")
    at_once = crowd.leave()
    assert {row.purpose for row in crowd.rows() if row.id in at_once} == {FREE}
    assert {row.due_at - NOW for row in crowd.rows() if row.status == Status.SCHEDULED} == {5 * HOUR}
    crowd.clock.time = NOW + 10 * MINUTE
    crowd.say(1, NOW)
    crowd.clock.time = NOW + 5 * HOUR
    compare(crowd, at_once | crowd.leave(), decided=first, allowed=both)


def test_what_was_said_between_two_tries(crowd: Crowd) -> None:
    """What failed and is to be tried again is asked for again."""
    crowd.say(0, NOW - 2 * HOUR)
    crowd.go()
    tried = crowd.leave(then=Status.RETRYING)
    compare_tried(crowd, tried)
    crowd.clock.time = NOW + 10 * MINUTE
    crowd.say(1, NOW)
    compare(crowd, crowd.leave(), decided=first, allowed=both)


def test_what_another_said_who_turns_out_to_be_the_same(crowd: Crowd) -> None:
    """The second part is a stranger's, who is joined to the first between the decision and the intent."""
    crowd.say(0, NOW - 2 * HOUR)
    crowd.say(1, NOW - HOUR, anonymous=True)
    crowd.go()
    crowd.accept("shop", (crowd.call({**user(n), **stranger(n)}, "Known", NOW) for n in range(len(PAIRS))))
    left = crowd.leave()
    compare(crowd, left, decided=first, allowed=joined)


def test_what_a_number_said(crowd: Crowd) -> None:
    """A STOP between the decision and the intent withdraws every purpose from SMS, for everyone who has the number."""
    crowd.say(0, NOW - 2 * HOUR)
    traits = [{"phone": f"+1202555{number:04}"} for number in range(len(PAIRS))]
    crowd.accept("shop", (crowd.call(user(n), "Known", NOW, traits=one) for n, one in enumerate(traits)))
    crowd.go()
    crowd.clock.time = NOW + MINUTE
    consents = Consents(crowd.world.pipeline)
    for number, one in enumerate(traits):
        if PAIRS[number][1]:
            assert consents.hear(Heard(f"SM{number}", "twilio", one["phone"], ("sms",), False, {})) == 1
    compare(crowd, crowd.leave(), decided=first, allowed=stopped)


def stopped(begun: Sequence[Said], then: Sequence[Said], purpose: str, channel: str) -> bool:
    """Allow by what was said first, but for what a number stopped."""
    stops = [Said(purpose, "sms", False, 100)] if then else []
    return may((*begun, *stops), purpose, channel)
