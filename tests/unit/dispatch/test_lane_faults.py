"""What a lane does when the destination, its settings, the judge or the store fails it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

import pytest
from dispatch_world import DOWN, HOUR, PATIENCE, SECOND, START, Scripted, World, delivery

from core.dispatch import Pace
from core.errors import StoreError
from core.ports import DeliveryRow, RetryLater, Store, Transaction, Unknown

T = TypeVar("T")


def test_a_throttled_destination_is_left_alone_until_its_time(world: World) -> None:
    """Nobody's delivery is tried meanwhile, and the breaker stays closed."""
    throttled = RetryLater("slow down", until=START + 7 * SECOND, throttled=True)
    vendor = Scripted(script={"d1": [throttled]})
    world.add(delivery("d1"))
    lane = world.lane(vendor)
    world.drive(lane)
    world.add(delivery("d2"))
    assert world.drive(lane) == 7
    assert vendor.calls == ["d1"]
    assert lane.metrics()["breaker"] == "closed"
    world.pass_time(7 * SECOND)
    while set(vendor.calls) != {"d1", "d2"} or world.row("d1").status != "delivered":
        world.drive(lane)
        world.pass_time(10)
    assert sorted(vendor.calls) == ["d1", "d1", "d2"]


def test_an_open_breaker_burns_no_attempts_and_one_probe_closes_it(world: World) -> None:
    """Five failures open it; what is due waits with the attempts it had."""
    vendor = Scripted(always=DOWN)
    world.add(*(delivery(f"d{i}") for i in range(5)))
    lane = world.lane(vendor)
    world.drive(lane)
    assert lane.metrics()["breaker"] == "open"
    world.add(delivery("late", due_at=START - HOUR))
    assert world.drive(lane) == 1
    assert world.row("late").attempts == []
    vendor.always = None
    world.pass_time(SECOND)
    vendor.before = lambda row: states.append(lane.metrics()["breaker"])
    states: list[str] = []
    world.drive(lane)
    assert states[0] == "half_open"
    assert lane.metrics()["breaker"] == "closed"
    assert all(world.row(f"d{i}").status == "delivered" for i in range(5))


def test_a_failed_probe_is_the_only_attempt_until_the_next(world: World) -> None:
    """One knock per wait, and the wait grows."""
    vendor = Scripted(always=DOWN)
    world.add(*(delivery(f"d{i}") for i in range(9)))
    lane = world.lane(vendor, pace=Pace(concurrency=1))
    world.drive(lane)
    assert len(vendor.calls) == 5
    world.pass_time(SECOND)
    assert world.drive(lane) == 2
    assert len(vendor.calls) == 6


def test_many_that_fail_at_once_are_one_outage_and_not_many(world: World) -> None:
    """Those that were claimed together leave together: the first wait is a second, however many there are."""
    vendor = Scripted(always=DOWN)
    world.add(*(delivery(f"d{i}", action="idempotent") for i in range(40)))
    lane = world.lane(vendor, pace=Pace(concurrency=32))
    assert world.drive(lane) == 1
    assert len(vendor.calls) <= 40


def test_what_is_about_one_delivery_says_nothing_against_the_destination(world: World) -> None:
    """Records that are locked are tried again, and whoever else is written to does not wait for them."""
    locked = {f"d{i}": [RetryLater("the record is locked", alone=True)] for i in range(12)}
    vendor = Scripted(script=dict(locked))
    world.add(*(delivery(name, action="idempotent") for name in locked))
    lane = world.lane(vendor, pace=Pace(concurrency=1))
    world.drive(lane)
    assert {world.row(name).status for name in locked} == {"retrying"}
    assert lane.metrics()["breaker"] == "closed"
    world.add(delivery("other"))
    world.drive(lane)
    assert world.row("other").status == "delivered"


