"""A destination that is away for 26 hours: the others do not notice, and it is not run down when it is back.

``CUEWIRE_OUTAGE_EVERY`` is the number of seconds between two messages of the made-up shop; fewer make it heavier.
"""

from __future__ import annotations

import os
import threading
from collections import Counter

from dispatch_world import DOWN, HOUR, PATIENCE, SECOND, Scripted, World, delivery, eventually

from core.dispatch import Redrive, Selection
from core.ports import DeliveryRow, Filter, Pace, Status

EVERY = int(os.environ.get("CUEWIRE_OUTAGE_EVERY", "120")) * SECOND
OUTAGE = 26 * HOUR
PEOPLE = 20
PACE = Pace(concurrency=4, per_second=5, burst=20)

#: A burst begins at a tenth after an outage.
GENTLE = PACE.burst // 10


class Shop:
    """Writes to people by two destinations at once, the made-up time going on."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.away, self.well = Scripted("away", before=self.note), Scripted("well", before=self.note)
        self.lanes = {one.name: world.lane(one, pace=PACE) for one in (self.away, self.well)}
        self.moments: dict[str, list[int]] = {"away": [], "well": []}
        self.number = 0

    def note(self, row: DeliveryRow) -> None:
        """Remember when something left."""
        self.moments[row.destination].append(self.world.clock.at)

    def write(self) -> None:
        """Write to the next person by both."""
        self.number += 1
        for name in self.lanes:
            row = delivery(
                f"{name}{self.number}",
                person=f"p{self.number % PEOPLE}",
                destination=name,
                action="idempotent",
                due_at=self.world.clock.at,
                created_at=self.world.clock.at,
            )
            self.world.add(row)

    def work(self) -> None:
        """Let both lanes do what they may now."""
        for lane in self.lanes.values():
            self.world.drive(lane)

    def rows(self, destination: str) -> list[DeliveryRow]:
        """Read a destination's deliveries, the first made first."""
        found: list[DeliveryRow] = []
        cursor: str | None = ""
        while cursor is not None:
            page = self.world.store.read.deliveries(Filter(destination=destination, limit=500, cursor=cursor))
            found += page.rows
            cursor = page.next
        return found[::-1]

    def drain(self) -> Counter[int]:
        """Let the seconds go by until nothing waits; give how many left in each of them."""
        start, known = self.world.clock.at, len(self.moments["away"])
        for _ in range(100_000):
            self.work()
            if not any(row.status in ("scheduled", "retrying") for row in self.rows("away")):
                break
            self.world.pass_time(SECOND)
        return Counter((at - start) // SECOND for at in self.moments["away"][known:])


def test_a_day_without_a_destination_costs_the_others_nothing_and_ends_without_a_spike(world: World) -> None:
    """Everything is delivered in the end, once, and in each person's order."""
    shop = Shop(world)
    shop.away.always = DOWN
    end = world.clock.at + OUTAGE
    while world.clock.at < end:
        shop.write()
        shop.work()
        world.pass_time(EVERY)
    knocks = len(shop.moments["away"])
    assert knocks <= OUTAGE // (300 * SECOND) + 20

    waits = [row.attempts[0].started_at - row.due_at for row in shop.rows("well")]
    assert len(waits) == shop.number
    assert set(waits) == {0}

    shop.away.always = None
    world.pass_time(300 * SECOND)
    by_second = shop.drain()
    assert max(by_second.values()) <= PACE.per_second + GENTLE + 1
    assert sum(by_second.values()) >= shop.number - knocks

    rows = shop.rows("away")
    assert {row.status for row in rows} <= {"delivered", "dead"}
    assert len(rows) == shop.number
    in_order(shop, [row for row in rows if row.status == "delivered"])
    dead = [row for row in rows if row.status == "dead"]
    assert len(dead) <= knocks
    again = Redrive(world.store, world.clock, lambda: {"away": shop.away.spec}, world.look)
    assert again.run(Selection(per_second=2.0)).redriven == len(dead)
    assert max(shop.drain().values(), default=0) <= 2 + 1
    assert {row.status for row in shop.rows("away")} == {Status.DELIVERED}
    successes = Counter(one.outcome for row in shop.rows("away") for one in row.attempts)
    assert successes["delivered"] == shop.number


def in_order(shop: Shop, rows: list[DeliveryRow]) -> None:
    """Check that each person's deliveries left in the order in which they were made."""
    place = {name: number for number, name in enumerate(shop.away.calls)}  # the last time that each was tried
    for person in range(PEOPLE):
        left = [place[row.id] for row in rows if row.profile_id == f"p{person}"]
        assert left == sorted(left)


def test_a_thousand_letters_for_a_dead_destination_hold_up_no_other(world: World) -> None:
    """With the threads running: one is asked once in a while, the other delivers all it gets at once."""
    gone = Scripted("gone", always=DOWN)
    well = Scripted("well")
    world.add(*(delivery(f"g{i}", destination="gone", action="idempotent") for i in range(1_000)))
    world.run(gone, well, pace=Pace(concurrency=4, per_second=100_000, burst=100_000))
    eventually(lambda: len(gone.calls) >= 5)
    stop = threading.Event()
    ticking = threading.Thread(target=lambda: tick(world, stop))
    ticking.start()
    try:
        for number in range(40):
            world.add(delivery(f"w{number}", destination="well", due_at=world.clock.at))
            world.reaches(f"w{number}", "delivered")
    finally:
        stop.set()
        ticking.join(PATIENCE)
    assert len(well.calls) == 40
    assert len(gone.calls) < 200


def tick(world: World, stop: threading.Event) -> None:
    """Let the time go on quickly, so that the dead destination is knocked at."""
    while not stop.wait(0.002):
        world.pass_time(SECOND)
