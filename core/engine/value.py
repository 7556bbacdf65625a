"""Values that admins write: a formula, a template, or themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.engine.formula import FIELD_NAMES, Formula, Unknown, compile_formula
from core.engine.language import languages
from core.engine.scope import Scope, whole_numbers
from core.engine.template import Template, compile_template
from core.errors import FormulaError


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that is itself."""

    raw: Any

    def evaluate(self, scope: Scope) -> Any:
        """Give the value."""
        return self.raw


@dataclass(frozen=True, slots=True)
class Structure:
    """A list or a map that holds formulas or templates somewhere inside."""

    parts: tuple[Value, ...] | Mapping[str, Value]

    def evaluate(self, scope: Scope) -> Any:
        """Evaluate every part; an unknown formula is left out, an unknown template makes the whole unknown."""
        if isinstance(self.parts, Mapping):
            names, parts = list(self.parts), list(self.parts.values())
        else:
            names, parts = [], list(self.parts)
        found = [part.evaluate(scope) for part in parts]
        for part, value in zip(parts, found, strict=True):
            if isinstance(value, Unknown) and not isinstance(part, Formula):
                return value
        if names:
            return {
                name: value
                for name, value in zip(names, found, strict=True)
                if not isinstance(value, Unknown)
            }
        return [value for value in found if not isinstance(value, Unknown)]


@dataclass(frozen=True, slots=True)
class Localized:
    """A value in several languages; ``variants`` are keyed by language tags in small letters."""

    default: Value
    variants: Mapping[str, Value]

    def chosen(self, scope: Scope) -> Value:
        """Give the variant in the person's language, or the one for everybody else."""
        return next((self.variants[tag] for tag in languages(scope) if tag in self.variants), self.default)

    def evaluate(self, scope: Scope) -> Any:
        """Evaluate the variant in the person's language."""
        return self.chosen(scope).evaluate(scope)


Value = Formula | Template | Literal | Structure | Localized


def compile_value(raw: Any, *, html: bool = False) -> Value:
    """Compile what stands in a file: ``=`` opens a formula, ``==`` a plain ``=``, ``{{`` or ``{%`` makes a template.

    Raises FormulaError, whose column counts the leading ``=`` too.
    """
    if isinstance(raw, str):
        return _compile_text(raw, html=html)
    if isinstance(raw, Mapping):
        return _joined({name: compile_value(inner, html=html) for name, inner in raw.items()})
    if isinstance(raw, list | tuple):
        return _joined([compile_value(inner, html=html) for inner in raw])
    return Literal(raw)


def _compile_text(text: str, *, html: bool) -> Value:
    """Compile one text."""
    if text.startswith("=="):
        return Literal(text[1:])
    if text.startswith("="):
        try:
            return compile_formula(text[1:], names=FIELD_NAMES)
        except FormulaError as error:
            raise FormulaError(error.message, column=error.column + 1, hint=error.hint) from None
    if "{{" in text or "{%" in text:
        return compile_template(text, html=html)
    return Literal(text)


def _joined(parts: dict[str, Value] | list[Value]) -> Value:
    """Make a structure, or a literal where there is nothing to compute."""
    if isinstance(parts, dict):
        plain = {name: part.raw for name, part in parts.items() if isinstance(part, Literal)}
        return Literal(plain) if len(plain) == len(parts) else Structure(parts)
    items = [part.raw for part in parts if isinstance(part, Literal)]
    return Literal(items) if len(items) == len(parts) else Structure(tuple(parts))


def evaluate_fields(
    fields: Mapping[str, Value], scope: Scope
) -> tuple[dict[str, Any], dict[str, Unknown], dict[str, Unknown]]:
    """Evaluate the fields of an action.

    Gives the values, the unknown templates, which stop the send, and the unknown formulas, which are left out.
    """
    values: dict[str, Any] = {}
    stopping: dict[str, Unknown] = {}
    left_out: dict[str, Unknown] = {}
    for name, one in fields.items():
        value = one.chosen(scope) if isinstance(one, Localized) else one
        found = value.evaluate(scope)
        if not isinstance(found, Unknown):
            values[name] = whole_numbers(found)
        elif isinstance(value, Formula):
            left_out[name] = found
        else:
            stopping[name] = found
    return values, stopping, left_out
