"""Deliveries of one action, each of another person, go in one call; each keeps its own outcome."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from dispatch_world import DOWN, PATIENCE, SECOND, START, Scripted, World, delivery, eventually

from core.dispatch.lane import LINGER
from core.ports import (
    ActionSpec,
    Delivered,
    DeliveryRow,
    DestinationSpec,
    Pace,
    Rejected,
    Repeats,
    RetryLater,
    Unknown,
)

#: Two actions that take three at a time, and one that takes one.
SPEC = DestinationSpec(
    "vendor",
    "Vendor",
    {
        "upsert": ActionSpec("upsert", "Do it.", Repeats.IDEMPOTENT, (), batch=3),
        "track": ActionSpec("track", "Do it.", Repeats.AT_MOST_ONCE, (), batch=3),
        "one": ActionSpec("one", "Do it.", Repeats.IDEMPOTENT, ()),
    },
)


def vendor(**changes: Any) -> Scripted:
    """Make a destination that takes batches."""
    return Scripted(spec=SPEC, **changes)


def upsert(identifier: str, *, person: str = "", **changes: Any) -> DeliveryRow:
    """Make a delivery that may go with others."""
    return delivery(identifier, person=person, **{"action": "upsert", **changes})


def test_due_deliveries_of_one_action_go_together_up_to_its_size(world: World) -> None:
    """Seven upserts are three calls."""
    there = vendor()
    world.add(*(upsert(f"d{i}") for i in range(7)))
    world.drive(world.lane(there))
    assert sorted(len(batch) for batch in there.batches) == [1, 3, 3]
    assert all(world.row(f"d{i}").status == "delivered" for i in range(7))
    assert world.row("d6").reference == "ref-d6"


def test_actions_are_never_mixed_in_one_call(world: World) -> None:
    """And one that takes no batch goes alone."""
    there = vendor()
    world.add(upsert("u1"), upsert("t1", action="track"), upsert("u2"), upsert("o1", action="one"))
    world.add(upsert("t2", action="track"), upsert("o2", action="one"))
    world.drive(world.lane(there, pace=Pace(concurrency=8)))
    assert sorted(there.batches) == [["o1"], ["o2"], ["t1", "t2"], ["u1", "u2"]]


def test_a_batch_never_holds_two_of_one_person(world: World) -> None:
    """Their order is kept: the second goes when the first has its answer."""
    there = vendor()
    world.add(upsert("a1", person="ada"), upsert("a2", person="ada"), upsert("b1", person="bob"))
    world.drive(world.lane(there, pace=Pace(concurrency=1)))
    assert there.batches == [["a1", "b1"], ["a2"]]


def test_each_delivery_of_a_batch_has_its_own_outcome(world: World) -> None:
    """One is taken, one refused, one tried again alone."""
    there = vendor(script={"d1": [Rejected("no such list")], "d2": [RetryLater("locked")]})
    world.add(*(upsert(f"d{i}") for i in range(3)))
    lane = world.lane(there)
    world.drive(lane)
    assert [world.row(f"d{i}").status for i in range(3)] == ["delivered", "rejected", "retrying"]
    assert lane.metrics()["breaker"] == "closed"
    world.pass_time(10 * SECOND)
    world.drive(lane)
    assert there.batches == [["d0", "d1", "d2"], ["d2"]]
    assert world.row("d2").status == "delivered"


@pytest.mark.parametrize(("action", "status"), [("upsert", "retrying"), ("track", "unknown")])
@pytest.mark.parametrize("fault", [KeyError("x"), "too few"])
def test_a_fault_of_the_adapter_hits_the_whole_batch_each_by_its_class(
    world: World, action: str, status: str, fault: Exception | str
) -> None:
    """What may have left is not sent twice; what may be repeated is."""
    there = vendor(script={"d0": [fault]} if isinstance(fault, Exception) else {})
    if isinstance(fault, str):
        there.send = lambda _action, batch: [Delivered()] * (len(batch) - 1)  # type: ignore[method-assign]
    world.add(*(upsert(f"d{i}", action=action) for i in range(3)))
    world.drive(world.lane(there, pace=Pace(concurrency=1)))
    assert [world.row(f"d{i}").status for i in range(3)] == [status] * 3


def test_a_throttled_batch_holds_the_destination_whatever_else_it_says(world: World) -> None:
    """One row told to slow down speaks for the destination."""
    later = RetryLater("slow down", until=START + 7 * SECOND, throttled=True)
    there = vendor(script={"d1": [later]})
    world.add(*(upsert(f"d{i}") for i in range(3)))
    lane = world.lane(there)
    world.drive(lane)
    world.add(upsert("d9"))
    assert world.drive(lane) == 7
    assert world.row("d9").attempts == []
    assert [world.row(f"d{i}").status for i in range(3)] == ["delivered", "retrying", "delivered"]


def test_a_refused_key_in_a_batch_pauses_the_destination(world: World) -> None:
    """Also where some of it was taken before the key was refused."""
    there = vendor(script={"d2": [RetryLater("answered 401", pause=True)]})
    world.add(*(upsert(f"d{i}") for i in range(3)))
    lane = world.lane(there)
    assert world.drive(lane) == 30
    assert lane.metrics()["breaker"] == "open"
    assert [world.row(f"d{i}").status for i in range(3)] == ["delivered", "delivered", "retrying"]


def test_a_probe_risks_one_delivery_not_a_batch(world: World) -> None:
    """What waits keeps its attempts until the destination answers."""
    there = vendor(always=DOWN)
    world.add(*(upsert(f"d{i}", action="one") for i in range(5)))
    lane = world.lane(there, pace=Pace(concurrency=1))
    world.drive(lane)
    world.add(*(upsert(f"u{i}", due_at=START - SECOND) for i in range(6)))
    there.batches.clear()
    world.pass_time(SECOND)
    world.drive(lane)
    assert there.batches == [["u0"]]
    there.always = None
    world.pass_time(2 * SECOND)
    world.drive(lane)
    assert max(len(batch) for batch in there.batches) == 3


def test_one_that_may_not_leave_takes_no_place_in_a_batch(world: World) -> None:
    """The others go on without it."""
    there = vendor()
    world.refusals["d0"] = "withdrawn"
    world.add(*(upsert(f"d{i}") for i in range(4)))
    world.drive(world.lane(there, pace=Pace(concurrency=1)))
    assert there.batches == [["d1", "d2"], ["d3"]]
    assert world.row("d0").status == "suppressed"


def test_a_delivery_alone_waits_for_no_company(world: World) -> None:
    """The lane claims at once where nothing is under way."""
    there = vendor()
    lane = world.lane(there)
    world.add(upsert("d1"))
    assert lane.step() == 0.0
    assert lane.gate.drain(PATIENCE)
    assert there.batches == [["d1"]]


def test_behind_a_call_under_way_a_batch_grows_for_a_bounded_time(world: World) -> None:
    """Two that come one by one leave together, no later than the wait after the last claim."""
    release = threading.Event()
    there = vendor(before=lambda row: row.id != "d1" or release.wait(PATIENCE))
    lane = world.lane(there)
    try:
        world.add(upsert("d1"))
        lane.step()
        eventually(lambda: there.calls == ["d1"])
        world.add(upsert("d2"))
        waits = lane.step()
        assert 0 <= waits <= LINGER
        world.add(upsert("d3"))
        deadline = time.monotonic() + PATIENCE
        while len(there.batches) < 2 and time.monotonic() < deadline:
            lane.step()
        assert there.batches[1] in (["d2", "d3"], ["d2"])
    finally:
        release.set()
    world.drive(lane)
    assert sorted(there.calls) == ["d1", "d2", "d3"]


def test_a_batch_whose_answer_is_lost_is_unknown_for_each(world: World) -> None:
    """And is never sent again."""
    lost = Unknown("the connection broke")
    there = vendor(script={f"d{i}": [lost] for i in range(3)})
    world.add(*(upsert(f"d{i}", action="track") for i in range(3)))
    lane = world.lane(there)
    world.drive(lane)
    world.pass_time(3_600 * SECOND)
    world.drive(lane)
    assert there.batches == [["d0", "d1", "d2"]]
    assert {world.row(f"d{i}").status for i in range(3)} == {"unknown"}
