"""A server that is killed in the transaction of an intent: what was stopped there is neither lost nor doubled."""

from __future__ import annotations

import os
from multiprocessing import get_context
from pathlib import Path

from embedded.stopping import FREE, asks, begin, leave, rows, says, stops
from embedded.world import NOW, World

from core.dispatch.intent import claim
from core.engine.digest import stop_id
from core.engine.governance import Permit
from core.ports import DeliveryRow, Transaction


def die(folder: str, number: int) -> None:
    """Judge what is due, and be killed in the transaction before so many are done."""
    world = World(Path(folder))
    begin(world, FREE)
    judged = 0

    def permit(tx: Transaction, row: DeliveryRow, now: int) -> Permit:
        nonlocal judged
        judged += 1
        if judged > number:
            os.kill(os.getpid(), 9)
        return world.pipeline.permit(tx, row, now)

    world.store.write(lambda tx: claim(tx, "twilio", now=NOW, limit=100, may_send=permit))


def test_a_kill_at_the_intent_neither_loses_nor_doubles_it(tmp_path: Path) -> None:
    """What was judged in the transaction that died is judged anew, and is told once."""
    world = World(tmp_path)
    begin(world, FREE)
    for user in range(8):
        says(world, granted=True, user=f"u{user}")
        asks(world, f"u{user}")
        says(world, granted=False, user=f"u{user}")
    world.store.close()
    child = get_context("spawn").Process(target=die, args=(str(tmp_path), 7))
    child.start()
    child.join(300)
    assert child.exitcode == -9
    world = World(tmp_path)
    begin(world, FREE)
    assert {row.status for row in rows(world)} == {"scheduled"} and stops(world) == []
    leave(world, limit=3)
    world.store.close()
    world = World(tmp_path)
    begin(world, FREE)
    leave(world)
    assert {row.status for row in rows(world)} == {"suppressed"}
    assert sorted(one.id for one in stops(world)) == sorted(
        stop_id(row.id, row.due_at) for row in rows(world)
    )
    world.store.close()
