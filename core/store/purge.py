"""Forget what is kept for a time only: 7 days most of it, 90 what waits for somebody to turn up."""

from __future__ import annotations

from functools import partial

from core.store.transaction import EmbeddedTransaction
from core.store.writer import Writer

KEPT = 7 * 24 * 3_600_000
#: Notifications about people whom nobody knows wait for so long.
PARKED_KEYS = "parked:"
PARKED = 90 * 24 * 3_600_000
#: Rows that one job looks at: others wait no longer than this takes.
SLICE = 500
#: Under this key is the number of the last event whose id was forgotten.
MARK = "purge.seen"


def purge(writer: Writer, now: int) -> int:
    """Run small jobs until nothing is left to forget; give how many rows were passed."""
    total = 0
    for job in (forget_seen, remove_not_met, forget_spare, forget_parked):
        done = SLICE
        while done == SLICE:
            done = writer.write(partial(job, now=now))
            total += done
    return total


def forget_seen(transaction: EmbeddedTransaction, now: int) -> int:
    """Forget the ids of one slice of events that arrived too long ago to be repeated."""
    after = int(transaction.keys.get(MARK) or 0)
    passed, last = transaction.events.forget(after, now - KEPT, SLICE)
    if passed:
        transaction.keys.put(MARK, str(last), now)
    return passed


def remove_not_met(transaction: EmbeddedTransaction, now: int) -> int:
    """Remove one slice of the ``not_met`` decisions that were made too long ago."""
    return transaction.decisions.purge(now - KEPT, SLICE)


def forget_spare(transaction: EmbeddedTransaction, now: int) -> int:
    """Drop the other channels of one slice of the messages whose vendor has long said what became of them."""
    return transaction.deliveries.forget_spare(now - KEPT, SLICE)


def forget_parked(transaction: EmbeddedTransaction, now: int) -> int:
    """Drop one slice of the notifications about people who did not turn up."""
    return transaction.keys.forget(PARKED_KEYS, now - PARKED, SLICE)
