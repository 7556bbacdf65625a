"""What a running server has left for its operator: alerts, and deliveries that cannot go on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from core.config.loader import Loaded
from core.engine.instant import iso
from core.errors import CuewireError
from core.ports import Reader
from core.store.database import FILE
from cuewire.doctor.finding import Finding, ok, problem, warning
from cuewire.profile.finding import reading

WORK = "work"

#: Alerts that are told at most.
MOST = 20

#: What is overdue for longer than this, in milliseconds, is stuck and does not only wait its turn.
STUCK = 5 * 60_000

#: States of deliveries that want somebody to look, and what to do.
WANTED = {
    "dead": "cuewire deliveries list --status dead, then cuewire deliveries redrive",
    "unknown": "cuewire deliveries list --status unknown: their answers were lost, and none is sent twice",
}


def of_work(data: Path, loaded: Loaded, now: int) -> Iterator[Finding]:
    """Read the store, also beside a running server."""
    if not (data / FILE).exists():
        return
    try:
        with reading(data) as reader:
            yield from _of_reader(reader, loaded, now)
    except CuewireError as error:
        yield problem(WORK, error.message, error.hint)


def _of_reader(reader: Reader, loaded: Loaded, now: int) -> Iterator[Finding]:
    alerts = [one for one in reader.alerts("open", MOST) if one.cleared_at is None]
    for alert in alerts:
        yield problem(
            WORK,
            f"{alert.what} {alert.name} is {alert.kind} since {iso(alert.opened_at)}: {alert.reason}",
            alert.hint,
        )
    if not alerts:
        yield ok(WORK, "no alert is open")
    for name in sorted(loaded.destinations):
        due = reader.first_due(name)
        if due is not None and due < now - STUCK:
            mend = f"cuewire serve must run, and {name} must answer: see what is said of it here, or --live"
            yield warning(WORK, f"deliveries to {name} wait since {iso(due)}", mend)
    counts = reader.counts()
    for status, mend in WANTED.items():
        number = counts.get(f"deliveries.{status}", 0)
        if number:
            yield warning(WORK, f"{number} deliveries are {status}", mend)
