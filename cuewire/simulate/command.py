"""The command: read what it is given, run, and tell the result in every form that was asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import click

from core.engine.rule import RuleSet
from core.errors import OperatorError
from cuewire.rules import read_rules
from cuewire.simulate.labels import Label, read_labels
from cuewire.simulate.report import write_report
from cuewire.simulate.run import Ask, live_through
from cuewire.simulate.shape import Result, shape
from cuewire.simulate.terminal import show
from cuewire.simulate.version import Version, check_name, with_shadow


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    files: Sequence[Path]
    mappings: Path
    trigger: str = ""
    against: Path | None = None
    decisions: Path | None = None
    html: Path | None = None
    labels: Path | None = None
    as_json: bool = False


def run(options: Options) -> int:
    """Simulate; gives 1 when no line could be used, or the engine failed at one."""
    folders = [options.mappings, *([options.against] if options.against else [])]
    every = [read_rules(folder) for folder in folders]
    check_name(options.trigger, every)
    labels = read_labels(options.labels, every[0]) if options.labels else []
    for target in (options.decisions, options.html):
        check_writable(target)
    result = simulate(options, folders, every, labels)
    warn(result, options, every)
    if options.html:
        write_report(result, options.html)
    if options.as_json:
        click.echo(json.dumps(shape(result), ensure_ascii=False))
    else:
        show(result)
    all_bad = result.reading.total > 0 and result.reading.bad == result.reading.total
    return 1 if all_bad or result.version.outcome.faults else 0


def simulate(
    options: Options, folders: Sequence[Path], every: Sequence[RuleSet], labels: Sequence[Label]
) -> Result:
    """Run every version over the history."""
    versions = [
        Version(folder, with_shadow(rules, options.trigger))
        for folder, rules in zip(folders, every, strict=True)
    ]
    with options.decisions.open("wb") if options.decisions else nullcontext() as file:
        reading, compared = live_through(options.files, versions, Ask(labels, options.trigger, file))
    compared = [one for one in compared if options.trigger in ("", one.name)]
    return Result(reading, versions[0], options.trigger, versions[1] if options.against else None, compared)


def check_writable(path: Path | None) -> None:
    """Refuse a place that cannot be written to before the work and not after it."""
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("ab").close()
    except OSError as error:
        raise OperatorError(
            f"{path} cannot be written: {error.strerror}.", hint="Name another file."
        ) from error


def warn(result: Result, options: Options, every: Sequence[RuleSet]) -> None:
    """Say on stderr what is not as one would think."""
    reading = result.reading
    if reading.bad:
        click.echo(f"warning: {reading.bad} of {reading.total} lines could not be used:", err=True)
        for reason, (number, place) in reading.reasons.items():
            click.echo(f"  {place}: {reason}" + (f" ({number} lines)" if number > 1 else ""), err=True)
        kinds, lines = reading.left_out
        if kinds:
            more = "1 more kind" if kinds == 1 else f"{kinds} more kinds"
            click.echo(f"  ... and {more} of reason ({lines} lines)", err=True)
    if reading.ahead:
        click.echo(f"warning: {reading.ahead} arrives later than today; the clock followed it", err=True)
    if not reading.total:
        click.echo("warning: there is no line in these files", err=True)
    for version in filter(None, (result.version, result.against)):
        for fault in version.outcome.faults[:3]:
            click.echo(f"warning: the engine failed with {version.folder}: {fault}", err=True)
    for rules in every:
        found = rules.triggers.get(options.trigger)
        if found is not None and found.status == "draft":
            click.echo(f"{options.trigger} is a draft: it was run as a shadow trigger", err=True)
            break
