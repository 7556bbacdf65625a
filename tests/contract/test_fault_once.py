"""What can be sent only once, the whole way: a fault, a real adapter, the dispatcher, and a day in which all is well.

Nothing may be taken twice by the vendor, and whatever is known not to have arrived arrives in the end. The actions of a
destination share some faults of each kind; each meets all there are with ``CUEWIRE_FAULTS=all``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fault_table import FAULTS, ROWS, injected
from scripted_server import ScriptedServer, scripted
from test_destinations import NOW, exchanges, load, make, row
from test_fault_matrix import ACTIONS, TWICE, delivered, first_of, meaning_of, patience, repeats_of, wanted

from core.dispatch.attempt import Desk
from core.dispatch.lane import Lane
from core.engine.governance import Permit
from core.ports import DeliveryRow, Pace, Repeats, Store
from core.retry import RetryPolicy
from core.store.embedded import open_store

ONCE = [one for one in ACTIONS if repeats_of(*one) == Repeats.AT_MOST_ONCE]
SOME = (
    *("connection refused", "reset after the request", "truncated", "html 200", "no json", "500 html"),
    *("400", "307 elsewhere", "401", "429 soon", "429 in years", "503"),
)
HOUR = 3_600_000
NAME, NOWHERE = "vendor", "http://127.0.0.1:9"

#: Where a delivery ends by what its first attempt came to.
ENDS = {"Delivered": "delivered", "Rejected": "rejected", "Unknown": "unknown", "RetryLater": "delivered"}


class Clock:
    """Moves only when told."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> int:
        """Give the made-up time."""
        return self.at


@pytest.fixture
def clock() -> Clock:
    """Give a clock for one action."""
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """Give a real store."""
    opened = open_store(tmp_path / "data", clock=clock)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    """Serve every script of this file, one after the other."""
    with scripted([{"status": 200}]) as running:
        yield running


def faults_of(kind: str, action: str) -> list[tuple[str, str]]:
    """Give the faults to meet; a token that is asked for anew would find the fixture's answer instead."""
    rows = [one for one in ROWS if not (kind in TWICE and one[1].startswith("401"))]
    if os.environ.get("CUEWIRE_FAULTS") == "all":
        return rows
    alike = [one for of, one in ONCE if of == kind]
    return [one for one in rows if one[1] in SOME][alike.index(action) :: len(alike)]


def let_pass(lane: Lane, clock: Clock, *, hours: int) -> None:
    """Let the lane do what it has to, then the time go on."""
    while True:
        assert lane.gate.drain(20.0)
        if lane.step():
            break
    clock.at += hours * HOUR


@pytest.mark.parametrize(("kind", "action"), ONCE, ids=lambda one: one)
def test_nothing_is_taken_twice_whatever_happens_to_the_first_try(
    kind: str,
    action: str,
    *,
    store: Store,
    clock: Clock,
    server: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The vendor works again at once, and is asked again only where it has surely not done it."""
    path = delivered(kind)[action]
    good, first = exchanges(path)[-1]["answer"], first_of(path)
    found, expected = {}, {}
    for number, (listed, name) in enumerate(faults_of(kind, action)):
        fault, sent = FAULTS[listed][name], delivery_of(path, number, clock)
        store.write(lambda tx, one=sent: tx.deliveries.add([one]))
        with patience(monkeypatch, fault), injected(fault, server, first, NOWHERE) as url:
            lane = lane_of(path, url, store, clock)
            let_pass(lane, clock, hours=1)
        is_met = listed != "nobody there"
        server.play([good] if is_met else [*first, good])
        lane = lane if is_met else lane_of(path, server.url, store, clock)
        for hours in (1, 2, 24):
            let_pass(lane, clock, hours=hours)
        let_pass(lane, clock, hours=0)
        asked_again = [one for one in server.requests if one.method == "POST"]
        found[name] = status_of(store, sent), len(asked_again) - (0 if is_met else len(first))
        outcome = wanted(kind, action, meaning_of(kind, action, listed, name), name)
        expected[name] = ENDS[outcome], 1 if outcome == "RetryLater" else 0
    assert {name: one for name, one in found.items() if one != expected[name]} == {}


def status_of(store: Store, sent: DeliveryRow) -> str:
    """Say where a delivery stands."""
    found = store.read.delivery(sent.id)
    assert found is not None
    return found.status


def lane_of(path: Path, url: str, store: Store, clock: Clock) -> Lane:
    """Make a lane whose thread is not started: the test takes its steps."""
    desk = Desk(store, clock, lambda _tx, _row, _now: Permit("", None), RetryPolicy())
    made = make(path, url)
    made.name = NAME
    return Lane(made, desk, Pace())


def delivery_of(path: Path, number: int, clock: Clock) -> DeliveryRow:
    """Store the fixture's delivery once more, for somebody new."""
    changes: dict[str, Any] = {"id": f"dlv_{number}", "profile_id": f"p{number}", "destination": NAME}
    times = {"due_at": clock.now(), "created_at": clock.now()}
    return msgspec.structs.replace(row(load(path)), status="scheduled", **changes, **times)
