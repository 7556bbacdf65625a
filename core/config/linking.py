"""What the values of a message read: its own links, and cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from core.engine.formula import Formula
from core.engine.links import OF_MESSAGES, STAND_INS
from core.engine.rule import Send
from core.engine.template import Template
from core.engine.value import Literal, Localized, Structure, Value


def own_names(value: Value | None) -> set[str]:
    """Give what a value prints of a message's own: links that are signed for it, and its code."""
    names = {str(step[0]) for one in templates(value) for step, _ in one.reads()}
    return names & OF_MESSAGES.keys()


def templates(value: Value | None) -> Iterator[Template]:
    """Give the templates of a value, in lists, maps and languages too."""
    return (one for one in single(value) if isinstance(one, Template))


def single(value: Value | None) -> Iterator[Formula | Template | Literal]:
    """Give the single values of a value: those in its lists, maps and languages."""
    if isinstance(value, Localized):
        for one in (value.default, *value.variants.values()):
            yield from single(one)
    elif isinstance(value, Structure):
        parts: Iterable[Value] = value.parts.values() if isinstance(value.parts, Mapping) else value.parts
        for one in parts:
            yield from single(one)
    elif value is not None:
        yield value


def messages_with_links(messages: Mapping[str, Send]) -> list[str]:
    """Name the messages that print links of their own."""
    return sorted(
        name
        for name, send in messages.items()
        if any(own_names(value) & STAND_INS.keys() for act in send.channels for value in act.fields.values())
    )
