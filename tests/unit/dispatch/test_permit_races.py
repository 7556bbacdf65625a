"""Thousands of queued messages while a cap, a withdrawal or a stop lands: nothing leaves that may not.

The deliveries, the store, the lanes and their threads are real; people are judged by the pipeline as in the server.
"""

from __future__ import annotations

from collections import Counter

import pytest
from crowded import CHANNELS, DAY, EACH, PEOPLE, QUEUED, a_moment, crowd
from dispatch_world import START, ManualClock, World, eventually

from core.dispatch import StopSwitch
from core.engine.policy import MessageCap, Policy
from core.ports import Status


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let thousands of messages take their time, and not be logged: thousands of lines would tell nothing."""
    monkeypatch.setattr("core.dispatch.attempt.log.info", lambda *_, **__: None)
    monkeypatch.setattr("dispatch_world.PATIENCE", 120.0 + QUEUED / 100)


@pytest.mark.parametrize(
    "cap", [MessageCap(3, DAY), MessageCap(3, "day"), MessageCap(3, DAY, purpose="marketing")]
)
def test_no_cap_is_ever_passed_by_threads_and_restarts(world: World, cap: MessageCap) -> None:
    """Two lanes of 32 threads, stopped and started in between: each person gets exactly what the cap allows."""
    made = crowd(world, Policy(caps=(cap,)))
    first = made.run()
    made.has_sent(20)
    assert first.stop(grace=60)
    made.run()
    made.is_done()
    sent = Counter(row.profile_id for row in made.rows() if row.status == Status.DELIVERED)
    assert sent == Counter({f"p{number}": 3 for number in range(PEOPLE)})
    refused = {row.reason for row in made.rows() if row.status == Status.SUPPRESSED}
    assert all(reason.startswith("caps: cap ") and reason.endswith("saw 4") for reason in refused)
    assert len(made.calls()) == 3 * PEOPLE
    assert made.are_stops_told()


def test_a_cap_of_one_channel_leaves_the_other_alone(world: World) -> None:
    """What is dropped of one lane takes nobody's place in the other."""
    made = crowd(world, Policy(caps=(MessageCap(1, DAY, channel="sms"), MessageCap(2, DAY, channel="email"))))
    made.run()
    made.is_done()
    sent = Counter((row.profile_id, row.channel) for row in made.rows() if row.status == Status.DELIVERED)
    assert set(sent.values()) == {1, 2}
    assert Counter(channel for _, channel in sent.elements()) == {"sms": PEOPLE, "email": 2 * PEOPLE}


def test_what_a_cap_holds_leaves_window_by_window(world: World) -> None:
    """Nothing is lost by being held: with room for half of them, messages take two windows."""
    made = crowd(world, Policy(caps=(MessageCap(EACH // 2, DAY, over="hold"),)))
    made.run()
    eventually(lambda: len(made.calls()) == EACH // 2 * PEOPLE and made.open()["sending"] == 0)
    waiting = [row for row in made.rows() if row.status == Status.SCHEDULED]
    assert len(waiting) == EACH // 2 * PEOPLE
    eventually(
        lambda: all(row.due_at == START + DAY + 1 for row in made.rows() if row.status == Status.SCHEDULED)
    )
    world.pass_time(DAY)
    a_moment()
    assert len(made.calls()) == EACH // 2 * PEOPLE
    world.pass_time(1)
    made.is_done()
    assert Counter(row.profile_id for row in made.rows() if row.status == Status.DELIVERED) == Counter(
        {f"p{number}": EACH for number in range(PEOPLE)}
    )


def test_a_withdrawal_stops_everything_that_has_not_left(world: World) -> None:
    """What was under way at that commit may arrive; nothing else ever does, also after a restart."""
    made = crowd(world, Policy())
    first = made.run()
    made.has_sent(QUEUED // 20)
    made.withdraw()
    allowed = {row.id for row in made.rows() if row.status in (Status.SENDING, Status.DELIVERED)}
    assert first.stop(grace=60)
    made.run()
    made.is_done()
    assert set(made.calls()) <= allowed
    assert len(made.calls()) == len(set(made.calls())) < PEOPLE * EACH
    reasons = {row.reason for row in made.rows() if row.status == Status.SUPPRESSED}
    assert reasons == {f"consent: marketing by {channel}: withdrawn" for channel in CHANNELS}
    assert made.are_stops_told()


def test_a_stop_holds_everything_and_loses_nothing(world: World) -> None:
    """Nothing is claimed after it, nor by the next process; once it is lifted, everything leaves."""
    made = crowd(world, Policy())
    first = made.run()
    made.has_sent(QUEUED // 20)
    StopSwitch(world.store, world.clock, lambda: None).stop("a wrong price in the text")
    allowed = {row.id for row in made.rows() if row.status in (Status.SENDING, Status.DELIVERED)}
    assert first.stop(grace=60)
    second = made.run()
    eventually(lambda: made.open()["sending"] == 0)
    a_moment()
    assert set(made.calls()) <= allowed
    again = StopSwitch(world.store, world.clock, second.notify)
    assert again.standing is not None
    assert again.standing.reason == "a wrong price in the text"
    assert again.resume()
    made.is_done()
    assert sorted(made.calls()) == sorted(f"d{number}" for number in range(PEOPLE * EACH))


def test_a_stop_takes_hold_within_a_second(world: World) -> None:
    """From its answer on, no request begins but those already committed."""
    made = crowd(world, Policy())
    made.run()
    made.has_sent(QUEUED // 50)
    began = len(made.calls())
    StopSwitch(world.store, world.clock, lambda: None).stop("")
    eventually(lambda: made.open()["sending"] == 0)
    settled = len(made.calls())
    a_moment()
    assert began <= settled == len(made.calls()) < PEOPLE * EACH


def test_a_clock_that_moves_never_lets_a_window_hold_too_much(world: World) -> None:
    """The cap holds in every window that one can lay over what was sent."""
    clock = world.clock
    assert isinstance(clock, ManualClock)
    made = crowd(world, Policy(caps=(MessageCap(2, 1_000, over="hold"),)))
    made.run()
    for _ in range(6):
        eventually(made.is_settled)
        world.pass_time(700)
    eventually(made.is_settled)
    times: dict[str, list[int]] = {}
    for row in made.rows():
        times.setdefault(row.profile_id, []).extend(attempt.started_at for attempt in row.attempts)
    fullest = max(sum(end - 1_000 <= time <= end for time in mine) for mine in times.values() for end in mine)
    assert fullest == 2
