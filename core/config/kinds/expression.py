"""Shapes whose text the engine runs: formulas, templates, conditions and event patterns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from core.config.kinds.paths import check_paths
from core.config.node import Mapping, Mark, Node, Scalar, Sequence, plain_data
from core.config.repair import cut_by_comment, paste_hint, quoted
from core.config.schema import (
    BAD,
    Either,
    Fields,
    JsonSchema,
    Key,
    ListOf,
    OneOrMany,
    Parts,
    Reading,
    Record,
    Shape,
    Text,
    any_of,
    later,
)
from core.config.schema.base import Bad
from core.config.schema.scalar import has_unreal
from core.engine.condition import AllOf, AnyOf, FormulaCondition, Not
from core.engine.formula import NAMES, Formula, compile_formula
from core.engine.rule import Pattern
from core.engine.value import Value, compile_value
from core.errors import FormulaError

#: Two whole literals divide without a remainder, whatever the data: CEL does not let us change that.
_WHOLE_DIVISION = re.compile(r"(?<![\w.])\d+\s*/\s*\d+(?![\w.])")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")


@dataclass(frozen=True)
class FormulaText(Shape):
    """Text that starts with ``=``."""

    says: str = "a formula, which starts with ="
    names: frozenset[str] = NAMES
    withheld: tuple[str, ...] = ()
    asks: bool = False

    def check(self, node: Node, reading: Reading) -> Any:
        """Compile the formula; ``withheld`` are names that exist, but not here, ``asks`` wants a yes or no."""
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            return self.refuse(node, reading)
        if not node.text.startswith("=") or node.text.startswith("=="):
            return self.refuse(node, reading, f"write {_written(node)}")
        formula = compile_at(node, reading, names=self.names)
        for path in formula.reads if isinstance(formula, Formula) else ():
            if path[0] in self.withheld:
                known = ", ".join(sorted(self.names - set(self.withheld)))
                return reading.error(node.mark, f"`{path[0]}` cannot be read here", f"known here: {known}")
        if self.asks and isinstance(formula, Formula) and not formula.may_hold:
            return reading.error(
                node.mark, "a condition is true or false, and this never is", "compare it, as in > 0"
            )
        return formula

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe a formula."""
        return {"type": "string", "pattern": "^=(?!=)"}


def _written(node: Scalar) -> str:
    text = "=" + node.text.lstrip("=")
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
    check_paths(formula, node, reading)
    return formula


def _wrong(node: Scalar, reading: Reading, error: FormulaError, *, offset: int) -> Bad:
    mark = reading.inside(node, max(0, offset))
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
        if isinstance(leaf.value, str) and leaf.text.startswith("=") and not leaf.text.startswith("=="):
            return compile_at(leaf, reading)
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


class ConditionTree(Shape):
    """A formula, or ``all`` ``any`` ``not`` over further conditions."""

    says = "a condition (a formula, or all, any or not)"

    def check(self, node: Node, reading: Reading) -> Any:
        """Compile the whole tree."""
        if isinstance(node, Scalar):
            formula = FormulaText(asks=True).read(node, reading)
            return BAD if formula is BAD else FormulaCondition(formula)
        if isinstance(node, Sequence):
            return self.refuse(node, reading, "put the list under `all:` or `any:`")
        fields = _BRANCH.read(node, reading)
        return BAD if fields is BAD else _branch(fields, reading)

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe a formula, or one branch over further conditions."""
        return parts.refer("condition", lambda: any_of(FormulaText().schema(parts), one_key(_BRANCH, parts)))


def one_key(record: Record, parts: Parts) -> JsonSchema:
    """Describe a mapping that has exactly one of its keys."""
    return {**record.schema(parts), "minProperties": 1, "maxProperties": 1}


def _branch(fields: Fields, reading: Reading) -> Any:
    if len(fields.node.entries) != 1:
        return reading.error(fields.mark, "a condition has one of all, any, not", "put several under `all:`")
    if fields.refuse_nothing(reading):
        return BAD
    for name, build in (("all", AllOf), ("any", AnyOf)):
        if name in fields:
            return build(tuple(part.value for part in fields.get(name)))
    if "not" not in fields:
        return BAD
    parts = [part.value for part in fields.get("not")]
    if len(parts) > 1:
        return reading.error(fields.place("not"), "`not` takes one condition", "write `not: {any: [...]}`")
    return Not(parts[0]) if parts else BAD


_CONDITIONS = ListOf(ConditionTree(), "a list of conditions", empty=False)

_BRANCH = Record(
    "a condition",
    {
        "all": Key(
            ListOf(ConditionTree(), "a list of conditions", empty=False), "conditions that must all hold"
        ),
        "any": Key(
            ListOf(ConditionTree(), "a list of conditions", empty=False), "conditions of which one must hold"
        ),
        "not": Key(OneOrMany(ConditionTree(), empty=False), "a condition that must not hold"),
        "in_segment": later("a segment of profile.yaml"),
        "count": later("how many events there were"),
        "score": later("a score of the profile"),
        "consent": later("a purpose and channel"),
    },
)


class EventPattern(Shape):
    """An event name, or ``{event, where}``."""

    says = "an event name, or {event, where}"

    def check(self, node: Node, reading: Reading) -> Any:
        """Build the pattern."""
        read = _PATTERN.read(node, reading)
        if not isinstance(read, Fields):
            return BAD if read is BAD else self.noted(Pattern(read), node.mark, reading)
        if "event" not in read:
            return BAD
        return self.noted(Pattern(read.get("event"), read.get("where")), read.value_place("event"), reading)

    def noted(self, pattern: Pattern, mark: Mark, reading: Reading) -> Pattern:
        """Remember where the file names an event."""
        reading.event_names.append((pattern.name, mark))
        return pattern

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe a name, or a name with a formula."""
        return parts.refer("event_pattern", lambda: _PATTERN.schema(parts))


EVENT_NAME = Text("an event name")
WHERE = Key(FormulaText(asks=True), "a formula over the event; other events of the name do not count")

_PATTERN = Either(
    EventPattern.says,
    scalar=EVENT_NAME,
    mapping=Record(
        "an event pattern", {"event": Key(EVENT_NAME, "the event's name", required=True), "where": WHERE}
    ),
)


class EventPatterns(Shape):
    """Patterns, one standing for a list of one."""

    says = EventPattern.says + ", or a list of them"

    def check(self, node: Node, reading: Reading) -> Any:
        """Build all patterns."""
        if isinstance(node, Mapping) and not node.entries:
            return self.refuse(node, reading)
        found = OneOrMany(EventPattern(), empty=False).read(node, reading)
        return BAD if found is BAD else tuple(one.value for one in found)

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe one pattern, and a list of them."""
        return OneOrMany(EventPattern(), empty=False).schema(parts)
