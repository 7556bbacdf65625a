"""Messages that may not leave yet: they wait without holding anybody up, or expire at once."""

from __future__ import annotations

from dispatch_world import DOWN, HOUR, SECOND, START, Scripted, World, delivery

from core.dispatch import StopSwitch, settle
from core.ports import Status

NIGHT = "quiet_hours: quiet from 21:00 to 08:00, saw quiet in Europe/Berlin"


def test_what_may_not_leave_yet_waits_until_it_is_free(world: World) -> None:
    """Due then, with the reason, and the lane sleeps exactly as long."""
    vendor = Scripted()
    world.free_at["d1"], world.refusals["d1"] = START + HOUR, NIGHT
    world.add(delivery("d1"))
    lane = world.lane(vendor)
    assert world.drive(lane) == HOUR / SECOND
    row = world.row("d1")
    assert (row.status, row.due_at, row.reason, row.attempts) == ("scheduled", START + HOUR, NIGHT, [])
    world.pass_time(HOUR)
    world.refusals.clear()
    world.drive(lane)
    assert vendor.calls == ["d1"]
    assert world.row("d1").status == "delivered"


def test_a_message_that_waits_holds_up_nobody(world: World) -> None:
    """The person's next message, and everyone else's, goes out."""
    vendor = Scripted()
    world.free_at["a1"] = START + HOUR
    world.add(delivery("a1", person="ada"), delivery("a2", person="ada"), delivery("b1", person="bob"))
    world.drive(world.lane(vendor))
    assert sorted(vendor.calls) == ["a2", "b1"]


def test_a_retry_that_has_to_wait_frees_its_lane(world: World) -> None:
    """It was first in the lane while it was retried; over night the others pass it."""
    vendor = Scripted(script={"a1": [DOWN]})
    world.add(delivery("a1", person="ada"), delivery("a2", person="ada"))
    lane = world.lane(vendor)
    world.drive(lane)
    assert (vendor.calls, world.row("a1").status) == (["a1"], "retrying")
    world.free_at["a1"], world.refusals["a1"] = START + HOUR, NIGHT
    world.pass_time(10 * SECOND)
    world.drive(lane)
    assert vendor.calls == ["a1", "a2"]
    row = world.row("a1")
    assert (row.status, row.due_at, row.reason, len(row.attempts)) == ("scheduled", START + HOUR, NIGHT, 1)
    world.refusals.clear()
    world.pass_time(HOUR)
    world.drive(lane)
    assert vendor.calls == ["a1", "a2", "a1"]
    assert [attempt.number for attempt in world.row("a1").attempts] == [1, 2]


def test_a_report_on_a_retry_that_waits_is_believed(world: World) -> None:
    """The attempt that looked lost had arrived: nothing is sent again."""
    vendor = Scripted(script={"a1": [DOWN]})
    world.add(delivery("a1"))
    lane = world.lane(vendor)
    world.drive(lane)
    world.free_at["a1"] = START + HOUR
    world.pass_time(10 * SECOND)
    world.drive(lane)
    assert world.store.write(lambda tx: settle(tx, "a1", status=Status.DELIVERED, at=world.clock.now()))
    world.pass_time(HOUR)
    world.drive(lane)
    assert (vendor.calls, world.row("a1").status) == (["a1"], "delivered")


def test_a_message_is_valid_to_the_moment_at_which_it_is_free(world: World) -> None:
    """A millisecond less, and it has expired at once, with both times told."""
    vendor = Scripted()
    world.free_at |= {"d1": START + HOUR, "d2": START + HOUR}
    world.refusals |= {"d1": NIGHT, "d2": NIGHT}
    world.add(delivery("d1", expires_at=START + HOUR), delivery("d2", expires_at=START + HOUR - 1))
    world.drive(world.lane(vendor))
    assert world.row("d1").status == "scheduled"
    assert (world.row("d2").status, world.row("d2").reason) == (
        "expired",
        f"valid until 2027-01-15T08:59:59.999Z, and not free before 2027-01-15T09:00:00.000Z: {NIGHT}",
    )
    assert vendor.calls == []


def test_nothing_is_claimed_while_all_sends_are_stopped(world: World) -> None:
    """What is due stays as it is, and leaves when it may again."""
    vendor = Scripted()
    world.add(delivery("d1"), delivery("d2", due_at=START + SECOND))
    lane = world.lane(vendor)
    switch = StopSwitch(world.store, world.clock, lane.wake)
    switch.stop("the wrong list")
    world.pass_time(HOUR)
    world.drive(lane)
    assert (vendor.calls, world.row("d1").status, world.row("d1").reason) == ([], "scheduled", "")
    assert switch.resume()
    world.drive(lane)
    assert vendor.calls == ["d1", "d2"]


def test_a_second_stop_keeps_the_first_one_s_time_and_reason(world: World) -> None:
    """Whoever looks later finds when and why it began."""
    switch = StopSwitch(world.store, world.clock, lambda: None)
    assert switch.standing is None
    first = switch.stop("the wrong list")
    world.pass_time(HOUR)
    assert switch.stop("me too") == first == switch.standing
    assert (first.since, first.reason) == (START, "the wrong list")
    assert [switch.resume(), switch.resume()] == [True, False]
    assert switch.standing is None