def test_a_right_that_is_missing_stops_its_action_and_no_other(world: World) -> None:
    """It is tried again ever later, by few; what it keeps back holds nobody up, says why, and nothing is lost."""
    forbidden = RetryLater("answered 403 (check CUEWIRE_VENDOR_KEY)", pause=True, alone=True)
    names = [f"d{i}" for i in range(9)]
    vendor = Scripted(script={name: [forbidden] * 9 for name in names})
    world.add(*(delivery(name, action="idempotent") for name in names))
    lane = world.lane(vendor, pace=Pace(concurrency=1))
    world.drive(lane)
    assert len(vendor.calls) == 1
    world.add(delivery("other", person="person-d1"))
    world.drive(lane)
    assert world.row("other").status == "delivered"
    waiting = world.row("d8")
    assert (waiting.status, waiting.due_at, waiting.attempts) == ("scheduled", START + 30 * SECOND, [])
    assert waiting.reason == "idempotent: answered 403 (check CUEWIRE_VENDOR_KEY)"
    told = lane.metrics()
    assert (told["breaker"], told["paused"], told["since"]) == ("closed", waiting.reason, START)
    assert told["needs_operator"]
    world.pass_time(30 * SECOND)
    world.drive(lane)
    assert len(vendor.calls) == 3
    vendor.script.clear()
    world.pass_time(60 * SECOND)
    world.drive(lane)
    assert all(world.row(name).status == "delivered" for name in names[1:])
    assert (lane.metrics()["paused"], lane.metrics()["needs_operator"]) == ("", False)


