"""The rules of a folder of mappings, for commands; one that cannot be used is refused with what to do."""

from __future__ import annotations

from pathlib import Path

import click

from core.engine.rule import RuleSet
from core.errors import OperatorError

#: Where mappings are when no folder is named.
USUAL = Path("mappings")


def refuse_missing(folder: Path, *, hint: str = "Name one with --mappings, or make it: cuewire init") -> None:
    """Refuse a folder that is not there."""
    if not folder.is_dir():
        raise OperatorError(f"There is no folder {folder}.", hint=hint)


def read_rules(folder: Path) -> RuleSet:
    """Read a folder of mappings, or say what is wrong with it."""
    from cuewire.wiring import load_mappings  # loads the whole server

    refuse_missing(folder)
    loaded = load_mappings(folder)
    if loaded.rules is None:
        raise OperatorError(
            f"The mappings in {folder} have errors.",
            hint=f"Ask `cuewire check {folder}` and mend them first.",
        )
    return loaded.rules


def rules_at_hand(folder: Path | None) -> RuleSet | None:
    """Read the folder that is named, else the usual one where it can be used."""
    if folder is not None:
        return read_rules(folder)
    if not USUAL.is_dir():
        return None
    try:
        return read_rules(USUAL)
    except OperatorError as problem:
        click.echo(f"warning: {problem.message} What is computed from them is left out.", err=True)
        return None
