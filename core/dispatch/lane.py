"""One destination's own threads: nothing that happens in a lane slows another."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog

from core.dispatch.attempt import Desk, Way, attempt, inquire
from core.dispatch.budget import ration_of
from core.dispatch.gate import Gate, Passage
from core.dispatch.intent import Claim, NothingDue, Terms, claim, release
from core.dispatch.limiter import Limiter
from core.dispatch.outcome import is_retry
from core.errors import StoreError
from core.ports import DeliveryRow, Destination, Pace, Status
from core.trace import place_of

#: Seconds after which a lane looks again unasked: a clock set forward must not leave anything behind.
LONGEST_SLEEP = 30.0
AFTER_ERROR = 1.0

#: Seconds for which a batch may grow while another one is under way.
LINGER = 0.05
MOST_SENDERS = 64

#: What a sender does with the rows of one call, on its passage through the gate.
Work = Callable[[list[DeliveryRow], Passage], None]

log = structlog.get_logger()


class Lane:
    """Claim one destination's deliveries and hand them to its senders."""

    def __init__(self, destination: Destination, desk: Desk, pace: Pace) -> None:
        self.destination = destination
        self.desk = desk
        self.gate = Gate(pace)
        self.limiter = Limiter(destination.name, pace)
        self.ration = ration_of(destination.name, destination.spec, pace.budget)
        self._sizes = {name: one.batch for name, one in destination.spec.actions.items() if one.batch > 1}
        self._gathering_until = 0.0
        self._wanted = threading.Condition()
        self._woken = False
        self._stopping = threading.Event()
        self._said_missing = False
        self._doubtful = False
        self._under_way: set[str] = set()
        # As many as any pace may ask for: a thread is only made when there is work for it.
        self._senders = ThreadPoolExecutor(MOST_SENDERS, thread_name_prefix=f"send-{destination.name}")
        self._thread = threading.Thread(target=self._run, name=f"lane-{destination.name}", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._recount()
        self._thread.start()

    def adjust(self, pace: Pace) -> None:
        """Go on at another pace and with another budget; what today has used stays counted."""
        self.limiter = Limiter(self.destination.name, pace)
        self.gate.adjust(pace)
        self.ration = ration_of(self.destination.name, self.destination.spec, pace.budget)
        self._recount()
        self.wake()

    def _recount(self) -> None:
        """Look up what the day has used, for whoever asks before the next send."""
        ration, now = self.ration, self.desk.clock.now()
        if ration:
            self.desk.store.write(lambda tx: ration.count(tx, now))

    def stop(self) -> None:
        """Claim nothing more."""
        self._stopping.set()
        self.wake()

    def join(self, deadline: float) -> bool:
        """Wait for what is under way until a time of ``time.monotonic``; say whether all of it ended."""
        if self._thread.is_alive():
            self._thread.join(max(0.0, deadline - time.monotonic()))
        ended = self.gate.drain(max(0.0, deadline - time.monotonic()))
        self._senders.shutdown(wait=False)
        return ended and not self._thread.is_alive()

    def wake(self) -> None:
        """Look again now."""
        with self._wanted:
            self._woken = True
            self._wanted.notify_all()

    @property
    def is_failing(self) -> bool:
        """Tell whether the destination is left alone for now, because it fails or lacks settings."""
        return self.gate.is_probing or bool(self.destination.missing_settings())

    def metrics(self) -> dict[str, Any]:
        """Say how the destination is doing."""
        return {
            **self.gate.metrics(),
            "missing_settings": self.destination.missing_settings(),
            "budget": self.ration.budget.times if self.ration else None,
            "budget_used": self.ration.shown(self.desk.clock.now()) if self.ration else None,
        }

    def _run(self) -> None:
        """Step until stopped; the place where any error is survived."""
        while not self._stopping.is_set():
            try:
                pause = self.step()
            # A runner's loop: a destination must not fall silent for ever.
            except Exception as error:
                log.error("lane_failed", destination=self.destination.name, error=place_of(error))
                pause = AFTER_ERROR
            self._sleep(pause)

    def _sleep(self, seconds: float) -> None:
        """Wait until woken, for at most this long."""
        with self._wanted:
            if not self._woken:
                self._wanted.wait(min(seconds, LONGEST_SLEEP))
            self._woken = False

    def step(self) -> float:
        """Send what may be sent now; give the seconds until there may be more."""
        if self._lacks_settings():
            return LONGEST_SLEEP
        now = self.desk.clock.now()
        room = self.gate.room(now)
        if not room:
            opens_in = self.gate.retry_at(now) - now
            return opens_in / 1000 if opens_in > 0 else LONGEST_SLEEP
        if (gathers_for := self._gathers_for()) > 0:
            return gathers_for
        limiter = self.limiter
        try:
            found = self._claim(now, room, limiter)
        except NothingDue as nothing:
            self.gate.rest(now, nothing.rests_until, pace=limiter.pace)
            return seconds_until(nothing.next_due, now)
        for row in found.asking:
            self._launch([row], now, self._ask)
        for call in found.calls:
            self._launch(call, now, self._send)
        for row in found.ended:
            self.desk.ended(row)
        may_gather = found.is_all and any(call[0].action in self._sizes for call in found.calls)
        self._gathering_until = time.monotonic() + LINGER if may_gather else 0.0
        return 0.0

    def _gathers_for(self) -> float:
        """Say how long to let a batch grow: only behind one that is under way and left nothing waiting."""
        return 0.0 if self.gate.is_idle else self._gathering_until - time.monotonic()

    def _terms(self, now: int, limiter: Limiter) -> Terms:
        """Say what the destination allows a claim now; a probe risks one delivery and no batch."""
        sizes = {} if self.gate.is_probing else self._sizes
        return Terms(sizes, self.gate.retries_left(now), self.ration, self.gate.held_actions(now), limiter)

    def _claim(self, now: int, room: int, limiter: Limiter) -> Claim:
        """Commit intents; after a failed commit, first take back those that were committed all the same."""
        name, store, terms, may_send = (
            self.destination.name,
            self.desk.store,
            self._terms(now, limiter),
            self.desk.may_send,
        )
        if self._doubtful:
            store.write(lambda tx: release(tx, name, self._under_way))
            self._doubtful = False
        try:
            return store.write(
                lambda tx: claim(tx, name, now=now, limit=room, may_send=may_send, terms=terms)
            )
        except StoreError:
            self._doubtful = True
            raise

    def _launch(self, rows: list[DeliveryRow], now: int, work: Work) -> None:
        """Give committed intents to a sender."""
        again = any(row.status == Status.SENDING and is_retry(row.attempts) for row in rows)
        first = not again and rows[0].status == Status.SENDING
        passage = self.gate.enter(now, first=int(first), again=int(again))
        self._under_way.update(row.id for row in rows)
        self._senders.submit(self._work, rows, passage, work)

    def _work(self, rows: list[DeliveryRow], passage: Passage, work: Work) -> None:
        """Carry out one call in a sender's thread."""
        try:
            work(rows, passage)
            self._under_way.difference_update(row.id for row in rows)
        # A runner's loop: the place must be given back. The rows stay under way: they may have been sent.
        except Exception as error:
            name, place = self.destination.name, place_of(error)
            log.error("attempt_failed", destination=name, delivery=rows[0].id, error=place)
        finally:
            self.gate.leave(passage)
            self.wake()

    def _send(self, rows: list[DeliveryRow], passage: Passage) -> None:
        """Send deliveries in one call."""
        attempt(self.destination, rows, way=self._way(passage), ration=self.ration)

    def _ask(self, rows: list[DeliveryRow], passage: Passage) -> None:
        """Ask what became of a delivery."""
        inquire(self.destination, rows[0], way=self._way(passage))

    def _way(self, passage: Passage) -> Way:
        """Give what a call needs to learn from its answer and to write it down."""
        return Way(self.desk, self.gate, self.limiter, passage, self._stopping)

    def _lacks_settings(self) -> bool:
        """Say, and log once, that the deliveries have to wait for settings."""
        missing = self.destination.missing_settings()
        if missing and not self._said_missing:
            log.warning("destination_waits_for_settings", destination=self.destination.name, missing=missing)
        self._said_missing = bool(missing)
        return bool(missing)


def seconds_until(due: int | None, now: int) -> float:
    """Say when to look again after nothing was ready."""
    if due is None:
        return LONGEST_SLEEP
    # What is due but was not ready waits behind an attempt under way, whose end wakes the lane.
    return max((due - now) / 1000, 0.0) or AFTER_ERROR
