"""The command itself: load, run every test, print what failed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import click

from core.config.loader import Loaded, load
from core.config.trial import START, CallbackTrial, DestinationTrial, SourceTrial, Trial
from core.engine.rule import RuleSet
from core.ports import DestinationSpec
from cuewire.check import PRESETS
from cuewire.trials.callback import run_callback
from cuewire.trials.destination import run_destination
from cuewire.trials.source import run_source
from cuewire.trials.trigger import run_trigger
from cuewire.trials.verdict import Failure, Verdict


def run(folder: Path, *, as_json: bool, catalogue: Mapping[str, DestinationSpec] | None = None) -> int:
    """Run the tests of a folder; gives 0 when all pass, 1 when one fails or a file is wrong."""
    if catalogue is None:
        import connectors  # here, so that a run with its own catalogue loads no connector

        catalogue = connectors.catalogue()
    loaded = load(folder, presets=PRESETS, catalogue=catalogue)
    verdicts = judge_all(loaded)
    is_good = loaded.rules is not None and not any(verdict.failures for verdict in verdicts)
    if as_json:
        click.echo(json.dumps(report(loaded, verdicts, is_good=is_good), ensure_ascii=False, default=str))
    else:
        show(folder, loaded, verdicts)
    return 0 if is_good else 1


def judge_all(loaded: Loaded) -> list[Verdict]:
    """Run every test of a sound folder, in the order of its files."""
    if loaded.rules is None:
        return []
    return [Verdict(trial, judge(trial, loaded.rules)) for trial in loaded.trials]


def judge(trial: Trial, rules: RuleSet) -> list[Failure]:
    """Run one test."""
    if isinstance(trial, CallbackTrial):
        return run_callback(trial, rules, start=START)
    if isinstance(trial, SourceTrial):
        return run_source(trial, rules, start=START)
    if isinstance(trial, DestinationTrial):
        return run_destination(trial, rules, start=START)
    return run_trigger(trial, rules)


def show(folder: Path, loaded: Loaded, verdicts: list[Verdict]) -> None:
    """Print each failure on a line, places first; the summary goes to stderr."""
    if loaded.rules is None:
        for problem in loaded.errors:
            click.echo(str(problem))
        click.echo(f"{folder}: not tested, because the files have errors", err=True)
        return
    for verdict in verdicts:
        for failure in verdict.failures:
            click.echo(f"{failure.place}: {verdict.trial.subject}, {verdict.trial.name}: {failure}")
    failed = sum(bool(verdict.failures) for verdict in verdicts)
    count = "1 test" if len(verdicts) == 1 else f"{len(verdicts)} tests"
    bare = untested(loaded)
    note = f"; without tests: {', '.join(bare)}" if bare else ""
    click.echo(f"{folder}: {count}, {f'{failed} failed' if failed else 'all passed'}{note}", err=True)


def untested(loaded: Loaded) -> list[str]:
    """Name the triggers that no test is about."""
    tested = {trial.subject for trial in loaded.trials}
    return sorted(set(loaded.rules.triggers) - tested) if loaded.rules else []


def report(loaded: Loaded, verdicts: list[Verdict], *, is_good: bool) -> dict[str, object]:
    """Give the findings for machines."""
    return {
        "ok": is_good,
        "tests": len(verdicts),
        "failed": sum(bool(verdict.failures) for verdict in verdicts),
        "untested": untested(loaded),
        "results": [_result(verdict) for verdict in verdicts],
        "problems": [asdict(problem) for problem in loaded.problems],
    }


def _result(verdict: Verdict) -> dict[str, object]:
    trial = verdict.trial
    failures = [
        {
            "file": one.place.file,
            "line": one.place.line,
            "expected": one.expected,
            "instead": one.instead,
            "why": one.why,
        }
        for one in verdict.failures
    ]
    kind = {SourceTrial: "source", CallbackTrial: "callback", DestinationTrial: "destination"}.get(
        type(trial), "trigger"
    )
    return {
        "kind": kind,
        "subject": trial.subject,
        "name": trial.name,
        "file": trial.place.file,
        "line": trial.place.line,
        "ok": not verdict.failures,
        "failures": failures,
    }
