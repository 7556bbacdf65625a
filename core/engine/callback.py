"""What comes back from a CRM or a messaging system: which notification is which event, and whose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from core.engine.clean import clean
from core.engine.formula import Formula
from core.engine.rule import RuleSet, SourceMapping
from core.engine.scope import Scope

#: What is done with a person whom nobody knows: a new profile, set aside until somebody has them, or nothing.
Stranger = Literal["create", "park", "ignore"]


@dataclass(frozen=True, slots=True)
class Notice:
    """One event that a notification can be; ``where`` narrows it to some of those that have the name."""

    mapping: SourceMapping
    where: Formula | None = None
    unknown: Stranger = "create"


@dataclass(frozen=True, slots=True)
class CallbackMapping:
    """One file of ``callbacks/``: its events by the vendor's names, none where a name is switched off.

    ``plain`` reads what no event is made of, ``echo`` tells what our own writes have caused. ``answers`` are what a
    number hears that said ``stop``, ``start`` or ``help``.
    """

    name: str
    uses: str
    plain: SourceMapping
    notices: Mapping[str, tuple[Notice, ...]]
    echo: tuple[Formula, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)


class Reading(NamedTuple):
    """How a notification is read. Without a ``verdict`` it is an event; else why it is none."""

    mapping: SourceMapping
    verdict: Literal["", "echo", "off", "unmapped"] = ""
    unknown: Stranger = "create"


def read_notice(callback: CallbackMapping, call: Mapping[str, Any]) -> Reading:
    """Find what a notification is: the first event of its name that fits."""
    plain = callback.plain
    scope = Scope(event=clean(call, plain.types), profile={}, now=0)
    if any(formula.evaluate(scope) is True for formula in callback.echo):
        return Reading(plain, "echo")
    notices = callback.notices.get(str(call.get("event")))
    if notices is None:
        return Reading(plain, "unmapped")
    for one in notices:
        if one.where is None or one.where.evaluate(scope) is True:
            return Reading(one.mapping, "", one.unknown)
    return Reading(plain, "off")


def mapping_of(rules: RuleSet, source: str, call: Mapping[str, Any]) -> SourceMapping | None:
    """Give what reads a call of a source or a callback; None where neither file is there any more."""
    if source in rules.sources:
        return rules.sources[source]
    callback = rules.callbacks.get(source)
    return read_notice(callback, call).mapping if callback else None


def all_mappings(rules: RuleSet) -> Iterator[SourceMapping]:
    """Give everything that reads calls, of sources and of callbacks."""
    yield from rules.sources.values()
    for callback in rules.callbacks.values():
        yield from (one.mapping for notices in callback.notices.values() for one in notices)
