"""The one thread that writes: jobs that wait together share one commit."""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from core.errors import Busy, StoreError
from core.store.database import FATAL, code_of, store_error
from core.store.transaction import EmbeddedTransaction

T = TypeVar("T")

log = structlog.get_logger()


@dataclass(slots=True)
class Ticket:
    """One job that waits, and what came of it."""

    job: Callable[[EmbeddedTransaction], Any]
    future: Future[Any]
    result: Any = None
    error: BaseException | None = None

    def settle(self) -> None:
        """Tell the one who waits."""
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


class Writer:
    """Run jobs, commit, and only then answer.

    A commit that fails is never repeated: its jobs are refused, and the connection is opened and checked anew
    before the next ones. ``on_commit`` is called, in the writer's thread, after each commit that changed something.
    """

    def __init__(
        self,
        connect: Callable[[bool], EmbeddedTransaction],
        *,
        waiting: int = 10_000,
        batch: int = 512,
    ) -> None:
        """Open at once; ``connect`` is told whether it must repair what a failure left."""
        self.on_commit: list[Callable[[], None]] = []
        self._connect = connect
        self._waiting = waiting
        self._batch = batch
        self._queue: deque[Ticket] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self._transaction: EmbeddedTransaction | None = connect(False)
        self._thread = threading.Thread(target=self._run, name="cuewire-writer", daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[EmbeddedTransaction], T]) -> Future[T]:
        """Let a job wait for its turn."""
        ticket = Ticket(job, Future())
        with self._wake:
            if self._closing:
                raise StoreError("The store is closed.", hint="Start the server again.")
            if len(self._queue) >= self._waiting:
                raise Busy("Too much waits to be stored.", hint="Send it again after Retry-After seconds.")
            self._queue.append(ticket)
            self._wake.notify()
        return ticket.future

    def write(self, job: Callable[[EmbeddedTransaction], T]) -> T:
        """Submit and wait."""
        if threading.current_thread() is self._thread:
            raise StoreError("A job cannot wait for another job.", hint="Use submit() inside the writer.")
        return self.submit(job).result()

    def drain(self) -> None:
        """Finish what waits and take nothing more."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    def close(self) -> None:
        """Finish what waits, then close the connection."""
        self.drain()
        self._drop()

    def _run(self) -> None:
        while tickets := self._take():
            try:
                committed = self._commit(tickets)
            except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must hear of it
                self._refuse(tickets, error)
                continue
            for ticket in tickets:
                ticket.settle()
            if committed:
                self._tell()

    def _take(self) -> list[Ticket]:
        """Wait for jobs and take all there are, up to one batch; nothing once closed and drained."""
        while True:
            with self._wake:
                while not self._queue and not self._closing:
                    self._wake.wait()
                taken = [self._queue.popleft() for _ in range(min(len(self._queue), self._batch))]
            running = [ticket for ticket in taken if ticket.future.set_running_or_notify_cancel()]
            if running or not taken:
                return running

    def _commit(self, tickets: list[Ticket]) -> bool:
        """Run the jobs in one transaction; tell whether any of them changed something."""
        if self._transaction is None:
            self._transaction = self._connect(True)
        transaction = self._transaction
        db = transaction.connection
        before = db.total_changes
        db.execute("BEGIN IMMEDIATE")
        attempt = _attempt if len(tickets) == 1 else _attempt_apart
        for ticket in tickets:
            attempt(transaction, ticket)
        if all(ticket.error for ticket in tickets):
            db.execute("ROLLBACK")
            return False
        transaction.seal()
        db.execute("COMMIT")
        return db.total_changes > before

    def _refuse(self, tickets: list[Ticket], error: Exception) -> None:
        """Answer a whole batch with the failure of its transaction, and trust the connection no more."""
        self._drop()
        log.error("commit_failed", jobs=len(tickets), error=str(error))
        refusal = error if isinstance(error, StoreError) else store_error(error, "written")
        for ticket in tickets:
            ticket.future.set_exception(refusal)

    def _drop(self) -> None:
        transaction, self._transaction = self._transaction, None
        if transaction is not None:
            with suppress(sqlite3.Error):
                transaction.connection.close()

    def _tell(self) -> None:
        for listener in self.on_commit:
            try:
                listener()
            except Exception:
                log.exception("commit_listener_failed", listener=repr(listener))


def _attempt(transaction: EmbeddedTransaction, ticket: Ticket) -> None:
    """Run one job; what makes the whole transaction worthless is raised."""
    try:
        ticket.result = ticket.job(transaction)
        transaction.tally.keep()
    except sqlite3.Error as error:
        if code_of(error) in FATAL or not transaction.connection.in_transaction:
            raise
        transaction.tally.undo()
        ticket.error = store_error(error, "written")
        ticket.error.__cause__ = error
    except BaseException as error:  # noqa: BLE001 - a job's failure is its caller's, never the other jobs'
        transaction.tally.undo()
        ticket.error = error


def _attempt_apart(transaction: EmbeddedTransaction, ticket: Ticket) -> None:
    """Run one job of several so that its failure undoes only its own changes."""
    db = transaction.connection
    db.execute("SAVEPOINT job")
    _attempt(transaction, ticket)
    if ticket.error is not None:
        db.execute("ROLLBACK TO job")
    db.execute("RELEASE job")
