"""Counts of what jobs add, written once for each commit."""

from __future__ import annotations

import sqlite3
from collections import Counter

from core.ports import DecisionRow
from core.store.queries import load

SQL = load("keys")
BY_DAY = load("decisions")["count day"]
ARRIVE = load("alerts")["arrive"]

HOUR = 3_600_000
DAY = 24 * HOUR


class Tally:
    """Count for the job under way; what a failed job counted is dropped with its changes.

    Events and ``not_met`` decisions are counted here and not by a trigger, which would cost as much as a row.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._job: Counter[str] = Counter()
        self._commit: Counter[str] = Counter()
        self._job_days: list[DecisionRow] = []
        self._days: dict[tuple[str, int, str, str], tuple[int, int]] = {}
        self._job_arrivals: list[tuple[str, int]] = []
        self._arrivals: dict[tuple[str, int], tuple[int, int, int]] = {}

    def add(self, name: str, number: int = 1) -> None:
        """Count something that the job under way added."""
        self._job[name] += number

    def add_day(self, row: DecisionRow) -> None:
        """Count a decision by its trigger and day."""
        self._job_days.append(row)

    def add_arrival(self, source: str, at: int) -> None:
        """Count an event by its source and hour of arrival."""
        self._job_arrivals.append((source, at))

    def keep(self) -> None:
        """Let the job's counts stand."""
        for name, number in self._job.items():
            self._commit[name] += number
        for row in self._job_days:
            key = (row.trigger, row.at // DAY, row.outcome, row.gate)
            count, last = self._days.get(key, (0, 0))
            self._days[key] = (count + 1, max(last, row.at))
        for source, at in self._job_arrivals:
            number, first, latest = self._arrivals.get((source, at // HOUR), (0, at, at))
            self._arrivals[source, at // HOUR] = (number + 1, min(first, at), max(latest, at))
        self.undo()

    def undo(self) -> None:
        """Drop the job's counts."""
        self._job.clear()
        self._job_days.clear()
        self._job_arrivals.clear()

    def seal(self) -> None:
        """Write the counts of all jobs of this commit."""
        if self._commit:
            self._db.executemany(SQL["count"], list(self._commit.items()))
            self._commit.clear()
        if self._days:
            self._db.executemany(BY_DAY, [(*key, *count) for key, count in self._days.items()])
            self._days.clear()
        if self._arrivals:
            self._db.executemany(ARRIVE, [(*key, *told) for key, told in self._arrivals.items()])
            self._arrivals.clear()
