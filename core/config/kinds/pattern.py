"""Which events are meant: a name, ``{event, where}``, a list of them, or what another trigger's anchor matched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.config.kinds.expression import FormulaText
from core.config.nearest import nearest
from core.config.node import Mapping, Mark, Node
from core.config.schema import (
    BAD,
    Either,
    Fields,
    JsonSchema,
    Key,
    Name,
    OneOrMany,
    Parts,
    Reading,
    Record,
    Shape,
    Text,
    Use,
)
from core.engine.formula import Formula, compile_formula
from core.engine.rule import Pattern
from core.engine.when import matched

EVENT_NAME = Text("an event name")
WHERE = Key(FormulaText(asks=True), "a formula over the event; other events of the name do not count")


@dataclass(frozen=True)
class EventPattern(Shape):
    """An event name, or ``{event, where}``, whose ``event`` may be several names."""

    says: str = "an event name, or {event, where}"
    where: Key = WHERE

    def check(self, node: Node, reading: Reading) -> Any:
        """Build a pattern for each name."""
        read = self.form().read(node, reading)
        if not isinstance(read, Fields):
            return BAD if read is BAD else (self.noted(Pattern(read), node.mark, reading),)
        if "event" not in read:
            return BAD
        where = read.get("where")
        return tuple(self.noted(Pattern(one.value, where), one.mark, reading) for one in read.get("event"))

    def noted(self, pattern: Pattern, mark: Mark, reading: Reading) -> Pattern:
        """Remember where the file names an event."""
        reading.event_names.append((pattern.name, mark))
        return pattern

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe a name, or a name with a formula."""
        return parts.refer("event_pattern", lambda: self.form().schema(parts))

    def form(self) -> Shape:
        """Give the short form and the long one."""
        names = OneOrMany(EVENT_NAME, empty=False)
        keys = {"event": Key(names, "the event's name", required=True), "where": self.where}
        return Either(self.says, scalar=EVENT_NAME, mapping=Record("an event pattern", keys))


@dataclass(frozen=True)
class EventPatterns(Shape):
    """Patterns, one standing for a list of one; ``where`` is what may narrow each."""

    says: str = EventPattern.says + ", or a list of them"
    where: Key = WHERE

    def check(self, node: Node, reading: Reading) -> Any:
        """Build all patterns."""
        if isinstance(node, Mapping) and not node.entries:
            return self.refuse(node, reading)
        found = OneOrMany(EventPattern(where=self.where), empty=False).read(node, reading)
        return BAD if found is BAD else tuple(pattern for one in found for pattern in one.value)

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe one pattern, and a list of them."""
        return OneOrMany(EventPattern(where=self.where), empty=False).schema(parts)


class EventNames(Shape):
    """Bare names of events, one standing for a list of one."""

    says = "an event name, or a list of them"

    def check(self, node: Node, reading: Reading) -> Any:
        """Take the names and remember where they stand."""
        found = OneOrMany(EVENT_NAME, empty=False).read(node, reading)
        if found is BAD:
            return BAD
        reading.event_names += [(one.value, one.mark) for one in found]
        return tuple(one.value for one in found)

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe one name, and a list of them."""
        return OneOrMany(EVENT_NAME, empty=False).schema(parts)


class TriggerPatterns(Shape):
    """Names of triggers whose matches stand where events do."""

    says = "a trigger's name, or a list of them"

    def check(self, node: Node, reading: Reading) -> Any:
        """Build a pattern for each; whether they exist is seen when all files are read."""
        found = OneOrMany(Name("a trigger's name"), empty=False).read(node, reading)
        if found is BAD:
            return BAD
        reading.uses += [Use("trigger", one.value, one.mark) for one in found]
        return tuple(Pattern(matched(one.value)) for one in found)

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe one name, and a list of them."""
        return OneOrMany(Name(), empty=False).schema(parts)


def counted(where: Key) -> dict[str, Key]:
    """Give the keys that say what is counted."""
    return {
        "event": Key(EventPatterns(where=where), "the event's name, or a list"),
        "trigger": Key(
            TriggerPatterns(), "in place of `event`: each time that this trigger's anchor matched"
        ),
        "where": where,
    }


def counted_patterns(fields: Fields, reading: Reading) -> tuple[Pattern, ...] | None:
    """Give what is counted: events or triggers, and not both; None after reporting."""
    written = [key for key, _ in fields.node.entries if key.text in ("event", "trigger")]
    given = [key for key in written if fields.gives(key.text)]
    if len(given) == 2:
        reading.error(given[1].mark, "`event` and `trigger` stand here both", "keep one of them")
        return None
    if not given and not _is_mistyped(fields):
        reading.error(fields.mark, "a count needs `event` or `trigger`", "add `event: NAME`")
    patterns = fields.get("event") or fields.get("trigger")
    return narrowed(patterns, fields.get("where")) if patterns else None


def _is_mistyped(fields: Fields) -> bool:
    """Tell whether a key that nobody knows was already told to be the one that is missing."""
    strangers = [name for name in fields.node.names() if name not in fields.keys]
    return any(nearest(name, fields.keys) in ("event", "trigger") for name in strangers)


def narrowed(patterns: tuple[Pattern, ...], where: Formula | None) -> tuple[Pattern, ...]:
    """Let a ``where`` beside the events hold for each of them, with its own."""
    if where is None:
        return patterns
    return tuple(
        Pattern(one.name, where if one.where is None else _both(one.where, where)) for one in patterns
    )


def _both(left: Formula, right: Formula) -> Formula:
    return compile_formula(f"({left.text}) && ({right.text})")
