"""``cuewire export`` as it is typed: rows to a file or the terminal, and how many."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import click

from core.store.reader import EmbeddedReader
from cuewire.deliveries.listing import since_of
from cuewire.exporting.calls import Call, calls_of_decisions, calls_of_events
from cuewire.exporting.forms import FORMS
from cuewire.profile.finding import reading
from cuewire.rules import read_rules


@dataclass(frozen=True)
class Options:
    """What was typed; without ``output`` the rows go to the terminal."""

    what: str
    form: str
    mappings: Path
    data: Path
    since: str = ""
    trigger: str = ""
    output: Path | None = None


def run(options: Options) -> int:
    """Write the rows, and say how many were written and left out."""
    with reading(options.data) as reader:
        calls = _calls(options, reader)
        with _opened(options.output) as file:
            written, left_out = _write(calls, options.form, file)
    told = f"{written} rows for {options.form}"
    told += f"; {left_out} left out: {options.form} has no row for them" if left_out else ""
    click.echo(told, err=True)
    return 0


def _calls(options: Options, reader: EmbeddedReader) -> Iterable[Call]:
    since = since_of(options.since) or 0
    if options.what == "decisions":
        return calls_of_decisions(reader, since, options.trigger)
    return calls_of_events(reader, read_rules(options.mappings), since)


def _write(calls: Iterable[Call], form: str, file: IO[str]) -> tuple[int, int]:
    written = left_out = 0
    for call in calls:
        row = FORMS[form](call)
        if row is None:
            left_out += 1
            continue
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
        written += 1
    return written, left_out


@contextmanager
def _opened(output: Path | None) -> Iterator[IO[str]]:
    """Open what is written to; a file appears whole or not at all, and for its owner only."""
    if output is None:
        yield sys.stdout
        return
    draft = output.with_name(f".{output.name}.part")
    draft.touch(mode=0o600)
    try:
        with gzip.open(draft, "wt") if output.suffix == ".gz" else draft.open("w") as file:
            yield file
        draft.replace(output)
    finally:
        draft.unlink(missing_ok=True)
