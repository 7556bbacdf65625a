"""The command: look at every part, and tell what is wrong with how to mend it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from core.errors import OperatorError
from core.ports import Clock
from cuewire.clock import SystemClock
from cuewire.doctor.finding import Finding, problem
from cuewire.doctor.ground import MAPPINGS, of_data, of_mappings, of_settings
from cuewire.doctor.live import of_destinations, of_public_address
from cuewire.doctor.outside import of_address, of_mode
from cuewire.doctor.standing import of_work
from cuewire.simulate.words import many


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    mappings: Path
    data: Path
    live: bool = False
    as_json: bool = False


def run(options: Options, clock: Clock | None = None) -> int:
    """Print the findings; gives 1 when one of them is a problem."""
    findings = list(examine(options, clock or SystemClock()))
    is_well = not any(one.level == "problem" for one in findings)
    if options.as_json:
        click.echo(json.dumps({"ok": is_well, "findings": [one.shape() for one in findings]}))
    else:
        click.echo("\n".join(lines_of(findings)))
        click.echo(summary(findings), err=True)
    return 0 if is_well else 1


def examine(options: Options, clock: Clock) -> Iterator[Finding]:
    """Look at one part after the other; what cannot be read is a finding too."""
    from cuewire.wiring import load_mappings  # loads the whole server

    settings, found = of_settings(os.environ, options.mappings)
    yield from found
    now = clock.now()
    yield from of_data(options.data, now)
    if not options.mappings.is_dir():
        yield problem(
            MAPPINGS, f"there is no folder {options.mappings}", "name one with --mappings, or: cuewire init"
        )
        return
    loaded = load_mappings(options.mappings)
    yield from of_mappings(loaded, options.mappings)
    yield from of_work(options.data, loaded, now)
    if settings is None:
        return
    yield from of_address(settings, os.environ)
    try:
        yield from of_mode(settings, loaded)
        if options.live:
            yield from of_public_address(settings, now)
            yield from of_destinations(settings, loaded)
    except OperatorError as refused:
        yield problem("settings", refused.message, refused.hint)


def lines_of(findings: Sequence[Finding]) -> Iterator[str]:
    """Write the findings down in their parts."""
    for part in dict.fromkeys(one.part for one in findings):
        yield part
        for one in findings:
            if one.part == part:
                yield from one.lines()


def summary(findings: Sequence[Finding]) -> str:
    """Say in one line how it went."""
    problems, warnings = (sum(one.level == level for one in findings) for level in ("problem", "warning"))
    looked = many(len(findings), "thing")
    return f"{many(problems, 'problem')}, {many(warnings, 'warning')}, {looked} looked at"
