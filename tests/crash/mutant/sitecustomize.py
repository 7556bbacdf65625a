"""A planted bug for the crash test: the writer answers those who wait before it commits.

Python imports this by itself when the folder is on ``PYTHONPATH``.
The commit follows a moment later, as on a slow disk.
"""

import time

from core.store.transaction import EmbeddedTransaction
from core.store.writer import Ticket, Writer

waiting: list[Ticket] = []
commit, seal, settle = Writer._commit, EmbeddedTransaction.seal, Ticket.settle


def remember_then_commit(self: Writer, tickets: list[Ticket]) -> bool:
    """Keep who waits for this commit."""
    waiting[:] = tickets
    return commit(self, tickets)


def seal_and_answer(self: EmbeddedTransaction) -> None:
    """Answer everybody, and only then let the commit go on."""
    seal(self)
    for ticket in waiting:
        ticket.settle()
    time.sleep(0.05)


def settle_once(self: Ticket) -> None:
    """Answer unless that was done."""
    if not self.future.done():
        settle(self)


Writer._commit = remember_then_commit
EmbeddedTransaction.seal = seal_and_answer
Ticket.settle = settle_once
