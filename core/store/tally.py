"""Counts of what jobs add, written once for each commit."""

from __future__ import annotations

import sqlite3
from collections import Counter

from core.store.queries import load

SQL = load("keys")


class Tally:
    """Count for the job under way; what a failed job counted is dropped with its changes.

    Events and ``not_met`` decisions are counted here and not by a trigger, which would cost as much as a row.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._job: Counter[str] = Counter()
        self._commit: Counter[str] = Counter()

    def add(self, name: str, number: int = 1) -> None:
        """Count something that the job under way added."""
        self._job[name] += number

    def keep(self) -> None:
        """Let the job's counts stand."""
        for name, number in self._job.items():
            self._commit[name] += number
        self._job.clear()

    def undo(self) -> None:
        """Drop the job's counts."""
        self._job.clear()

    def seal(self) -> None:
        """Write the counts of all jobs of this commit."""
        if self._commit:
            self._db.executemany(SQL["count"], list(self._commit.items()))
            self._commit.clear()
