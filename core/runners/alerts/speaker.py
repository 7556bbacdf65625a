"""Tell recipients what has begun and what is over: each in order, none held up by another, for a day at most."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog

from core.errors import CuewireError
from core.ports import (
    AlertRow,
    Clock,
    Delivered,
    Notice,
    Outcome,
    RetryLater,
    Store,
    Teller,
    Telling,
    Transaction,
)
from core.ports.alert import GIVEN_UP, TOLD, WAITING
from core.retry import RetryPolicy
from core.trace import place_of

#: A recipient that cannot be reached is tried for so long.
HORIZON = 24 * 3_600_000

#: Recipients that are told at the same time.
TOGETHER = 4

#: Seconds: without anything due it still looks this often, and after a failure it waits.
LONGEST_SLEEP, AFTER_FAILURE = 30.0, 1.0

log = structlog.get_logger()

Wording = Callable[[AlertRow, str], Notice]


class Speaker:
    """Goes through what is untold; a recipient's next message waits until the one before is settled."""

    def __init__(self, store: Store, clock: Clock, teller: Teller, wording: Wording) -> None:
        self._store = store
        self._clock = clock
        self._teller = teller
        self._wording = wording
        self._policy = RetryPolicy()
        self._changed = threading.Condition()
        self._woken = False
        self._stopped = False
        self._busy: set[str] = set()
        self._pool = ThreadPoolExecutor(TOGETHER, thread_name_prefix="tell")
        self._thread = threading.Thread(target=self._run, name="alerts-tell", daemon=True)

    def start(self) -> None:
        """Begin; what an earlier run left untold is told first."""
        self._thread.start()

    def stop(self, grace: float = 5.0) -> None:
        """Begin nothing more, and wait this many seconds for those who are being told."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()
        with self._changed:
            self._changed.wait_for(lambda: not self._busy, grace)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def wake(self) -> None:
        """Hear that there may be something to tell."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def step(self) -> float:
        """Begin to tell what is due; give the seconds until there may be more."""
        now = self._clock.now()
        wait = LONGEST_SLEEP * 1_000
        with self._changed:
            # Noted before reading: what is read of somebody who is being told meanwhile may be out of date.
            busy = frozenset(self._busy)
        for row, one in self._next():
            with self._changed:
                if one.to in busy or self._stopped:
                    continue
                if one.due_at > now:
                    wait = min(wait, one.due_at - now)
                    continue
                self._busy.add(one.to)
            self._pool.submit(self._tell, row, one)
        return wait / 1_000

    def _next(self) -> list[tuple[AlertRow, Telling]]:
        """Give for each recipient what it has to hear next: what began before what is over."""
        found: dict[str, tuple[AlertRow, Telling]] = {}
        for row in self._store.read.untold():
            for one in row.tellings:
                if one.status == WAITING:
                    found.setdefault(one.to, (row, one))
        return list(found.values())

    def _tell(self, row: AlertRow, one: Telling) -> None:
        """Tell one recipient, in a thread of the pool, and write down what came of it."""
        try:
            outcome = self._ask(row, one)
            self._store.write(lambda tx: self._record(tx, row.id, one, outcome))
        except CuewireError as problem:
            log.error("telling_not_stored", alert=row.id, to=one.to, reason=problem.message)
        finally:
            with self._changed:
                self._busy.discard(one.to)
            self.wake()

    def _ask(self, row: AlertRow, one: Telling) -> Outcome:
        try:
            return self._teller.tell(one.to, self._wording(row, one.occasion))
        except Exception as problem:  # noqa: BLE001 - a runner's loop: a telling always gets an outcome
            log.error("teller_failed", alert=row.id, to=one.to, place=place_of(problem))
            return RetryLater(f"the sender failed: {type(problem).__name__}")

    def _record(self, tx: Transaction, alert_id: str, asked: Telling, outcome: Outcome) -> None:
        row = tx.alerts.get(alert_id)
        same = (
            (one for one in row.tellings if (one.to, one.occasion) == (asked.to, asked.occasion))
            if row
            else ()
        )
        one = next(iter(same), None)
        if row is None or one is None:
            return
        one.at = self._clock.now()
        one.tries += 1
        one.first_at = one.first_at or one.at
        one.reason = "" if isinstance(outcome, Delivered) else outcome.reason
        if isinstance(outcome, Delivered):
            one.status = TOLD
        else:
            self._later(one, outcome, one.at)
        tx.alerts.save(row)
        tell = log.info if one.status == TOLD else log.warning
        tell(f"alert_{one.status}", alert=row.id, to=one.to, occasion=one.occasion, reason=one.reason)

    def _later(self, one: Telling, outcome: Outcome, now: int) -> None:
        """Choose when to try again; whatever it was, an operator who never hears is worse than one who hears twice."""
        until = outcome.until if isinstance(outcome, RetryLater) else None
        due = self._policy.next_attempt(
            RetryLater(one.reason, until),
            number=one.tries,
            first_at=one.first_at or now,
            now=now,
            horizon=HORIZON,
        )
        if due is None:
            one.status = GIVEN_UP
        else:
            one.due_at = due

    def _run(self) -> None:
        while not self._stopped:
            try:
                seconds = self.step()
            except CuewireError as problem:
                log.error("telling_failed", reason=problem.message)
                seconds = AFTER_FAILURE
            except Exception as problem:  # noqa: BLE001 - a runner's loop: what is untold must be looked at again
                log.error("telling_failed", place=place_of(problem))
                seconds = AFTER_FAILURE
            with self._changed:
                if not self._woken and not self._stopped:
                    self._changed.wait(seconds)
                self._woken = False
