"""What a lane sends, and when: each step is taken by the test, on a made-up clock and a real store."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

import pytest
from dispatch_world import HOUR, PATIENCE, SECOND, START, Scripted, World, delivery

from core.dispatch import Pace
from core.errors import StoreError
from core.ports import Delivered, DeliveryRow, Rejected, RetryLater, Store, Transaction, Unknown

T = TypeVar("T")

DOWN = RetryLater("no connection")


def test_a_delivery_that_is_due_is_sent_once_and_its_answer_kept(world: World) -> None:
    """The plain path: status, reference, attempt."""
    vendor = Scripted()
    world.add(delivery("d1"))
    world.drive(world.lane(vendor))
    row = world.row("d1")
    assert vendor.calls == ["d1"]
    assert (row.status, row.reason, row.reference) == ("delivered", "ok", "ref-d1")
    (attempt,) = row.attempts
    assert (attempt.number, attempt.started_at, attempt.ended_at, attempt.outcome) == (
        1,
        START,
        START,
        "delivered",
    )


def test_the_lane_sleeps_exactly_until_the_next_delivery_is_due(world: World) -> None:
    """Not a millisecond earlier."""
    vendor = Scripted()
    world.add(delivery("d1", due_at=START + 90 * SECOND))
    lane = world.lane(vendor)
    assert world.drive(lane) == 90
    world.pass_time(90 * SECOND - 1)
    assert world.drive(lane) == 0.001
    assert vendor.calls == []
    world.pass_time(1)
    world.drive(lane)
    assert vendor.calls == ["d1"]


def test_the_intent_is_committed_before_the_request(world: World) -> None:
    """The destination reads the store while it is being called."""
    seen: list[DeliveryRow] = []
    vendor = Scripted(before=lambda row: seen.append(world.row(row.id)))
    world.add(delivery("d1"))
    world.drive(world.lane(vendor))
    assert (seen[0].status, seen[0].attempts[0].number, seen[0].attempts[0].outcome) == ("sending", 1, "")


def test_what_was_withdrawn_after_scheduling_is_not_sent(world: World) -> None:
    """It is asked again at the intent, and the reason is kept."""
    vendor = Scripted()
    world.add(delivery("d1", due_at=START + HOUR), delivery("d2", due_at=START + HOUR))
    lane = world.lane(vendor)
    world.drive(lane)
    world.refusals["d1"] = "consent for marketing by sms was withdrawn"
    world.pass_time(HOUR)
    world.drive(lane)
    assert vendor.calls == ["d2"]
    assert (world.row("d1").status, world.row("d1").reason) == ("suppressed", world.refusals["d1"])
    assert world.row("d1").attempts == []


def test_consent_is_asked_again_before_each_retry(world: World) -> None:
    """A retry is a send like any other."""
    vendor = Scripted(script={"d1": [DOWN]})
    world.add(delivery("d1"))
    lane = world.lane(vendor)
    world.drive(lane)
    world.refusals["d1"] = "withdrawn"
    world.pass_time(SECOND)
    world.drive(lane)
    assert vendor.calls == ["d1"]
    assert world.row("d1").status == "suppressed"


def test_a_delivery_is_valid_up_to_its_end_and_expires_after_it(world: World) -> None:
    """The end itself is still valid."""
    vendor = Scripted()
    world.add(delivery("d1", expires_at=START), delivery("d2", expires_at=START - 1))
    world.drive(world.lane(vendor))
    assert vendor.calls == ["d1"]
    assert world.row("d2").status == "expired"


def test_a_retry_that_would_come_too_late_expires_in_time(world: World) -> None:
    """It does not wait for the vendor's hour to be listed as expired."""
    vendor = Scripted(script={"d1": [RetryLater("maintenance", until=START + HOUR)]})
    world.add(delivery("d1", expires_at=START + SECOND))
    lane = world.lane(vendor)
    world.drive(lane)
    assert world.row("d1").status == "retrying"
    world.pass_time(SECOND + 1)
    world.drive(lane)
    assert (world.row("d1").status, vendor.calls) == ("expired", ["d1"])


def test_a_failure_is_retried_until_it_succeeds(world: World) -> None:
    """Each attempt is kept with its outcome."""
    vendor = Scripted(script={"d1": [DOWN, RetryLater("busy"), Delivered("done")]})
    world.add(delivery("d1"))
    lane = world.lane(vendor)
    for _ in range(3):
        world.drive(lane)
        world.pass_time(10 * SECOND)
    row = world.row("d1")
    assert (row.status, row.reason) == ("delivered", "done")
    assert [(a.number, a.outcome, a.reason) for a in row.attempts] == [
        (1, "retrying", "no connection"),
        (2, "retrying", "busy"),
        (3, "delivered", "done"),
    ]


