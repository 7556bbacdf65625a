"""What a lane sends, and when: each step is taken by the test, on a made-up clock and a real store."""

from __future__ import annotations

import pytest
from dispatch_world import DOWN, HOUR, SECOND, START, Scripted, World, delivery

from core.dispatch import Pace
from core.ports import Delivered, DeliveryRow, Rejected, RetryLater, Unknown


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


def test_an_empty_look_is_no_commit(world: World) -> None:
    """Else a store that tells of each commit would keep the lanes looking for ever."""
    commits: list[int] = []
    world.store.on_commit.append(lambda: commits.append(1))  # type: ignore[attr-defined]  # the embedded store's
    world.drive(world.lane(Scripted()))
    with pytest.raises(ZeroDivisionError):  # once this one has failed, every commit before it has been told
        world.store.write(lambda _tx: 1 // 0)
    assert commits == []
