"""Shapes whose text the engine runs: formulas and templates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from core.config.kinds.paths import check_paths
from core.config.node import Node, Scalar, Sequence, plain_data
from core.config.repair import cut_by_comment, paste_hint, quoted
from core.config.schema import (
    BAD,
    JsonSchema,
    Parts,
    Reading,
    Shape,
)
from core.config.schema.base import Bad
from core.config.schema.scalar import has_unreal
from core.engine.formula import FIELD_NAMES, NAMES, Formula, compile_formula
from core.engine.formula.lexer import END, tokens
from core.engine.value import Value, compile_value
from core.errors import FormulaError

#: Two whole literals divide without a remainder, whatever the data: CEL does not let us change that.
_WHOLE_DIVISION = re.compile(r"(?<![\w.])\d+\s*/\s*\d+(?![\w.])")
#: A list, compared with something else.
_LIST = re.compile(r"(?<![\w.])profile\.identifiers\.\w+(?=\s*[=!]=)")
_BRACES = re.compile(r"\{\{-?\s*([^{}|]*?)\s*-?\}\}")
_PATH = re.compile(r"[A-Za-z_][\w.\[\]]*")
#: Signs that other languages have, and that are nearly ours.
_SIGNS = {"=>": ">=", "=<": "<="}
#: Beginnings that a number does not keep: those of telephone numbers, postcodes and codes.
_LOST = re.compile(r"\+|0[0-9oxOX]")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")


#: What exists only while an event is looked at.
OF_THE_EVENT = ("event", "properties", "traits", "context", "case", "key")


@dataclass(frozen=True)
class FormulaText(Shape):
    """Text that starts with ``=``.

    ``withheld`` are names that exist, but not here; where ``now`` is one of them, ``timely`` says what to write.
    ``asks`` wants a yes or no; ``instead`` is the hint where something else than a formula stands.
    """

    says: str = "a formula, which starts with ="
    names: frozenset[str] = NAMES
    withheld: tuple[str, ...] = ()
    asks: bool = False
    timely: str = ""
    instead: str = ""

    def check(self, node: Node, reading: Reading) -> Any:
        """Compile the formula and refuse what it cannot read here."""
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            return self.refuse(node, reading, self.instead)
        if not node.text.startswith("=") or node.text.startswith("=="):
            return self.refuse(node, reading, self.hint_for(node.text.lstrip("=").strip()))
        formula = compile_at(node, reading, names=self.names)
        if formula is BAD or (self.withheld and self.refuse_withheld(node, reading)):
            return BAD
        if self.asks and isinstance(formula, Formula) and not formula.may_hold:
            return reading.error(
                node.mark, "a condition is true or false, and this never is", "compare it, as in > 0"
            )
        return formula

    def hint_for(self, text: str) -> str:
        """Tell how what was meant is written as a formula; only one that can be read here is shown."""
        inner = _BRACES.fullmatch(text)
        home = "profile.traits" if "properties" in self.withheld else "properties"
        if "{{" in text or "{%" in text:
            shown = self.readable(inner[1] if inner else "") or f"'={home}.NAME'"
            what = "a condition is a formula" if self.asks else "a formula stands here"
            return f"{what}, write it without the braces: {shown}"
        if self.instead and not _PATH.fullmatch(text):
            return self.instead
        found = self.readable(text) or (self.readable(f"{home}.{text}") if text.isidentifier() else "")
        return f"write {found}" if found else self.instead or f"write a formula, such as ={home}.NAME"

    def readable(self, text: str) -> str:
        """Write a text as a formula; empty where it is none, or reads what cannot be read here."""
        try:
            compile_formula(text, names=self.names)
            words = tokens(text)
        except FormulaError:
            return ""
        return "" if any(one.text in self.withheld for one in words[:1]) else _written(text)

    def refuse_withheld(self, node: Scalar, reading: Reading) -> bool:
        """Report the first name that cannot be read here, at its place."""
        found = tokens(node.text[1:])
        for before, token, after in zip([END, *found], found, found[1:], strict=False):
            is_call = token.text == "ago" and after.text == "("
            name = "now" if is_call else token.text
            if token.kind != "name" or before.text == "." or name not in self.withheld:
                continue
            shown = "ago(...)" if is_call else name
            known = ", ".join(sorted(self.names - set(self.withheld)))
            hint = self.timely if name == "now" and self.timely else f"known here: {known}"
            reading.error(reading.inside(node, token.start + 1), f"`{shown}` cannot be read here", hint)
            return True
        return False

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe a formula."""
        return {"type": "string", "pattern": "^=(?!=)"}


