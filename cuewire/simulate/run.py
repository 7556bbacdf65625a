"""The run itself: every line once, through each version, and on until no timer is left."""

from __future__ import annotations

import heapq
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import click
import msgspec

from cuewire.simulate.apart import Steps, each_apart, shares_for, without_collecting
from cuewire.simulate.changes import Change, changes, joined
from cuewire.simulate.findings import Told
from cuewire.simulate.labels import Label
from cuewire.simulate.life import Life, Turn
from cuewire.simulate.lines import Lines
from cuewire.simulate.prepared import Prepared, Reading
from cuewire.simulate.version import Outcome, Version

#: The bar moves once for so many lines.
STEP = 500

_encode = msgspec.json.Encoder().encode


@dataclass
class Share:
    """What came of some of the people: an outcome for each version, and how the lines went for the first."""

    outcomes: list[Outcome]
    changes: list[Change]
    statuses: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Ask:
    """What is wanted of a run: ``trigger`` alone is told of in ``decisions``, where it is not empty."""

    labels: Sequence[Label] = ()
    trigger: str = ""
    decisions: IO[bytes] | None = None
    is_quiet: bool = False
    processes: int = 0


def live_through(
    files: Sequence[Path], versions: Sequence[Version], ask: Ask = Ask()
) -> tuple[Reading, list[Change]]:
    """Let every version live through the history; lines are counted as the first one sees them."""
    begun = time.perf_counter()
    with ExitStack() as stack:
        stack.enter_context(without_collecting())
        lines = stack.enter_context(Lines(files))
        prepared = Prepared(versions, stack.enter_context(TemporaryFile(prefix="cuewire-simulate-")))
        bar = stack.enter_context(
            click.progressbar(length=2 * len(lines), label="Simulating", file=sys.stderr, hidden=ask.is_quiet)
        )
        prepare(prepared, lines, bar.update)
        number = ask.processes or shares_for(len(lines))
        notes = [stack.enter_context(TemporaryFile(prefix="cuewire-simulate-")) for _ in range(number)]
        of_lines, share_of = prepared.share_out(number)
        of_labels = [[label for label in ask.labels if share_of(label) == share] for share in range(number)]

        def work(share: int, on_steps: Steps) -> Share:
            note = writer(notes[share], ask.trigger) if ask.decisions else lambda turn, told: None
            lives = [
                Life(one, on_decision=note if not place else ignore) for place, one in enumerate(versions)
            ]
            found = live(prepared, of_lines[share], lives, of_labels[share], on_steps)
            notes[share].flush()
            return found

        shares = each_apart(work, number, bar.update)
        bar.update(max(0, 2 * len(lines) - bar.pos))
        if ask.decisions:
            merge_notes(notes, ask.decisions)
    reading = prepared.reading
    for share in shares:
        reading.statuses.update(share.statuses)
        for version, outcome in zip(versions, share.outcomes, strict=True):
            version.outcome.add(outcome)
    reading.seconds = time.perf_counter() - begun
    return reading, joined([share.changes for share in shares])


def prepare(prepared: Prepared, lines: Lines, on_steps: Steps) -> None:
    """Read every line."""
    today = time.time() * 1_000
    for number, line in enumerate(lines, start=1):
        prepared.take(line, today)
        if number % STEP == 0:
            on_steps(STEP)
    on_steps(len(lines) % STEP)


def live(
    prepared: Prepared, lines: Sequence[int], lives: Sequence[Life], labels: Sequence[Label], on_steps: Steps
) -> Share:
    """Live through some lines, and on until no timer is left."""
    statuses: Counter[str] = Counter()
    for number, line in enumerate(lines, start=1):
        for place, one in enumerate(lives):
            event = prepared.event(place, line)
            status = one.hear(event, line) if event else ""
            if place == 0 and status:
                statuses[status] += 1
        if number % STEP == 0:
            on_steps(STEP)
    on_steps(len(lines) % STEP)
    for one in lives:
        one.finish(prepared.last)
    compared = changes(lives[1], lives[0]) if len(lives) > 1 else []
    return Share([one.outcome(labels, prepared.end) for one in lives], compared, statuses)


def ignore(turn: Turn, told: Told) -> None:
    """Write nothing: decisions are written of the first version only."""


def writer(file: IO[bytes], trigger: str) -> Callable[[Turn, Told], None]:
    """Give what writes decisions down, each behind its turn."""

    def note(turn: Turn, told: Told) -> None:
        if trigger in ("", told.decision.trigger):
            file.write(f"{turn[0]:015} {turn[1]} {turn[2]}\t".encode() + _encode(told.shape()) + b"\n")

    return note


def merge_notes(notes: Sequence[IO[bytes]], into: IO[bytes]) -> None:
    """Bring what was written down apart into one order."""
    for file in notes:
        file.seek(0)
    for line in heapq.merge(*notes, key=lambda line: line.partition(b"\t")[0]):
        into.write(line.partition(b"\t")[2])
