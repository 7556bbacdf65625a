"""One letter wrong: how words are mistyped, and how a file is loaded with one of its words changed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mapping_folder import PRESETS

import connectors
from core.config.loader import load
from core.config.problem import Problem

FILES = sorted(path.relative_to(PRESETS).as_posix() for path in PRESETS.rglob("*.yaml"))

#: Each file is loaded anew for every word: one word of five is tried, or all with CUEWIRE_TYPOS=all.
SHARE = 1 if os.environ.get("CUEWIRE_TYPOS") == "all" else 5


def mistype(word: str, turn: int) -> str:
    """Replace, drop, double or swap a letter, in turn."""
    middle = len(word) // 2
    every = [
        word[:middle] + ("x" if word[middle] != "x" else "q") + word[middle + 1 :],
        word[:1] + word[2:],
        word + word[-1],
        word[:-2] + word[-1] + word[-2],
    ]
    typed = every[turn % 4]
    return typed if typed not in ("", word) else every[0]


class Copy:
    """A copy of the shipped mappings, one file of which is changed again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.catalogue = connectors.catalogue()

    @contextmanager
    def changed(self, name: str, text: str) -> Iterator[list[Problem]]:
        """Give the problems with one file changed, and put it back."""
        path = self.folder / name
        before = path.read_text()
        path.write_text(text)
        try:
            yield load(self.folder, presets=PRESETS, catalogue=self.catalogue).problems
        finally:
            path.write_text(before)


def copy_to(folder: Path) -> Copy:
    """Copy the shipped mappings."""
    shutil.copytree(PRESETS, folder)
    return Copy(folder)
