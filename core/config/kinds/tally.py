"""What is counted of a person, named by its meaning: the same in two files is gathered once."""

from __future__ import annotations

from core.engine.digest import derive
from core.engine.formula import Formula
from core.engine.formula.lexer import tokens
from core.engine.rule import Pattern, Tally


def tally_of(
    patterns: tuple[Pattern, ...],
    *,
    within: int | None = None,
    ago: int = 0,
    value: Formula | None = None,
) -> Tally:
    """Build a tally; the order of its patterns and the blanks in its formulas are no part of its meaning."""
    names = sorted({(one.name, _plain(one.where)) for one in patterns})
    meaning = [part for name in names for part in name]
    length = "ever" if within is None else str(within)
    return Tally(derive("t", length, str(ago), _plain(value), *meaning), patterns, within, ago, value)


def _plain(formula: Formula | None) -> str:
    """Write a formula with one blank between its signs."""
    return "" if formula is None else " ".join(token.text for token in tokens(formula.text)).strip()
