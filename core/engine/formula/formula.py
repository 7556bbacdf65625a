"""A formula and how its text becomes one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from cel_expr_python import cel

from core.engine.duration import DurationError, parse_duration
from core.engine.environment import FIELD_NAMES, NAMES, environment
from core.engine.formula.closure import UNSURE
from core.engine.formula.lexer import Path, Token, find_paths, literal_text, path_text, tokens
from core.engine.formula.path import Getter, path_getter
from core.engine.formula.problem import read_problem
from core.engine.formula.result import evaluate
from core.engine.formula.shortcut import short_way
from core.errors import FormulaError


class Evaluable(Protocol):
    """What a formula is evaluated in: names as attributes, and CEL's activation of them."""

    def activation(self) -> cel.Activation:
        """Give what CEL evaluates against."""


class Formula:
    """A compiled formula. ``text`` is without the leading ``=``; ``reads`` are the paths it looks at."""

    __slots__ = ("_getters", "_program", "_short", "reads", "text")

    def __init__(
        self, text: str, *, program: cel.Expression, reads: Sequence[Path], short: Getter | None = None
    ) -> None:
        self.text = text
        self.reads = tuple(reads)
        self._getters = tuple((path_text(path), path_getter(path)) for path in reads if path != ("now",))
        self._program = program
        self._short = short

    def evaluate(self, scope: Evaluable) -> Any:
        """Compute the value, or an Unknown that names the field which is missing or unusable."""
        found = self._short(scope) if self._short else UNSURE
        return self.evaluate_by_cel(scope) if found is UNSURE else found

    def evaluate_by_cel(self, scope: Evaluable) -> Any:
        """Compute the value without the short way, which must always agree."""
        return evaluate(self._program, scope, text=self.text, paths=self.reads)

    @property
    def may_hold(self) -> bool:
        """Tell whether it can be true or false at all: a sum or a text never is."""
        return self._program.return_type().name() in ("BOOL", "DYN")

    @property
    def is_short(self) -> bool:
        """Tell whether this formula has a short way."""
        return self._short is not None

    def inputs(self, scope: Evaluable) -> dict[str, Any]:
        """Give what each path leads to, under its text: a value or an Unknown."""
        return {name: get(scope) for name, get in self._getters}

    def __repr__(self) -> str:
        return f"Formula({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Formula) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


#: Values that a field, a key or a condition cannot hold.
_UNUSABLE = ("BYTES", "TYPE", "optional_type")


def compile_formula(text: str, *, names: frozenset[str] = NAMES) -> Formula:
    """Compile a formula; one that is wrong raises FormulaError with its column and a hint."""
    if not text.strip():
        raise FormulaError("the formula is empty", hint="write == for a text that starts with =")
    found = tokens(text)
    source, inserted = _bind_now(text, found) if "now" in names else (text, [])
    # CEL evaluates a program only in its own environment: formulas of one scope share one.
    wide = FIELD_NAMES if names == NAMES else names
    try:
        program = environment(wide).compile(source)
        kind = program.return_type().name()
    except RuntimeError as error:
        raise read_problem(error, text=source, found=found, names=names, inserted=inserted) from None
    _check_type(kind)
    paths = find_paths(found, wide)
    _check_read(found, paths, names)
    return Formula(text, program=program, reads=paths, short=short_way(found, names))


def _bind_now(text: str, found: Sequence[Token]) -> tuple[str, list[int]]:
    """Give each ``ago(...)`` the activation's ``now`` as its first argument; tell where."""
    places = []
    for index, token in enumerate(found[:-1]):
        if token.text == "ago" and found[index + 1].text == "(":
            _check_duration(found[index + 2])
            places.append(found[index + 1].start + 1)
    for place in reversed(places):
        text = f"{text[:place]}now,{text[place:]}"
    return text, places


def _check_duration(token: Token) -> None:
    """Refuse a literal that is no duration already when it is written."""
    literal = literal_text(token)
    if literal is None:
        return
    try:
        parse_duration(literal)
    except DurationError as error:
        raise FormulaError(error.message, column=token.start + 1, hint=error.hint) from None


def _check_read(found: Sequence[Token], paths: Sequence[Path], names: frozenset[str]) -> None:
    """Refuse a name of the environment that cannot be read here."""
    hidden = {path[0] for path in paths} - names
    for token in found:
        if token.text in hidden:
            known = ", ".join(sorted(names))
            raise FormulaError(
                f"{token.text} is read in messages alone", column=token.start + 1, hint=f"known are {known}"
            )


def _check_type(kind: str) -> None:
    """Refuse a result that nothing can use."""
    if any(word in kind for word in _UNUSABLE):
        optional = "optional" in kind
        hint = "end it with .orValue(...)" if optional else "turn it into text with string(...)"
        raise FormulaError(f"the result is {'optional' if optional else kind}", hint=hint)
