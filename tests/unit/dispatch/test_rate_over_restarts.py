"""What is left of a destination's rate, and what it said of our haste, outlives the program; nobody looks in vain."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from dispatch_world import PATIENCE, SECOND, START, ManualClock, Scripted, World, delivery

from core.dispatch.lane import LONGEST_SLEEP, Lane
from core.errors import StoreError
from core.ports import Pace, RetryLater, Store, Transaction
from core.store.embedded import EmbeddedStore, open_store

T = TypeVar("T")

PACE = Pace(concurrency=4, per_second=2, burst=6)

#: Too fast, without a word of how long to wait.
HASTE = RetryLater("too many", throttled=True)


class Runs:
    """One data folder, and one program after the other that works on it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, ManualClock()
        self.store: EmbeddedStore | None = None
        self.world: World | None = None

    def begin(self) -> World:
        """End the program that runs, and start the next; nothing is left but what is on the disk."""
        self.end()
        self.store = open_store(self.folder, clock=self.clock)
        self.world = World(self.store, self.clock)
        return self.world

    def end(self) -> None:
        """End the program that runs."""
        if self.world and self.store:
            self.world.close()
            self.store.close()


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    """Give a folder to run in."""
    made = Runs(tmp_path / "data")
    yield made
    made.end()


def test_a_restart_begins_with_no_new_burst(runs: Runs) -> None:
    """However often, and what the time between has brought is there."""
    vendor = Scripted()
    world = runs.begin()
    world.add(*(delivery(f"d{i}") for i in range(20)))
    world.drive(world.lane(vendor, pace=PACE))
    assert len(vendor.calls) == 6
    for _ in range(3):
        world = runs.begin()
        assert world.drive(world.lane(vendor, pace=PACE)) == 0.5
    assert len(vendor.calls) == 6
    world.pass_time(1_500)
    world = runs.begin()
    world.drive(world.lane(vendor, pace=PACE))
    assert len(vendor.calls) == 9


def test_a_time_that_the_destination_named_outlives_a_restart(runs: Runs) -> None:
    """Nothing leaves before it, and then one and the rate, not a burst."""
    hour = 3_600 * SECOND
    vendor = Scripted(script={"d0": [RetryLater("too many", until=START + hour, throttled=True)]})
    world = runs.begin()
    world.add(delivery("d0"))
    world.drive(world.lane(vendor, pace=PACE))
    world.add(*(delivery(f"d{i}") for i in range(1, 9)))
    world = runs.begin()
    assert world.drive(world.lane(vendor, pace=PACE)) == hour / SECOND
    world.pass_time(hour - 1)
    world = runs.begin()
    world.drive(world.lane(vendor, pace=PACE))
    assert vendor.calls == ["d0"]
    world.pass_time(1)
    world.drive(world.lane(vendor, pace=PACE))
    assert len(vendor.calls) == 2


def test_where_it_named_none_the_wait_goes_on_doubling_after_a_restart(runs: Runs) -> None:
    """1 s, 2 s, 4 s; and 1 s again once something has passed, for the next program too."""
    vendor, waits = Scripted(), []
    for turn, answer in enumerate([HASTE, HASTE, HASTE, None, HASTE, HASTE]):
        vendor.always = answer
        world = runs.begin()
        world.add(delivery(f"d{turn}", due_at=runs.clock.at))
        waits.append(int(world.drive(world.lane(vendor, pace=PACE))))
        world.pass_time(10 * SECOND)
    assert [*waits[:3], *waits[4:]] == [1, 2, 4, 1, 2]


class Counted:
    """A store that counts what is written, and stops before one write until it may go on."""

    def __init__(self, store: Store, *, stops_at: int = 0) -> None:
        self.store, self.turn, self.stops_at = store, 0, stops_at
        self.stopped, self.may_go_on = threading.Event(), threading.Event()

    def write(self, job: Callable[[Transaction], T]) -> T:
        """Count, then write."""
        self.turn += 1
        if self.turn == self.stops_at:
            self.stopped.set()
            assert self.may_go_on.wait(PATIENCE)
        return self.store.write(job)


def counted(world: World, vendor: Scripted, *, stops_at: int = 0) -> tuple[Counted, Lane]:
    """Make a lane over such a store."""
    store = Counted(world.store, stops_at=stops_at)
    return store, world.lane(vendor, store=store, pace=PACE)  # type: ignore[arg-type]  # only write is used


def test_nothing_leaves_between_the_answer_and_its_commit(world: World) -> None:
    """A destination that says stop is heard at once, although the store is slow to be told."""
    vendor = Scripted(script={"d1": [RetryLater("slow down", until=START + 7 * SECOND, throttled=True)]})
    store, lane = counted(world, vendor, stops_at=2)
    world.add(delivery("d1"))
    try:
        lane.step()
        assert store.stopped.wait(PATIENCE)
        world.add(delivery("d2"), delivery("d3"))
        assert lane.step() == LONGEST_SLEEP
        assert (vendor.calls, store.turn) == (["d1"], 2)
    finally:
        store.may_go_on.set()
    assert world.drive(lane) == 7
    assert vendor.calls == ["d1"]


def test_while_the_rate_is_used_up_the_store_is_asked_once(world: World) -> None:
    """However often the lane is woken it sleeps on, and nothing is committed."""
    commits: list[int] = []
    vendor = Scripted()
    store, lane = counted(world, vendor)
    world.add(*(delivery(f"d{i}") for i in range(9)))
    assert world.drive(lane) == 0.5
    world.store.on_commit.append(lambda: commits.append(1))  # type: ignore[attr-defined]  # the embedded store's
    before = store.turn
    for _ in range(50):
        lane.wake()
        assert lane.step() == 0.5
    assert store.turn == before
    world.pass_time(499)
    assert lane.step() == 0.001
    assert (store.turn, commits) == (before, [])
    world.pass_time(1)
    world.drive(lane)
    assert len(vendor.calls) == 7


def test_with_nothing_to_send_a_used_up_rate_wakes_nobody(world: World) -> None:
    """And what is due later than the next turn is waited for, not the turn."""
    vendor = Scripted()
    lane = world.lane(vendor, pace=PACE)
    world.add(*(delivery(f"d{i}") for i in range(6)))
    assert world.drive(lane) == LONGEST_SLEEP
    world.add(delivery("later", due_at=START + 20 * SECOND))
    lane.adjust(PACE)
    assert world.drive(lane) == 20


def test_a_store_that_is_broken_for_a_while_still_hears_of_the_hold(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what was asked after as well: the answer is written again until the store takes it."""
    monkeypatch.setattr("core.dispatch.attempt.STORE_PAUSE", 0.0)
    vendor = Scripted(script={"d1": [RetryLater("slow down", until=START + 7 * SECOND, throttled=True)]})
    world.add(delivery("d1"))
    lane = world.lane(vendor, store=Broken(world.store), pace=PACE)  # type: ignore[arg-type]  # only write is used
    world.drive(lane)
    world.add(delivery("d2"))
    assert world.drive(world.lane(vendor, pace=PACE)) == 7


class Broken:
    """A store that refuses its second and third write."""

    def __init__(self, store: Store) -> None:
        self.store, self.turn = store, 0

    def write(self, job: Callable[[Transaction], T]) -> T:
        """Refuse, or write."""
        self.turn += 1
        if self.turn in (2, 3):
            raise StoreError("the disk is full")
        return self.store.write(job)