def test_a_hold_is_a_problem_for_as_long_as_something_waits_for_it(world: World) -> None:
    """What waited was cancelled meanwhile: nothing will ever try the action again, and nobody needs to act."""
    forbidden = RetryLater("answered 403", pause=True, alone=True)
    vendor = Scripted(script={"d1": [forbidden] * 9, "later": [forbidden]})
    world.add(delivery("d1", action="idempotent"))
    lane = world.lane(vendor)
    for _ in range(3):
        world.drive(lane)
        assert lane.metrics()["needs_operator"]
        world.pass_time(HOUR // 4)
    row = world.row("d1")
    row.status = "cancelled"
    world.store.write(lambda tx: tx.deliveries.save(row))
    world.pass_time(HOUR // 2)
    world.drive(lane)
    assert (lane.metrics()["paused"], lane.metrics()["needs_operator"]) == ("", False)
    world.add(delivery("later", action="idempotent", due_at=world.clock.at))
    world.drive(lane)
    assert lane.metrics()["needs_operator"]


def test_a_message_that_is_over_expires_although_its_action_is_held(world: World) -> None:
    """Waiting for a right makes nothing valid any longer."""
    forbidden = RetryLater("answered 403", pause=True, alone=True)
    vendor = Scripted(script={"d1": [forbidden]})
    world.add(delivery("d1", action="idempotent"))
    lane = world.lane(vendor)
    world.drive(lane)
    world.add(delivery("over", action="idempotent", expires_at=START - 1))
    world.add(delivery("short", action="idempotent", expires_at=START + SECOND))
    world.drive(lane)
    assert [world.row(name).status for name in ("over", "short")] == ["expired", "expired"]


def test_lost_answers_open_the_breaker_too(world: World) -> None:
    """Otherwise a dead vendor would turn every message into an unknown one."""
    vendor = Scripted(always=Unknown("timeout"))
    world.add(*(delivery(f"d{i}") for i in range(9)))
    lane = world.lane(vendor, pace=Pace(concurrency=1))
    world.drive(lane)
    assert len(vendor.calls) == 5


def test_a_wrong_key_pauses_at_once_and_the_destination_resumes_by_itself(world: World) -> None:
    """One attempt finds out, one probe finds the key repaired; nothing dies of waiting."""
    vendor = Scripted(always=RetryLater("answered 401 (check CUEWIRE_VENDOR_KEY)", pause=True))
    world.add(delivery("d1", person="ada"), delivery("d2", person="bob"))
    lane = world.lane(vendor, pace=Pace(concurrency=1))
    assert world.drive(lane) == 30
    assert vendor.calls == ["d1"]
    assert "CUEWIRE_VENDOR_KEY" in lane.metrics()["paused"]
    for _ in range(400):
        world.pass_time(300 * SECOND)
        world.drive(lane)
    assert {world.row("d1").status, world.row("d2").status} <= {"scheduled", "retrying"}
    vendor.always = None
    for _ in range(4):
        world.pass_time(900 * SECOND)
        world.drive(lane)
    assert {world.row("d1").status, world.row("d2").status} == {"delivered"}
    assert lane.metrics()["paused"] == ""


def test_without_settings_deliveries_wait_and_nothing_is_asked(world: World) -> None:
    """They are sent when the settings come."""
    vendor = Scripted(missing=["CUEWIRE_VENDOR_KEY"])
    world.add(delivery("d1"))
    lane = world.lane(vendor)
    assert world.drive(lane) == 30
    assert (world.row("d1").status, vendor.calls) == ("scheduled", [])
    assert lane.metrics()["missing_settings"] == ["CUEWIRE_VENDOR_KEY"]
    vendor.missing.clear()
    world.drive(lane)
    assert vendor.calls == ["d1"]


@pytest.mark.parametrize(
    ("repeats", "status"),
    [("at_most_once", "unknown"), ("lookup", "unknown"), ("keyed", "retrying"), ("idempotent", "retrying")],
)
def test_an_adapter_that_raises_is_a_bug_that_neither_doubles_nor_stops_the_lane(
    world: World, repeats: str, status: str
) -> None:
    """The request may have left before it raised."""
    vendor = Scripted(script={"d1": [KeyError("x")]})
    world.add(delivery("d1", action=repeats), delivery("d2"))
    world.drive(world.lane(vendor))
    assert world.row("d1").status == status
    assert world.row("d1").reason == "the adapter failed: KeyError"
    assert world.row("d2").status == "delivered"


def test_a_person_who_cannot_be_judged_is_not_sent_to_and_stops_nobody(world: World) -> None:
    """A fault fails closed, and is tried again later."""
    vendor = Scripted()
    world.add(delivery("d1"), delivery("d2"))
    judge, world.refusals = world.refusals, {}
    faulty = type("Faulty", (dict,), {"get": lambda _self, key, default: 1 / 0 if key == "d1" else default})
    world.refusals = faulty()
    lane = world.lane(vendor)
    assert world.drive(lane) == 60
    assert vendor.calls == ["d2"]
    assert world.row("d1").status == "scheduled"
    world.refusals = judge
    world.pass_time(60 * SECOND)
    world.drive(lane)
    assert vendor.calls == ["d2", "d1"]


class Doubtful:
    """A store whose writes at some turns fail after they were committed."""

    def __init__(self, store: Store, fails: set[int]) -> None:
        self.store, self.fails, self.turn = store, fails, 0

    def write(self, job: Callable[[Transaction], T]) -> T:
        """Commit, then say that it failed."""
        self.turn += 1
        result = self.store.write(job)
        if self.turn in self.fails:
            raise StoreError("the disk is gone")
        return result


def test_an_intent_committed_by_a_failing_store_is_taken_back_not_lost(world: World) -> None:
    """No sender got it, so it is sent afterwards, as its first attempt."""
    vendor = Scripted()
    world.add(delivery("d1"))
    lane = world.lane(vendor, store=Doubtful(world.store, {1}))  # type: ignore[arg-type]  # only write is used
    with pytest.raises(StoreError):
        lane.step()
    assert world.row("d1").status == "sending"
    world.drive(lane)
    assert vendor.calls == ["d1"]
    assert [attempt.number for attempt in world.row("d1").attempts] == [1]


def test_an_outcome_that_the_store_refuses_is_written_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is known only here; writing it twice changes nothing."""
    monkeypatch.setattr("core.dispatch.attempt.STORE_PAUSE", 0.0)
    vendor = Scripted(script={"d1": [DOWN]})
    world.add(delivery("d1"))
    lane = world.lane(vendor, store=Doubtful(world.store, {2, 3}))  # type: ignore[arg-type]  # only write is used
    lane.step()
    lane.gate.drain(20)
    row = world.row("d1")
    assert (row.status, len(row.attempts), row.attempts[0].outcome) == ("retrying", 1, "retrying")


def test_what_a_sender_has_is_never_taken_back(world: World) -> None:
    """After a failed commit only the intents that nobody got are released."""
    entered, release = threading.Event(), threading.Event()

    def hold(row: DeliveryRow) -> None:
        if row.id == "d1":
            entered.set()
            assert release.wait(PATIENCE)

    vendor = Scripted(before=hold)
    lane = world.lane(vendor, store=Doubtful(world.store, {2}))  # type: ignore[arg-type]  # only write is used
    try:
        world.add(delivery("d1"))
        lane.step()
        assert entered.wait(PATIENCE)
        world.add(delivery("d2"))
        with pytest.raises(StoreError):
            lane.step()
        lane.step()
        assert world.row("d1").status == "sending"
    finally:
        release.set()
    world.drive(lane)
    assert sorted(vendor.calls) == ["d1", "d2"]
