"""Formulas as tokens: to find the paths that one reads and the place where one is wrong.

CEL itself parses and checks; this only looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

#: A root name, then map keys and list indexes.
Path = tuple[str | int, ...]

# One pass, no nested repeats: linear in the length of the formula.
_TOKEN = re.compile(
    r"""
    (?P<space>\s+|//[^\n]*)
  | (?P<text>[rRbB]{0,2}(?:'''(?:\\.|[^\\])*?'''|\"\"\"(?:\\.|[^\\])*?\"\"\"
        |'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"))
  | (?P<number>0[xX][0-9a-fA-F]+[uU]?|(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?[uU]?)
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<sign>&&|\|\||[=!<>]=|.)
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """A piece of a formula: what it is, its text, and where it starts (from 0)."""

    kind: str
    text: str
    start: int


#: Stands behind the last token, so that looking ahead needs no test of length.
END = Token("end", "", -1)


def tokens(text: str) -> list[Token]:
    """Cut a formula into tokens, without spaces and comments, ``END`` last."""
    found = [Token(str(match.lastgroup), match.group(), match.start()) for match in _TOKEN.finditer(text)]
    return [*(token for token in found if token.kind != "space"), END]


def literal_text(token: Token) -> str | None:
    """Give the content of a plain text literal; None for one with escapes, a prefix or triple quotes."""
    inner = token.text[1:-1]
    plain = token.kind == "text" and token.text[0] in "'\"" and "\\" not in inner
    return inner if plain and token.text[:3] not in ("'''", '"""') else None


def find_paths(found: Sequence[Token], names: frozenset[str]) -> tuple[Path, ...]:
    """List the paths that a formula reads, each once, in order."""
    return tuple(dict.fromkeys(_paths(found, names)))


def _paths(found: Sequence[Token], names: frozenset[str]) -> Iterator[Path]:
    """Walk over the names that start a path: no member, no function."""
    before = last = ""
    for index, token in enumerate(found[:-1]):
        is_member = last == "." or (last == "?" and before == ".")
        if token.text in names and not is_member and found[index + 1].text != "(":
            yield read_path(found, index)[0]
        before, last = last, token.text


def read_path(found: Sequence[Token], index: int) -> tuple[Path, int]:
    """Read the longest path that starts at a token; give it and the index behind it."""
    steps: list[str | int] = [found[index].text]
    index += 1
    while (step := _read_step(found, index)) is not None:
        steps.append(step[0])
        index = step[1]
    return tuple(steps), index


def _read_step(found: Sequence[Token], index: int) -> tuple[str | int, int] | None:
    """Read ``.name``, ``.?name``, ``[0]``, ``["name"]`` or ``[?0]``; nothing for a method or a computed index."""
    opening = found[index].text
    if opening not in (".", "["):
        return None
    index += 2 if found[index + 1].text == "?" else 1
    token = found[index]
    if opening == ".":
        return (token.text, index + 1) if token.kind == "name" and found[index + 1].text != "(" else None
    if token is END or found[index + 1].text != "]":
        return None
    step = int(token.text) if token.kind == "number" and token.text.isdigit() else literal_text(token)
    return None if step is None else (step, index + 2)


def path_text(path: Path) -> str:
    """Write a path as an admin would."""
    return str(path[0]) + "".join(_step_text(step) for step in path[1:])


def _step_text(step: str | int) -> str:
    """Write one step: ``.name``, ``[0]`` or ``["any text"]``."""
    if isinstance(step, str):
        return f".{step}" if step.isidentifier() else f'["{step}"]'
    return f"[{step}]"
