"""Which values name a message's own links."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from core.engine.links import OF_MESSAGES, STAND_INS
from core.engine.rule import Send
from core.engine.template import Template
from core.engine.value import Localized, Structure, Value


def own_names(value: Value | None) -> set[str]:
    """Give what a value prints of a message's own: links that are signed for it, and its code."""
    names = {str(step[0]) for one in templates(value) for step, _ in one.reads()}
    return names & OF_MESSAGES.keys()


def templates(value: Value | None) -> Iterator[Template]:
    """Give the templates of a value, in lists, maps and languages too."""
    if isinstance(value, Template):
        yield value
    elif isinstance(value, Localized):
        for one in (value.default, *value.variants.values()):
            yield from templates(one)
    elif isinstance(value, Structure):
        parts: Iterable[Value] = value.parts.values() if isinstance(value.parts, Mapping) else value.parts
        for one in parts:
            yield from templates(one)


def messages_with_links(messages: Mapping[str, Send]) -> list[str]:
    """Name the messages that print links of their own."""
    return sorted(
        name
        for name, send in messages.items()
        if any(own_names(value) & STAND_INS.keys() for act in send.channels for value in act.fields.values())
    )
