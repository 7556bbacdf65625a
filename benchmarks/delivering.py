"""What the benchmarks of deliveries share: what calls cost, and deliveries that are handed over until their end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import structlog

from connectors import build
from connectors.base import Destination
from core.dispatch import Dispatcher
from core.engine.governance import Permit
from core.ports import DeliveryRow, Pace
from core.store.embedded import open_store
from cuewire.clock import SystemClock

#: As many at a time as the bare calls have, and nothing that slows them down.
AT_A_TIME = 4
PACE = Pace(concurrency=AT_A_TIME, per_second=1_000.0, burst=10_000)
DEADLINE = 300.0


class Mismatch(Exception):
    """Refuse to print: not everything that was sent arrived, or something arrived twice."""


class Cost(NamedTuple):
    """What a number of calls took: seconds by the clock, and seconds of this process's processor time."""

    seconds: float
    processor: float


@contextmanager
def cost() -> Iterator[list[Cost]]:
    """Measure what is done inside."""
    found: list[Cost] = []
    clock, processor = time.perf_counter(), time.process_time()
    yield found
    found.append(Cost(time.perf_counter() - clock, time.process_time() - processor))


@contextmanager
def quiet() -> Iterator[None]:
    """Let nothing be logged here: what a server writes to its log is part of neither side."""
    structlog.configure(processors=[], logger_factory=structlog.ReturnLoggerFactory())
    try:
        yield
    finally:
        structlog.reset_defaults()


def destination(name: str, kind: str, settings: Mapping[str, str]) -> Destination:
    """Make a destination from what the sandbox printed."""
    prefix = f"CUEWIRE_{name}_".upper()
    values = {
        key.removeprefix(prefix).lower(): value for key, value in settings.items() if key.startswith(prefix)
    }
    return build(name, kind, values)


def row(number: str, name: str, action: str, fields: dict[str, Any]) -> DeliveryRow:
    """Make a delivery to a person of its own, due now."""
    now = SystemClock().now()
    return DeliveryRow(
        id=number,
        decision_id=f"dec-{number}",
        trigger="seen",
        step=0,
        destination=name,
        action=action,
        fields=fields,
        profile_id=f"p-{number}",
        status="scheduled",
        due_at=now,
        created_at=now,
    )


def hand_over(
    folder: Path,
    there: Sequence[Destination],
    rows: Sequence[DeliveryRow],
    waiting: Sequence[DeliveryRow] = (),
) -> Cost:
    """Hand deliveries over, each with an intent and an outcome on the disk, and wait for the end of ``rows``."""
    clock = SystemClock()
    folder.mkdir(parents=True)
    store = open_store(folder / "data", clock=clock)
    store.write(lambda tx: tx.deliveries.add([*waiting, *rows]))
    by_name = {one.name: one for one in there}
    dispatcher = Dispatcher(store, by_name, clock, lambda *_: Permit(), paces=dict.fromkeys(by_name, PACE))
    try:
        with cost() as found:
            dispatcher.start()
            wait_for(lambda: store.read.counts().get("deliveries.delivered", 0) == len(rows))
    finally:
        dispatcher.stop()
        store.close()
    return found[0]


def wait_for(fact: Callable[[], bool]) -> None:
    """Look until something is so, without taking much of the processor that is measured."""
    deadline = time.monotonic() + DEADLINE
    while not fact():
        if time.monotonic() > deadline:
            raise Mismatch(f"not everything was delivered within {DEADLINE:.0f} s")
        time.sleep(0.01)
