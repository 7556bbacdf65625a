"""From a test's person and calls to the events that the engine takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from core.config.trial import Person
from core.engine.clean import clean
from core.engine.event import ConsentStatement, Event, Identifier
from core.engine.instant import iso
from core.engine.mapping import map_event
from core.engine.rule import RuleSet, SourceMapping
from core.engine.usable import usable
from core.errors import AdminError

#: Calls of tests are read as this source's, as lines of history are.
SOURCE = "segment"

#: Who acts in a test that says nothing of the person.
NOBODY = "test-person"

_IDS = {"user_id": "userId", "anonymous_id": "anonymousId"}


def identifiers_of(person: Person, rules: RuleSet) -> tuple[Identifier, ...]:
    """Normalise a person's identifiers, strongest first; one that would never be believed is refused."""
    found: list[Identifier] = []
    for rule in rules.identity.identifiers:
        for text in person.identifiers.get(rule.namespace, ()):
            value = usable(text, rule, rules.identity)
            if value is None:
                raise AdminError(
                    f"the person's {rule.namespace} {text!r} is blocked or malformed",
                    hint="identity.yaml says what is believed",
                )
            found.append(Identifier(rule.namespace, value))
    weakest = rules.identity.identifiers[-1].namespace
    names = [rule.namespace for rule in rules.identity.identifiers]
    namespace = "anonymous_id" if "anonymous_id" in names else weakest
    return tuple(found) or (Identifier(namespace, NOBODY),)


def introduction(person: Person, rules: RuleSet, at: int) -> Event:
    """Give the event that makes a person known, as history: what they are already sets nothing off.

    It has no name, so that no trigger looks at it.
    """
    statements = [ConsentStatement(*slot, granted) for slot, granted in person.consent.items()]
    return Event(
        id="test-0",
        seq=0,
        source=SOURCE,
        type="identify",
        name="",
        timestamp=at,
        received_at=at,
        data={"type": "identify", "messageId": "test-0", "timestamp": iso(at)},
        identifiers=identifiers_of(person, rules),
        traits=clean(person.traits),
        consent=tuple(statements),
        quiet=True,
    )


def event_of(
    call: Mapping[str, Any], person: Person, rules: RuleSet, *, number: int, at: int, received_at: int
) -> Event:
    """Read a test's call as the source would, made by the person."""
    known = identifiers_of(person, rules)
    ids = {_IDS[one.namespace]: one.value for one in reversed(known) if one.namespace in _IDS}
    body = {"timestamp": iso(at), "messageId": f"test-{number}", **ids, **call}
    event = map_event(
        body, _mapping(rules), rules.identity, seq=0, received_at=received_at, raw_id=f"test-{number}"
    )
    order = [rule.namespace for rule in rules.identity.identifiers]
    everyone = dict.fromkeys([*event.identifiers, *known])
    return structs.replace(
        event, identifiers=tuple(sorted(everyone, key=lambda one: order.index(one.namespace)))
    )


def api_call(call: Mapping[str, Any], trigger: str, person: Person, rules: RuleSet, *, at: int) -> Event:
    """Give a call of ``/api/trigger``; its properties are the metadata."""
    data = {"type": "trigger", "event": trigger, "properties": clean(call.get("properties", {}))}
    return Event(
        id=f"test-call-{at}",
        seq=0,
        source="api",
        type="trigger",
        name="",
        timestamp=at,
        received_at=at,
        data=data,
        identifiers=identifiers_of(person, rules),
        trigger=trigger,
    )


def _mapping(rules: RuleSet) -> SourceMapping:
    """Give the mapping that reads calls in Segment's spelling; a folder may have switched it off."""
    like = [one for one in rules.sources.values() if one.uses == SOURCE]
    return rules.sources.get(SOURCE) or next(iter(like), SourceMapping(SOURCE, SOURCE, {}))
