"""The audit that runs by itself: once a day, in a thread that rests more than it works, and when somebody asks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import structlog

from core.errors import Busy, CuewireError
from core.pipeline import Pipeline
from core.ports import Clock, Store, Transaction
from core.runners.audit.audit import SPAN, Audit, Request
from core.runners.audit.finding import Report
from core.store.journal import Journal
from core.trace import place_of

#: Under this key is the last report.
LAST = "audit.last"

DAY = 24 * 3_600_000

#: After a start the first run waits this long, in milliseconds: others have more to do then.
FIRST_AFTER = 15 * 60_000

#: The thread looks this often, in seconds, whether a day is over.
LOOK_EVERY = 60.0

#: It works for so long and rests for so long, in seconds: whoever answers requests waits no longer than for one turn.
WORK, REST = 0.002, 0.006

log = structlog.get_logger()


class Stopped(Exception):
    """End a run because the server stops."""


class Auditor:
    """Runs audits, one at a time; ``on_repaired`` hears of deliveries that were put back."""

    def __init__(
        self,
        store: Store,
        pipeline: Pipeline,
        clock: Clock,
        path: Path,
        on_repaired: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._pipeline = pipeline
        self._clock = clock
        self._path = path
        self._on_repaired = on_repaired
        self._changed = threading.Condition()
        self._asked: Request | None = None
        self._stopped = threading.Event()
        self._worked_since = 0.0
        self._last = _read_last(path)
        self._next = (self._last or {}).get("at_ms", clock.now() + FIRST_AFTER - DAY) + DAY
        self._thread = threading.Thread(target=self._run, name="audit", daemon=True)

    def start(self) -> None:
        """Begin to wait for the next run."""
        self._thread.start()

    def stop(self) -> None:
        """End, also in the middle of a run, which leaves no report."""
        self._stopped.set()
        with self._changed:
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def is_running(self) -> bool:
        """Tell whether a run is under way or about to begin."""
        return self._asked is not None

    def last(self) -> dict[str, Any] | None:
        """Give the last report."""
        return {name: value for name, value in self._last.items() if name != "at_ms"} if self._last else None

    def ask(self, *, since: int | None = None, trigger: str = "", repair: bool = False) -> None:
        """Begin a run now; refused while one is under way."""
        request = Request(since or self._clock.now() - SPAN, trigger, repair, is_live=True)
        with self._changed:
            if self._asked is not None:
                raise Busy(
                    "An audit is under way.", retry_after=10, hint="GET /api/audit tells when it is done."
                )
            self._asked = request
            self._changed.notify()

    def gauges(self) -> dict[str, float]:
        """Give what ``/metrics`` shows of the last run; nothing before the first."""
        if self._last is None:
            return {}
        return {"audit_missing": float(self._last["left"]), "audit_last_run": self._last["at_ms"] / 1000}

    def _run(self) -> None:
        while request := self._wait():
            self._next = self._clock.now() + DAY
            try:
                self._conclude(self._audit(request))
            except Stopped:
                return
            except CuewireError as problem:
                log.error("audit_failed", reason=problem.message)
            except Exception as problem:  # noqa: BLE001 - a runner's loop: the next day's run must come all the same
                log.error("audit_failed", place=place_of(problem))
            finally:
                self._asked = None

    def _wait(self) -> Request | None:
        """Sleep until somebody asks or a day is over; None when it is time to end."""
        with self._changed:
            while not self._stopped.is_set():
                now = self._clock.now()
                if self._asked is None and now >= self._next:
                    self._asked = Request(now - SPAN, is_live=True)
                if self._asked is not None:
                    return self._asked
                self._changed.wait(LOOK_EVERY)
        return None

    def _audit(self, request: Request) -> Report:
        log.info("audit_begun", repair=request.repair)
        self._worked_since = time.monotonic()
        audit = Audit(
            self._path, self._pipeline.rules, self._clock, write=self._store.write, rest=self._breathe
        )
        return audit.run(replace(request, is_live=True))

    def _conclude(self, report: Report) -> None:
        told = report.shape()
        self._last = {**told, "at_ms": report.at}
        text = msgspec.json.encode(self._last).decode()
        self._store.write(lambda tx: _keep(tx, text, report.at))
        tell = log.warning if report.left else log.info
        tell(
            "audit_done",
            checked=report.checked,
            missing=report.missing,
            repaired=report.repaired,
            differs=report.differs,
            seconds=report.seconds,
        )
        if report.repaired:
            first = self._store.write(lambda tx: tx.profiles.first_due())
            if first is not None:
                self._pipeline.on_due(first)
            self._on_repaired()

    def _breathe(self) -> None:
        """Let others have the processor after each little turn of work."""
        if time.monotonic() - self._worked_since >= WORK:
            if self._stopped.wait(REST):
                raise Stopped
            self._worked_since = time.monotonic()


def _keep(tx: Transaction, text: str, at: int) -> None:
    tx.keys.put(LAST, text, at)


def _read_last(path: Path) -> dict[str, Any] | None:
    journal = Journal(path)
    try:
        kept = journal.named(LAST).get("")
    finally:
        journal.close()
    return msgspec.json.decode(kept[0]) if kept else None
