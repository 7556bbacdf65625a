"""Every key of the shipped mappings, mistyped by one letter, is found and named."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from mapping_folder import PRESETS

import connectors
from core.config.loader import load
from core.config.node import Mapping, Node, Scalar, Sequence
from core.config.problem import Problem
from core.config.reader import read

FILES = sorted(path.relative_to(PRESETS).as_posix() for path in PRESETS.rglob("*.yaml"))

#: Below these stand an event's own data, not keys of the language.
DATA = {"properties", "rename", "types", "input", "events"}


def keys(node: Node, data: set[str]) -> Iterator[Scalar]:
    """Give the keys of a file that the loader can know."""
    if isinstance(node, Sequence):
        for item in node.items:
            yield from keys(item, data)
    if isinstance(node, Mapping):
        for key, value in node.entries:
            yield key
            if key.text not in data:
                yield from keys(value, data)


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


def is_found(key: Scalar, problem: Problem, name: str) -> bool:
    """Tell a problem that stands at a key and gives its name."""
    is_there = (problem.line, problem.column) == (key.mark.line, key.mark.column)
    return is_there and problem.file.endswith(name) and f"did you mean `{key.text}`?" in problem.hint


def test_a_key_mistyped_by_one_letter_is_told_its_name(tmp_path: Path) -> None:
    """At least 95 of 100 mistyped keys give a problem at their place with the right name."""
    catalogue = connectors.catalogue()
    tried, missed = 0, []
    for name in FILES:
        folder = tmp_path / name.replace("/", "-")
        shutil.copytree(PRESETS, folder)
        text = (PRESETS / name).read_text()
        root = read(text.encode(), name).root
        assert root is not None
        data = DATA | {"expect"} if name.startswith("sources/") else DATA
        for turn, key in enumerate(keys(root, data)):
            typed, tried = mistype(key.text, turn), tried + 1
            (folder / name).write_text(text[: key.start] + typed + text[key.end :])
            problems = load(folder, presets=PRESETS, catalogue=catalogue).problems
            if not any(is_found(key, one, name) for one in problems):
                missed.append(f"{name}:{key.mark.line} {key.text} -> {typed}")
    assert tried > 150
    assert len(missed) <= tried * 0.05, "\n".join(missed)
