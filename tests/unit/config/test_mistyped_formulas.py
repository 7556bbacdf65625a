"""Every name in a formula or template of the shipped mappings that can be known, mistyped by one letter, is found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from mapping_folder import PRESETS
from mistyping import FILES, SHARE, copy_to, mistype

from core.config.kinds.identity import USUAL
from core.config.node import Scalar, walk
from core.config.problem import Problem
from core.config.reader import read
from core.engine.environment import FUNCTIONS, NAMES, VALUE_NAMES
from core.engine.formula.lexer import tokens

#: What is known below the roots, whatever the events hold.
BELOW = {
    *("id", "identifiers", "traits", "segments", "scores", "consent", *USUAL),
    *("first", "last", "events", "count", "sum", "event", "timestamp", "messageId", "properties"),
    *("userId", "anonymousId", "device", "consent", "categoryPreferences", "default"),
}
KNOWN = NAMES | VALUE_NAMES | BELOW | {name.rpartition(".")[2] for name in FUNCTIONS}

#: Behind these everything is an event's or a person's own.
FREE = re.compile(r"\b(properties|traits|categoryPreferences|item|body)\.\w+(\.\w+)*$")


class Word(NamedTuple):
    """A name in a file: its text, where it stands, and its line and column."""

    text: str
    start: int
    line: int
    column: int


def code(scalar: Scalar) -> list[str]:
    """Give the pieces of a scalar that are formulas, or that a template fills in."""
    if scalar.text.startswith("="):
        return [scalar.text[1:]]
    return re.findall(r"{{(.*?)}}", scalar.text)


def words(text: str, name: str) -> Iterator[Word]:
    """Give the names in a file's formulas and templates that the loader can know."""
    root = read(text.encode(), name).root
    assert root is not None
    for scalar in walk(root):
        if not isinstance(scalar, Scalar):
            continue
        # A formula's spelling is its text unless it holds escapes; the search below relies on it.
        assert "'" not in scalar.text or scalar.plain or scalar.text in text
        for piece in code(scalar):
            for token in tokens(piece):
                before = piece[: token.start + len(token.text)]
                if token.kind != "name" or token.text not in KNOWN or FREE.search(before):
                    continue
                start = text.index(piece, scalar.start) + token.start
                line_start = text.rfind("\n", 0, start) + 1
                yield Word(token.text, start, text.count("\n", 0, start) + 1, start - line_start + 1)


def is_found(word: Word, problem: Problem, name: str) -> bool:
    """Tell a problem that stands at a word and gives its name, with a namespace such as ``math.`` or without."""
    is_there = (problem.line, problem.column) == (word.line, word.column)
    hint = problem.hint.replace("`", "")
    return is_there and problem.file.endswith(name) and f"did you mean {word.text}?" in hint


def test_a_name_in_a_formula_mistyped_by_one_letter_is_told(tmp_path: Path) -> None:
    """At least 95 of 100 give a problem at the letter where the name begins, with the right name."""
    copy = copy_to(tmp_path / "mappings")
    tried, missed = 0, []
    for name in FILES:
        text = (PRESETS / name).read_text()
        for turn, word in list(enumerate(words(text, name)))[::SHARE]:
            typed, tried = mistype(word.text, turn), tried + 1
            changed = text[: word.start] + typed + text[word.start + len(word.text) :]
            with copy.changed(name, changed) as problems:
                if not any(is_found(word, one, name) for one in problems):
                    missed.append(f"{name}:{word.line}:{word.column} {word.text} -> {typed}: {problems}")
    assert tried > 60
    assert len(missed) <= tried * 0.05, "\n".join(missed)


@pytest.mark.parametrize(
    ("formula", "column", "message", "hint"),
    [
        ("=profile.trait.x > 1", 19, "`trait` does not exist here", "did you mean `traits`?"),
        ("=profile.identifiers.emial[0] == 'x'", 31, "`emial` does not exist here", "did you mean `email`?"),
        ("=case.summ > 1", 16, "`summ` does not exist here", "did you mean `sum`?"),
        ("=case.last.propertes.x > 1", 21, "`propertes` does not exist", "did you mean `properties`?"),
        ("=has(profile.trait.x)", 23, "`trait` does not exist here", "did you mean `traits`?"),
        ("=event.userid == 'x'", 17, "`userid` is a new name", "did you mean `userId`?"),
        ("=context.pag.path == 'x'", 19, "`pag` is a new name", "did you mean `page`?"),
        ("=nwo > ago('7d')", 11, "nwo is unknown", "did you mean now?"),
    ],
)
def test_a_slip_below_a_known_name_is_told(
    tmp_path: Path, formula: str, column: int, message: str, hint: str
) -> None:
    """What has a fixed shape refuses it, what others may add to warns."""
    copy = copy_to(tmp_path / "mappings")
    name = "triggers/product_interest.yaml"
    text = (PRESETS / name).read_text() + f"\nonly_if: {formula}\n"
    with copy.changed(name, text) as problems:
        (problem,) = problems
    assert problem.column == column
    assert message in problem.message
    assert hint in problem.hint


def test_data_of_ones_own_is_never_doubted(tmp_path: Path) -> None:
    """Properties, traits, segments and whole branches of the context may bear any name."""
    copy = copy_to(tmp_path / "mappings")
    name = "triggers/product_interest.yaml"
    formulas = (
        "[=properties.trait.pag, =profile.traits.propertes, =context.traits.emial, =profile.consent.news]"
    )
    text = (PRESETS / name).read_text() + f"\nonly_if: {{any: {formulas}}}\n"
    with copy.changed(name, text) as problems:
        assert problems == []
