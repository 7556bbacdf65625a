"""Every key of the shipped mappings, mistyped by one letter, is found and named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mapping_folder import PRESETS
from mistyping import FILES, SHARE, copy_to, mistype

from core.config.node import Mapping, Node, Scalar, Sequence
from core.config.problem import Problem
from core.config.reader import read

#: Below these stand an event's own data, not keys of the language.
DATA = {"properties", "rename", "types", "input", "events", "traits", "context"}

#: The keys of the language that bear such a name.
LANGUAGE = {("source", "traits")}


def keys(node: Node, kind: str, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Scalar]]:
    """Give the keys of a file that the loader can know, each with the keys above it."""
    if isinstance(node, Sequence):
        for item in node.items:
            yield from keys(item, kind, above)
    if isinstance(node, Mapping):
        for key, value in node.entries:
            yield (*above, key.text), key
            is_data = key.text in DATA and (above or (kind, key.text) not in LANGUAGE)
            if not is_data and not (kind in ("source", "callback") and key.text == "expect"):
                yield from keys(value, kind, (*above, key.text))


def is_found(key: Scalar, problem: Problem, name: str) -> bool:
    """Tell a problem that stands at a key and gives its name."""
    is_there = (problem.line, problem.column) == (key.mark.line, key.mark.column)
    return is_there and problem.file.endswith(name) and f"did you mean `{key.text}`?" in problem.hint


def test_a_key_mistyped_by_one_letter_is_told_its_name(tmp_path: Path) -> None:
    """At least 95 of 100 mistyped keys give a problem at their place with the right name."""
    copy = copy_to(tmp_path / "mappings")
    tried, missed = 0, []
    for name in FILES:
        text = (PRESETS / name).read_text()
        root = read(text.encode(), name).root
        assert root is not None
        # A key that several items of a list have is the same key of the language: once for each file.
        places = dict(reversed(list(keys(root, name.partition("s/")[0]))))
        for turn, key in list(enumerate(places.values()))[::SHARE]:
            typed, tried = mistype(key.text, turn), tried + 1
            with copy.changed(name, text[: key.start] + typed + text[key.end :]) as problems:
                if not any(is_found(key, one, name) for one in problems):
                    missed.append(f"{name}:{key.mark.line} {key.text} -> {typed}")
    assert tried > 150
    assert len(missed) <= tried * 0.05, "\n".join(missed)
