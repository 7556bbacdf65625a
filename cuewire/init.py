"""``cuewire init``: write the starter mappings into a folder, and touch nothing that is there."""

from __future__ import annotations

import json
from pathlib import Path

import click

from core.errors import OperatorError
from cuewire.check import PRESETS

#: What an admin edits, and the schemas that help an editor with it.
SUFFIXES = (".yaml", ".json", ".html")


def run(folder: Path, *, force: bool, as_json: bool) -> None:
    """Write the starter set; a folder that holds files already needs ``force`` and keeps all of them."""
    if not force and _is_used(folder):
        raise OperatorError(
            f"{folder} is not empty",
            hint="name a new folder, or add what is missing with --force; files that are there stay as they are",
        )
    written, kept = write(folder)
    if as_json:
        click.echo(json.dumps({"folder": str(folder), "written": written, "kept": kept}))
        return
    for name in written:
        click.echo(f"{folder}/{name}")
    kept_note = f", {_files(len(kept))} kept" if kept else ""
    click.echo(f"{_files(len(written))} written{kept_note}. Next:", err=True)
    click.echo(f"  cuewire check {folder}    every mistake with its place", err=True)
    click.echo(f"  cuewire test {folder}     the tests in the files, on a made-up clock", err=True)


def write(folder: Path) -> tuple[list[str], list[str]]:
    """Copy what is missing; gives the names written, and those that were there."""
    written: list[str] = []
    kept: list[str] = []
    for name in starter_files():
        target = folder / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            (written if add(target, (PRESETS / name).read_bytes()) else kept).append(name)
        except OSError as error:
            raise OperatorError(
                f"{target} cannot be written: {error.strerror}", hint="choose a folder that you may write to"
            ) from None
    return written, kept


def add(target: Path, data: bytes) -> bool:
    """Write a new file; False for one that is there, even if it appeared just now or is a link."""
    try:
        with target.open("xb") as file:
            file.write(data)
    except FileExistsError:
        return False
    return True


def starter_files() -> list[str]:
    """Name the files of the starter set, relative to its folder."""
    found = [path for path in PRESETS.rglob("*") if path.is_file() and path.suffix in SUFFIXES]
    return sorted(path.relative_to(PRESETS).as_posix() for path in found)


def _is_used(folder: Path) -> bool:
    """Tell a folder with something in it; what is no folder at all is left to the writing."""
    return folder.is_dir() and any(folder.iterdir())


def _files(number: int) -> str:
    return "1 file" if number == 1 else f"{number} files"