def test_after_the_horizon_a_delivery_is_dead_with_its_last_reason(world: World) -> None:
    """24 hours from the first attempt, not from the schedule."""
    vendor = Scripted(always=DOWN)
    world.add(delivery("d1", due_at=START - 30 * HOUR))
    lane = world.lane(vendor)
    world.drive(lane)
    world.pass_time(24 * HOUR - 1)
    world.drive(lane)
    assert world.row("d1").status == "retrying"
    world.pass_time(1)
    world.drive(lane)
    assert (world.row("d1").status, world.row("d1").reason) == ("dead", "no connection")


def test_only_the_first_and_the_latest_attempts_are_kept(world: World) -> None:
    """A day of retries must not grow a row without bound."""
    vendor = Scripted(always=DOWN, script={"d1": []})
    world.add(delivery("d1"))
    lane = world.lane(vendor)
    lane.gate.breaker.threshold = 1_000
    for _ in range(80):
        world.drive(lane)
        world.pass_time(900 * SECOND)
    numbers = [attempt.number for attempt in world.row("d1").attempts]
    assert len(numbers) == 52
    assert (numbers[0], numbers[1], numbers[-1]) == (1, 30, 80)


@pytest.mark.parametrize("outcome", [Rejected("no such number"), Unknown("lost")])
def test_what_is_refused_or_lost_is_never_sent_again(world: World, outcome: Rejected | Unknown) -> None:
    """And it holds nobody's queue: the person's next delivery goes out."""
    vendor = Scripted(script={"d1": [outcome]})
    world.add(delivery("d1", person="ada"), delivery("d2", person="ada"))
    lane = world.lane(vendor)
    world.drive(lane)
    world.pass_time(48 * HOUR)
    world.drive(lane)
    assert vendor.calls == ["d1", "d2"]
    assert world.row("d1").status == type(outcome).__name__.lower()


def test_a_failing_head_holds_its_own_person_only_and_order_is_kept(world: World) -> None:
    """Ada's second message waits for her first; Bob's does not."""
    vendor = Scripted(script={"a1": [DOWN, DOWN]})
    world.add(delivery("a1", person="ada"), delivery("a2", person="ada"), delivery("b1", person="bob"))
    lane = world.lane(vendor)
    world.drive(lane)
    assert sorted(vendor.calls) == ["a1", "b1"]
    for _ in range(2):
        world.pass_time(10 * SECOND)
        world.drive(lane)
    assert [call for call in vendor.calls if call.startswith("a")] == ["a1", "a1", "a1", "a2"]


def test_two_deliveries_of_one_person_are_never_under_way_together(world: World) -> None:
    """Even with room for four, and all of them due."""
    vendor = Scripted()
    world.add(*(delivery(f"d{i}", person="ada") for i in range(6)))
    world.drive(world.lane(vendor))
    assert vendor.calls == [f"d{i}" for i in range(6)]
    assert vendor.most_at_once == 1


def test_no_more_are_under_way_than_the_pace_allows(world: World) -> None:
    """Concurrency is bounded."""
    vendor = Scripted()
    world.add(*(delivery(f"d{i}") for i in range(30)))
    world.drive(world.lane(vendor, pace=Pace(concurrency=2)))
    assert len(vendor.calls) == 30
    assert vendor.most_at_once <= 2


def test_the_rate_is_kept(world: World) -> None:
    """Three at once, then one every half second."""
    vendor = Scripted()
    world.add(*(delivery(f"d{i}") for i in range(6)))
    lane = world.lane(vendor, pace=Pace(per_second=2, burst=3))
    assert world.drive(lane) == 0.5
    assert len(vendor.calls) == 3
    world.pass_time(500)
    world.drive(lane)
    assert len(vendor.calls) == 4


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


def test_an_empty_look_is_no_commit(world: World) -> None:
    """Else a store that tells of each commit would keep the lanes looking for ever."""
    commits: list[int] = []
    world.store.on_commit.append(lambda: commits.append(1))  # type: ignore[attr-defined]  # the embedded store's
    world.drive(world.lane(Scripted()))
    with pytest.raises(ZeroDivisionError):  # once this one has failed, every commit before it has been told
        world.store.write(lambda _tx: 1 // 0)
    assert commits == []


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
