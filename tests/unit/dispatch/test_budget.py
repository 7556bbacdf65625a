"""A day's paid sends are counted in the store; when they are used up, what is counted waits for the next day."""

from __future__ import annotations

from datetime import UTC, datetime

from dispatch_world import DOWN, HOUR, SECOND, Scripted, World, delivery

from core.dispatch.retries import MOST, RetryBudget
from core.engine.instant import parse_time
from core.ports import ActionSpec, Budget, DeliveryRow, DestinationSpec, Pace, Repeats, Unknown

#: A message that costs, and an upsert that does not.
SPEC = DestinationSpec(
    "vendor",
    "Vendor",
    {
        "text": ActionSpec("text", "Do it.", Repeats.AT_MOST_ONCE, (), channel="sms"),
        "upsert": ActionSpec("upsert", "Do it.", Repeats.IDEMPOTENT, ()),
    },
)
DAY = 24 * HOUR


def text(identifier: str, action: str = "text", **changes: int) -> DeliveryRow:
    """Make a message that costs."""
    return delivery(identifier, action=action, **changes)


def pace(times: int, **changes: object) -> Pace:
    """Make a pace with a budget."""
    return Pace(budget=Budget(times, **changes))  # type: ignore[arg-type]  # the fields of a budget


def test_a_day_holds_so_many_and_the_rest_waits_for_the_next_with_the_reason(world: World) -> None:
    """What is not counted goes on."""
    vendor = Scripted(spec=SPEC)
    world.add(*(text(f"d{i}") for i in range(5)), text("u1", "upsert"))
    lane = world.lane(vendor, pace=pace(3))
    world.drive(lane)
    assert sorted(vendor.calls) == ["d0", "d1", "d2", "u1"]
    row = world.row("d4")
    assert (row.status, row.due_at % DAY) == ("scheduled", 0)
    assert lane.metrics()["budget_used"] == 3
    assert row.reason.startswith("the day's 3 sends to vendor are used up; the next day begins 20")
    assert (lane.metrics()["budget"], lane.metrics()["budget_used"]) == (3, 3)
    world.pass_time(row.due_at - world.clock.at - 1)
    world.drive(lane)
    assert len(vendor.calls) == 4
    world.pass_time(1)
    assert lane.metrics()["budget_used"] == 0
    world.drive(lane)
    assert sorted(vendor.calls[4:]) == ["d3", "d4"]


def test_the_count_outlives_the_program(world: World) -> None:
    """Another run has what the first left."""
    vendor = Scripted(spec=SPEC)
    world.add(*(text(f"d{i}") for i in range(3)))
    world.drive(world.lane(vendor, pace=pace(2)))
    world.add(text("d9"))
    world.drive(world.lane(vendor, pace=pace(2)))
    assert vendor.calls == ["d0", "d1"]
    assert world.row("d9").status == "scheduled"


def test_the_day_is_that_of_the_zone(world: World) -> None:
    """Its midnight, also where clocks change."""
    world.clock.at = parse_time("2027-03-28T00:30:00Z") or 0
    vendor = Scripted(spec=SPEC)
    world.add(text("d1", due_at=world.clock.at), text("d2", due_at=world.clock.at))
    world.drive(world.lane(vendor, pace=pace(1, zone="Europe/Berlin")))
    due = datetime.fromtimestamp(world.row("d2").due_at / 1000, UTC)
    assert due.isoformat() == "2027-03-28T22:00:00+00:00"


def test_what_was_not_done_is_given_back_and_what_may_have_been_is_not(world: World) -> None:
    """A refused connection costs nothing; a lost answer may."""
    vendor = Scripted(spec=SPEC, script={"d1": [DOWN], "d2": [Unknown("lost")]})
    world.add(text("d1"), text("d2"))
    lane = world.lane(vendor, pace=pace(2))
    world.drive(lane)
    assert lane.metrics()["budget_used"] == 1
    world.pass_time(10 * SECOND)
    world.drive(lane)
    assert (vendor.calls, lane.metrics()["budget_used"]) == (["d1", "d2", "d1"], 2)


def test_named_actions_are_counted_instead_of_messages(world: World) -> None:
    """Where writes cost and messages do not."""
    vendor = Scripted(spec=SPEC)
    world.add(text("d1"), text("u1", "upsert"), text("u2", "upsert"))
    world.drive(world.lane(vendor, pace=pace(1, actions=frozenset({"upsert"}))))
    assert sorted(vendor.calls) == ["d1", "u1"]


def test_a_message_that_is_over_by_then_expires_at_once(world: World) -> None:
    """Nobody has to wait a day to see it."""
    vendor = Scripted(spec=SPEC)
    world.add(text("d1"), text("d2", expires_at=world.clock.at + SECOND))
    world.drive(world.lane(vendor, pace=pace(1)))
    assert world.row("d2").status == "expired"
    assert "used up" in world.row("d2").reason


def test_a_new_budget_holds_at_once_for_what_the_day_has_used(world: World) -> None:
    """As when the mappings are reloaded."""
    vendor = Scripted(spec=SPEC)
    world.add(*(text(f"d{i}") for i in range(2)))
    lane = world.lane(vendor, pace=pace(5))
    world.drive(lane)
    lane.adjust(pace(3))
    world.add(*(text(f"e{i}") for i in range(3)))
    world.drive(lane)
    assert len(vendor.calls) == 3


def test_retries_are_held_to_a_share_of_first_tries() -> None:
    """A fifth, and one a second whatever happens."""
    found = RetryBudget()
    assert found.room(0) == MOST
    found.count(0, first=0, again=50)
    assert found.room(0) == 0
    found.count(0, first=100, again=0)
    assert found.room(0) == 20
    found.count(0, first=0, again=20)
    assert found.room(3_000) == 3


def test_where_many_fail_the_retries_do_not_become_the_load(world: World) -> None:
    """Half of all tries fail, never five in a row: first tries go on, retries keep to their share."""
    failing = {f"d{i}" for i in range(0, 400, 2)}
    vendor = Scripted(always=None)
    vendor.script = {name: [DOWN] * 50 for name in failing}
    lane = world.lane(vendor, pace=Pace(concurrency=1, per_second=1_000_000, burst=1_000_000))
    lane.gate.breaker.threshold = 1_000
    for start in range(0, 400, 40):
        world.add(*(delivery(f"d{i}", due_at=world.clock.at) for i in range(start, start + 40)))
        world.drive(lane)
        world.pass_time(SECOND)
    first, again = len(set(vendor.calls)), len(vendor.calls) - len(set(vendor.calls))
    assert first == 400
    assert again <= MOST + 400 // 5 + 10
