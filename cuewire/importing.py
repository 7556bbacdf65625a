"""``cuewire import``: history into the live store, where it is counted and believed and sets off nothing."""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import click

from core.engine.instant import iso
from core.pipeline import Pipeline
from core.ports import Filter, SetAside, Store
from core.store.database import FILE, open_reader
from core.store.embedded import open_store
from cuewire.clock import SystemClock
from cuewire.history import History, Line
from cuewire.rules import read_rules

#: Lines that are stored together, and how many such batches wait for the disk.
BATCH = 250
AHEAD = 16

#: Reasons that the summary shows; the rest is in the list of events.
SHOWN = 10


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    files: Sequence[Path]
    mappings: Path
    data: Path
    dry_run: bool = False
    as_json: bool = False


@dataclass
class Summary:
    """What became of the lines."""

    statuses: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    profiles: int = 0
    first: int | None = None
    last: int | None = None

    def see(self, lines: Sequence[Line], statuses: Sequence[str]) -> None:
        """Count one batch."""
        self.statuses.update(statuses)
        arrived = [line.arrived for line in lines if not isinstance(line.item, SetAside)]
        if arrived:
            self.first = min(arrived) if self.first is None else min(self.first, *arrived)
            self.last = max(arrived) if self.last is None else max(self.last, *arrived)

    def shape(self, *, dry_run: bool) -> dict[str, Any]:
        """Give it for machines."""
        return {
            "lines": self.statuses.total(),
            **{status: self.statuses[status] for status in ("applied", "duplicate", "set_aside")},
            "new_profiles": self.profiles,
            "first": None if self.first is None else iso(self.first),
            "last": None if self.last is None else iso(self.last),
            "reasons": dict(self.reasons.most_common(SHOWN)),
            "dry_run": dry_run,
        }


def run(options: Options) -> int:
    """Import files; gives 1 when some line could not be used."""
    clock = SystemClock()
    rules = read_rules(options.mappings)
    with rehearsed(options.data) if options.dry_run else nullcontext(options.data) as folder:
        store = open_store(folder, clock=clock, patience=0.5)
        try:
            summary = pour(options.files, Pipeline(store, clock, rules))
        finally:
            store.close()
    show(summary, options)
    return 1 if summary.statuses["set_aside"] else 0


def pour(files: Sequence[Path], pipeline: Pipeline) -> Summary:
    """Hand every line over, a few batches ahead of the disk."""
    summary, started = Summary(), pipeline.clock.now()
    before = profiles(pipeline.store)
    under_way: deque[tuple[list[Line], Future[list[str]]]] = deque()
    history = History(files, pipeline.rules.sources, now=started)
    with click.progressbar(length=history.size(), label="Importing", file=sys.stderr) as bar:
        history = History(files, pipeline.rules.sources, now=started, on_read=bar.update)
        for lines in batches(history):
            items, arrivals = [line.item for line in lines], [line.arrived for line in lines]
            under_way.append((lines, pipeline.recall(lines[0].source, items, arrivals)))
            if len(under_way) > AHEAD:
                settle(summary, *under_way.popleft())
        while under_way:
            settle(summary, *under_way.popleft())
    summary.profiles = profiles(pipeline.store) - before
    rows = pipeline.store.read.events(Filter(status="set_aside", since=started, limit=500)).rows
    summary.reasons.update(row.reason for row in rows)
    return summary


def settle(summary: Summary, lines: list[Line], stored: Future[list[str]]) -> None:
    """Wait for one batch and count it."""
    summary.see(lines, stored.result())


def batches(history: History) -> Iterator[list[Line]]:
    """Cut history into runs of one source."""
    for _, lines in groupby(history, key=lambda line: line.source):
        while batch := list(islice(lines, BATCH)):
            yield batch


def profiles(store: Store) -> int:
    """Count the people known."""
    return store.read.counts().get("profiles", 0)


@contextmanager
def rehearsed(folder: Path) -> Iterator[Path]:
    """Give a copy of the data folder that is thrown away; also while a server runs on it."""
    with tempfile.TemporaryDirectory(prefix="cuewire-dry-run-") as made:
        if (folder / FILE).exists():
            source, copy = open_reader(folder / FILE), sqlite3.connect(Path(made) / FILE)
            try:
                source.backup(copy)
            finally:
                source.close()
                copy.close()
        yield Path(made)


def show(summary: Summary, options: Options) -> None:
    """Print the result."""
    shape = summary.shape(dry_run=options.dry_run)
    if options.as_json:
        click.echo(json.dumps(shape, ensure_ascii=False))
        return
    did = "would be applied" if options.dry_run else "applied"
    click.echo(
        f"{shape['lines']} line{'' if shape['lines'] == 1 else 's'}: {shape['applied']} {did}, "
        f"{shape['duplicate']} known already, "
        f"{shape['set_aside']} set aside; {shape['new_profiles']} new profiles"
    )
    for reason, number in shape["reasons"].items():
        click.echo(f"  {number} set aside: {reason}")
    if not options.dry_run:
        click.echo("History was counted and believed; nothing was fired or armed by it.")
