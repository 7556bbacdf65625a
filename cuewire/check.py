"""``cuewire check``: lint a folder of mappings and print every problem at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import click

from core.config.loader import Loaded, load
from core.ports import DestinationSpec
from cuewire.rules import refuse_missing

#: The mapping files that the program is shipped with.
PRESETS = Path(__file__).resolve().parents[1] / "mappings"


def run(
    folder: Path, *, as_json: bool, strict: bool, catalogue: Mapping[str, DestinationSpec] | None = None
) -> int:
    """Check a folder; gives 0 when it may go live, 1 when not (``strict``: nor with warnings)."""
    refuse_missing(folder, hint="Give the folder that holds triggers/, or make one: cuewire init")
    if catalogue is None:
        import connectors  # here, so that a check with its own catalogue loads no connector

        catalogue = connectors.catalogue()
    loaded = load(folder, presets=PRESETS, catalogue=catalogue)
    is_good = not loaded.problems if strict else not loaded.errors
    if as_json:
        click.echo(json.dumps(report(loaded, is_good=is_good), ensure_ascii=False))
    else:
        for problem in loaded.problems:
            click.echo(str(problem))
        click.echo(summary(folder, loaded), err=True)
    return 0 if is_good else 1


def report(loaded: Loaded, *, is_good: bool) -> dict[str, object]:
    """Give the findings for machines."""
    return {
        "ok": is_good,
        "version": loaded.version,
        "errors": len(loaded.errors),
        "warnings": len(loaded.problems) - len(loaded.errors),
        "problems": [asdict(problem) for problem in loaded.problems],
    }


def summary(folder: Path, loaded: Loaded) -> str:
    """Say in one line how it went."""
    errors, warnings = len(loaded.errors), len(loaded.problems) - len(loaded.errors)
    if not loaded.problems:
        triggers = list(loaded.rules.triggers.values()) if loaded.rules else []
        drafts = sum(one.status == "draft" for one in triggers)
        asleep = f", {_count(drafts, 'draft')} until `status: live`" if drafts else ""
        return f"{folder}: no problems; {_count(len(triggers), 'trigger')}{asleep}"
    return f"{folder}: {_count(errors, 'error')}, {_count(warnings, 'warning')}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
