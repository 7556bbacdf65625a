"""After the request: what became of it, also when a callback or a crash came between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.dispatch.look_up import plan_first
from core.ports import (
    ActionSpec,
    Attempt,
    Delivered,
    DeliveryRow,
    Destination,
    Outcome,
    Rejected,
    Repeats,
    RetryLater,
    Status,
    Transaction,
)
from core.retry import RetryPolicy

#: States that a destination's own report may still change; what is scheduled only after an attempt.
UNSETTLED = (Status.SCHEDULED, Status.SENDING, Status.RETRYING, Status.UNKNOWN, Status.DELIVERED)
REPEATABLE = (Repeats.IDEMPOTENT, Repeats.KEYED)
STOPPED = "the process stopped before the answer"


def word(outcome: Outcome) -> Status:
    """Name the state that an answer leads to."""
    if isinstance(outcome, Delivered):
        return Status.DELIVERED
    if isinstance(outcome, Rejected):
        return Status.REJECTED
    return Status.RETRYING if isinstance(outcome, RetryLater) else Status.UNKNOWN


def record(
    tx: Transaction,
    delivery_id: str,
    outcome: Outcome,
    *,
    number: int,
    now: int,
    horizon: int,
    policy: RetryPolicy,
) -> DeliveryRow | None:
    """Write down the answer to one attempt; a state that a callback settled meanwhile stands."""
    row = tx.deliveries.get(delivery_id)
    if row is None:
        return None
    close_attempt(row, number, word(outcome), outcome.reason, at=now)
    keep_doubt(row, is_lost=isinstance(outcome, RetryLater) and outcome.may_have_arrived)
    if isinstance(outcome, Delivered) and not row.reference:
        row.reference = outcome.reference
    if row.status == Status.SENDING:
        row.status, row.reason = word(outcome), outcome.reason
        if isinstance(outcome, RetryLater):
            row.spare = [] if outcome.may_have_arrived else row.spare
            schedule(row, outcome, now=now, horizon=horizon, policy=policy)
    tx.deliveries.save(row)
    return row


def schedule(row: DeliveryRow, answer: RetryLater, *, now: int, horizon: int, policy: RetryPolicy) -> None:
    """Choose the next attempt's time, or end it as expired or dead; a redrive begins the horizon anew."""
    run = current_run(row.attempts)
    number, first_at = run[-1].number - run[0].number + 1, run[0].started_at
    due = policy.next_attempt(answer, number=number, first_at=first_at, now=now, horizon=horizon)
    if row.expires_at is not None and now > row.expires_at:
        row.status = Status.EXPIRED
    elif due is None:
        row.status = Status.DEAD
    else:
        # Its turn comes no later than its end, so that the list shows it as expired in time.
        row.due_at = due if row.expires_at is None else min(due, row.expires_at + 1)


def current_run(attempts: Sequence[Attempt]) -> Sequence[Attempt]:
    """Give the attempts since the last redrive, else all of them."""
    ends = [place for place, one in enumerate(attempts) if one.redriven_at is not None]
    return attempts[ends[-1] + 1 :] if ends else attempts


def is_retry(attempts: Sequence[Attempt]) -> bool:
    """Tell whether the attempt that is open follows others of the same run."""
    return len(current_run(attempts)) > 1


def close_attempt(row: DeliveryRow, number: int, outcome: str, reason: str, *, at: int) -> None:
    """End an attempt that still runs; one already ended keeps its outcome."""
    for attempt in row.attempts:
        if attempt.number == number and not attempt.outcome:
            attempt.ended_at, attempt.outcome, attempt.reason = at, outcome, reason


def unsure_since(attempts: Sequence[Attempt]) -> int | None:
    """Tell since when a delivery that was sent again may have arrived; None where no answer was lost."""
    return min((one.unsure_since for one in attempts if one.unsure_since is not None), default=None)


def keep_doubt(row: DeliveryRow, *, is_lost: bool) -> None:
    """Note on the last attempt since when it may have arrived: of many attempts not all are kept."""
    if row.attempts:
        last, since = row.attempts[-1], unsure_since(row.attempts)
        last.unsure_since = last.started_at if since is None and is_lost else since


def recover(tx: Transaction, destinations: Mapping[str, Destination], *, now: int) -> list[DeliveryRow]:
    """Settle what was being sent when the process stopped: again where that is harmless, else unknown."""
    rows = tx.deliveries.interrupted()
    for row in rows:
        repeats = is_repeatable(destinations.get(row.destination), row.action)
        status = Status.RETRYING if repeats else Status.UNKNOWN
        if row.attempts:
            close_attempt(row, row.attempts[-1].number, status, STOPPED, at=now)
        keep_doubt(row, is_lost=repeats)
        row.status, row.reason = status, STOPPED
        row.due_at = now if repeats else row.due_at
        # It may have arrived: no other channel may say it again, but one that is told of a refusal.
        row.spare = [] if repeats else row.spare
        tx.deliveries.save(row)
        plan_first(tx, row, spec_of(destinations.get(row.destination), row.action), now)
    return rows


def is_repeatable(destination: Destination | None, action: str) -> bool:
    """Say whether a second send of an action does no harm; of an unknown one it might."""
    spec = spec_of(destination, action)
    return spec is not None and spec.repeats in REPEATABLE


def spec_of(destination: Destination | None, action: str) -> ActionSpec | None:
    """Give what is known of an action; nothing of one that is not there any more."""
    return destination.spec.actions.get(action) if destination else None


def settle(
    tx: Transaction,
    delivery_id: str,
    *,
    status: Status,
    reason: str = "",
    reference: str = "",
    at: int,
    final: bool = False,
) -> bool:
    """Apply a destination's own report; False when there is nothing it may change.

    ``delivered`` may still become ``rejected`` (accepted, then undeliverable), never the other way round,
    and not after a ``final`` report: callbacks arrive out of order.
    """
    row = tx.deliveries.get(delivery_id)
    if row is None or row.status not in UNSETTLED or not row.attempts or row.attempts[-1].confirmed:
        return False
    if status not in (Status.DELIVERED, Status.REJECTED):
        raise ValueError(f"a callback settles as delivered or rejected, not as {status}")
    close_attempt(row, row.attempts[-1].number, status, reason, at=at)
    row.attempts[-1].confirmed = final
    row.status, row.reason = status, reason
    row.reference = row.reference or reference
    tx.deliveries.save(row)
    return True