def _written(formula: str) -> str:
    text = "=" + formula
    return text if len(text) < 80 and re.fullmatch(r"=[\w.\[\]]+", text) else quoted(text[:80])


def compile_at(node: Scalar, reading: Reading, *, names: frozenset[str] = NAMES) -> Formula | Bad:
    """Compile the formula in a scalar; an error points at the letter in the file."""
    try:
        formula = compile_formula(node.text[1:], names=names)
    except FormulaError as error:
        return _wrong(node, reading, error, offset=error.column)
    blanked = _QUOTED.sub(lambda match: " " * len(match.group()), node.text)
    for found in _WHOLE_DIVISION.finditer(blanked):
        reading.warn(
            reading.inside(node, found.start()),
            f"`{found.group()}` divides whole numbers and drops the remainder",
            "write one of them with a point, as in 4.0",
        )
    for found in _LIST.finditer(blanked):
        mark, name = reading.inside(node, found.start()), found.group()
        reading.warn(mark, f"`{name}` is a list, and never equal to a text", f'write "..." in {name}')
    check_paths(formula, node, reading)
    return formula


def _wrong(node: Scalar, reading: Reading, error: FormulaError, *, offset: int) -> Bad:
    mark = reading.inside(node, max(0, offset))
    sign = _SIGNS.get(error.message.partition(" ")[0])
    if sign and not error.hint:
        return reading.error(mark, error.message, f"write {sign}")
    line = reading.document.line(mark.line)
    rest = reading.document.text[node.end :].partition("\n")[0]
    if not node.plain or not rest.strip() or _is_whole_template(node.text):
        return reading.error(mark, error.message, error.hint)
    hint = paste_hint(line, mark.column) or error.hint
    return reading.error(mark, error.message, hint or ("quote the whole text" if node.flow else ""))


def _is_whole_template(text: str) -> bool:
    """Tell a template that YAML has not cut off."""
    return not text.startswith("=") and all(
        text.count(left) == text.count(right) for left, right in (("{{", "}}"), ("{%", "%}"))
    )


@dataclass(frozen=True)
class AnyValue(Shape):
    """A formula, a template or a literal, also inside lists and mappings; ``html`` escapes templates."""

    says: str = "a value, a formula or a template"
    html: bool = False

    def check(self, node: Node, reading: Reading) -> Any:
        """Compile the value, locating each problem inside it."""
        if has_unreal(node, reading):
            return BAD
        if isinstance(node, Scalar):
            return self.compile_leaf(node, reading)
        if BAD in [self.compile_leaf(leaf, reading) for leaf in _leaves(node)]:
            return BAD
        return compile_value(plain_data(node), html=self.html)

    def schema(self, parts: Parts) -> JsonSchema:
        """Allow everything."""
        return {}

    def compile_leaf(self, leaf: Scalar, reading: Reading) -> Value | Bad:
        """Compile one text or plain value."""
        if leaf.broken:
            return BAD
        cut = cut_by_comment(reading.document.line(leaf.mark.line), _column_behind(leaf))
        if leaf.plain and cut:
            reading.warn(leaf.mark, "YAML takes what stands behind ` #` for a comment", cut)
        if leaf.plain and isinstance(leaf.value, int | float) and _LOST.match(leaf.text):
            takes = f"YAML takes {leaf.text[:60]} for the number {leaf.value}"
            reading.warn(leaf.mark, takes, f"quote it where it is text: {quoted(leaf.text)}")
        if isinstance(leaf.value, str) and leaf.text.startswith("=") and not leaf.text.startswith("=="):
            return compile_at(leaf, reading, names=FIELD_NAMES)
        try:
            value = compile_value(leaf.value, html=self.html)
        except FormulaError as error:
            return _wrong(leaf, reading, error, offset=error.column - 1)
        check_paths(value, leaf, reading)
        return value


def _column_behind(leaf: Scalar) -> int:
    """Count where a text of one line ends in its line."""
    return leaf.mark.column - 1 + leaf.end - leaf.start


def _leaves(node: Node) -> list[Scalar]:
    if isinstance(node, Scalar):
        return [node]
    inside = node.items if isinstance(node, Sequence) else tuple(value for _, value in node.entries)
    return [leaf for one in inside for leaf in _leaves(one)]


class AsWritten(Shape):
    """A node left for later, when it is known what it must be."""

    says = "a value"

    def check(self, node: Node, reading: Reading) -> Any:
        """Give the node itself."""
        return node

    def schema(self, parts: Parts) -> JsonSchema:
        """Allow everything."""
        return {}
