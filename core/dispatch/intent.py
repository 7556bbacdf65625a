"""Before the request: one transaction that judges each delivery again and marks it as being sent."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import structlog

from core.dispatch.stop import standing
from core.engine.governance import Permit
from core.engine.instant import iso
from core.ports import Attempt, DeliveryRow, Status, Transaction
from core.trace import place_of

#: Says whether a delivery may be sent as of now, and remembers it when it may. Of one that waits the refusal says why.
MaySend = Callable[[Transaction, DeliveryRow, int], Permit]

#: Attempts kept in a row: the first, and as many of the latest.
KEPT_ATTEMPTS = 50
POSTPONED = 60_000

log = structlog.get_logger()


@dataclass(slots=True)
class Claim:
    """What one transaction changed: rows to send, and rows that ended without a request."""

    sending: list[DeliveryRow] = field(default_factory=list)
    ended: list[DeliveryRow] = field(default_factory=list)


class NothingDue(Exception):
    """Roll an empty claim back: as a commit it would wake the lanes, which would claim again, and so on."""

    def __init__(self, next_due: int | None) -> None:
        super().__init__("nothing is due")
        self.next_due = next_due


def claim(tx: Transaction, destination: str, *, now: int, limit: int, may_send: MaySend) -> Claim:
    """Commit the intent to send what is due; raises ``NothingDue`` where nothing is, or all sends are stopped."""
    if standing(tx):
        raise NothingDue(None)
    ready = tx.deliveries.ready(destination, now, limit)
    if not ready:
        raise NothingDue(tx.deliveries.first_due(destination))
    found = Claim()
    for row in ready:
        judge(tx, row, now=now, may_send=may_send)
        tx.deliveries.save(row)
        if row.status == Status.SENDING:
            found.sending.append(row)
        elif row.status in (Status.EXPIRED, Status.SUPPRESSED):
            found.ended.append(row)
    return found


def release(tx: Transaction, destination: str, under_way: Collection[str]) -> list[DeliveryRow]:
    """Take back intents that no sender ever got, as when the store failed while it committed them."""
    stranded = [
        row
        for row in tx.deliveries.interrupted()
        if row.destination == destination and row.id not in under_way
    ]
    for row in stranded:
        row.attempts = row.attempts[:-1]
        row.status = Status.RETRYING if row.attempts else Status.SCHEDULED
        tx.deliveries.save(row)
    return stranded


def judge(tx: Transaction, row: DeliveryRow, *, now: int, may_send: MaySend) -> None:
    """Mark a delivery as expired, suppressed, waiting or being sent."""
    if expire(row, now):
        return
    try:
        found = may_send(tx, row, now)
    # A fault in judging one person must neither send nor stop the others' queue.
    except Exception as error:
        log.error(
            "delivery_not_judged",
            delivery=row.id,
            trigger=row.trigger,
            destination=row.destination,
            error=place_of(error),
        )
        row.due_at, row.reason = now + POSTPONED, "whether it may be sent could not be judged; see the log"
        return
    if found.until is not None:
        wait(row, found.until, found.refusal)
    elif found.refusal:
        end(row, Status.SUPPRESSED, found.refusal)
    else:
        begin(row, now)


def expire(row: DeliveryRow, now: int) -> bool:
    """End a delivery that is no longer valid, and tell whether it was one."""
    is_over = row.expires_at is not None and now > row.expires_at
    if is_over:
        end(row, Status.EXPIRED, "it was no longer valid when its turn came")
    return is_over


def wait(row: DeliveryRow, until: int, why: str) -> None:
    """Let a delivery wait for a free moment, holding nobody up; one that is no longer valid by then ends at once."""
    if row.expires_at is not None and until > row.expires_at:
        end(
            row, Status.EXPIRED, f"valid until {iso(row.expires_at)}, and not free before {iso(until)}: {why}"
        )
    else:
        row.status, row.due_at, row.reason = Status.SCHEDULED, until, why


def begin(row: DeliveryRow, now: int) -> None:
    """Open the next attempt."""
    number = row.attempts[-1].number + 1 if row.attempts else 1
    kept = row.attempts[:1] + row.attempts[1:][-KEPT_ATTEMPTS:]
    row.attempts = [*kept, Attempt(number=number, started_at=now)]
    row.status = Status.SENDING


def end(row: DeliveryRow, status: Status, reason: str) -> None:
    """Finish a delivery without a request."""
    row.status, row.reason = status, reason
