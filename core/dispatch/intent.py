"""Before the request: one transaction that judges each delivery again and marks it as being sent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import structlog

from core.dispatch.budget import Ration
from core.dispatch.limiter import Limiter
from core.dispatch.look_up import plan_next
from core.dispatch.places import Places
from core.dispatch.stop import standing
from core.dispatch.stopped import say_stopped
from core.engine.governance import Permit
from core.engine.instant import iso
from core.ports import Attempt, DeliveryRow, Status, Transaction
from core.trace import place_of

#: Says whether a delivery may be sent as of now, and remembers it when it may. Of one that waits the refusal says why.
MaySend = Callable[[Transaction, DeliveryRow, int], Permit]

#: Attempts kept in a row: the first, and as many of the latest.
KEPT_ATTEMPTS = 50
POSTPONED = 60_000

#: Rows of one claim at most: others wait for the writer too.
MOST_ROWS = 400
MANY = 1_000_000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Terms:
    """What a destination allows one claim: deliveries of an action in one call, calls that retry, sends of the day.

    ``held`` names the actions that it does not let us use: until when, and why.
    """

    sizes: Mapping[str, int] = field(default_factory=dict)
    retries: int = MANY
    ration: Ration | None = None
    held: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    limiter: Limiter | None = None

    @property
    def largest(self) -> int:
        """Give the most deliveries that one call may take."""
        return max(self.sizes.values(), default=1)


#: One delivery a call, and nothing that is counted.
PLAIN = Terms()


@dataclass(slots=True)
class Claim:
    """What one transaction changed: rows to send by call, rows that ended without a request, rows to ask after.

    ``is_all`` tells that nothing was left that was due.
    """

    calls: list[list[DeliveryRow]] = field(default_factory=list)
    ended: list[DeliveryRow] = field(default_factory=list)
    asking: list[DeliveryRow] = field(default_factory=list)
    is_all: bool = True

    @property
    def sending(self) -> list[DeliveryRow]:
        """Give every row that is to be sent."""
        return [row for call in self.calls for row in call]


class NothingDue(Exception):
    """Roll an empty claim back: as a commit it would wake the lanes, which would claim again, and so on.

    ``rests_until`` is the time before which the destination's rate lets nothing start, whatever is due.
    """

    def __init__(self, next_due: int | None, *, rests_until: int = 0) -> None:
        super().__init__("nothing is due")
        self.next_due = next_due if next_due is None else max(next_due, rests_until)
        self.rests_until = rests_until


def claim(
    tx: Transaction, destination: str, *, now: int, limit: int, may_send: MaySend, terms: Terms = PLAIN
) -> Claim:
    """Commit the intent to send what is due, in so many calls; ``NothingDue`` where nothing is, or all is stopped."""
    if standing(tx):
        raise NothingDue(None)
    limiter = terms.limiter
    bucket = limiter.bucket(tx, now) if limiter else None
    if limiter and bucket:
        limit = min(limit, bucket.room(now))
        if not limit:
            raise NothingDue(next_turn(tx, destination), rests_until=limiter.free_at(bucket))
    found = Claim(asking=plan_next(tx, destination, now=now, limit=max(1, limit // 2)))
    places = Places(limit - len(found.asking), terms.sizes)
    wanted, ready = ready_rows(tx, destination, now=now, calls=places.calls, terms=terms)
    if not ready and not found.asking:
        raise NothingDue(next_turn(tx, destination))
    found.is_all = len(ready) < wanted
    for row in ready:
        if not places.has_one(row.action):
            found.is_all = False
            continue
        if row.action not in terms.held:
            judge(tx, row, now=now, may_send=may_send, ration=terms.ration)
        elif not expire(row, now):
            wait(row, *terms.held[row.action])
        tx.deliveries.save(row)
        if row.status == Status.SENDING:
            places.take(row)
        elif row.status in (Status.EXPIRED, Status.SUPPRESSED):
            found.ended.append(row)
    found.calls = places.taken
    if limiter and bucket:
        limiter.take(tx, bucket, len(found.asking) + len(found.calls))
    return found


def ready_rows(
    tx: Transaction, destination: str, *, now: int, calls: int, terms: Terms
) -> tuple[int, list[DeliveryRow]]:
    """Give what is due, and how many were asked for: one a call, unless some may share a call."""
    ready = candidates(tx, destination, now=now, limit=calls, retries=terms.retries)
    if len(ready) < calls or not any(row.action in terms.sizes for row in ready):
        return calls, ready
    wanted = min(calls * terms.largest, MOST_ROWS)
    return wanted, candidates(tx, destination, now=now, limit=wanted, retries=terms.retries * terms.largest)


def candidates(tx: Transaction, destination: str, *, now: int, limit: int, retries: int) -> list[DeliveryRow]:
    """Give what is due, of what failed before no more than may be retried now."""
    if limit <= 0:
        return []
    ready = tx.deliveries.ready(destination, now, limit)
    again = [row for row in ready if row.status == Status.RETRYING]
    if len(again) <= retries:
        return ready
    kept = again[:retries]
    return kept + tx.deliveries.ready(destination, now, limit - len(kept), fresh=True)


def next_turn(tx: Transaction, destination: str) -> int | None:
    """Tell when something is next to be sent, or asked after."""
    turns = (tx.deliveries.first_due(destination), tx.deliveries.first_look_up(destination))
    return min((turn for turn in turns if turn is not None), default=None)


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


def judge(
    tx: Transaction, row: DeliveryRow, *, now: int, may_send: MaySend, ration: Ration | None = None
) -> None:
    """Mark a delivery as expired, suppressed, waiting or being sent."""
    if expire(row, now):
        return
    spent_until = ration.spent_until(tx, row, now) if ration else None
    if ration and spent_until is not None:
        wait(row, spent_until, ration.reason(spent_until))
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
        if ration:
            ration.take(tx, row, now)
    say_stopped(tx, row, found.stops, now)


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
    latest = len(row.attempts) - KEPT_ATTEMPTS
    kept = [one for place, one in enumerate(row.attempts) if place >= latest or opens_or_ends_run(row, place)]
    row.attempts = [*kept, Attempt(number=number, started_at=now)]
    row.status = Status.SENDING


def opens_or_ends_run(row: DeliveryRow, place: int) -> bool:
    """Tell the attempts that say when a horizon began: the first, and those around a redrive."""
    before = row.attempts[place - 1] if place else None
    return before is None or before.redriven_at is not None or row.attempts[place].redriven_at is not None


def end(row: DeliveryRow, status: Status, reason: str) -> None:
    """Finish a delivery without a request."""
    row.status, row.reason = status, reason
