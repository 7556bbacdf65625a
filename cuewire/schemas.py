"""Write the JSON Schemas of the mapping files: ``python -m cuewire.schemas``; ``--check`` only compares."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from core.config.documents import SHAPES, document
from cuewire.check import PRESETS

FOLDER = PRESETS / "schema"


def texts() -> dict[str, str]:
    """Give each schema file's text by its name."""
    return {
        f"{kind}.json": json.dumps(document(kind), indent=2, ensure_ascii=False) + "\n" for kind in SHAPES
    }


def stale(folder: Path = FOLDER) -> list[str]:
    """Name the files that are missing, differ, or belong to no kind."""
    wanted = texts()
    found = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.json"))}
    return [name for name in {**wanted, **found} if wanted.get(name) != found.get(name)]


@click.command()
@click.option("--check", "only_check", is_flag=True, help="Only tell whether they are up to date.")
def main(only_check: bool) -> None:
    """Write what is stale."""
    names = stale()
    for name in names:
        click.echo(f"{FOLDER / name}: {'stale' if only_check else 'written'}")
    if only_check:
        if names:
            click.echo("write them with: python -m cuewire.schemas", err=True)
        sys.exit(1 if names else 0)
    FOLDER.mkdir(exist_ok=True)
    wanted = texts()
    for name in names:
        if name in wanted:
            (FOLDER / name).write_text(wanted[name], encoding="utf-8")
        else:
            (FOLDER / name).unlink()


if __name__ == "__main__":
    main()
