"""A source's call in Segment's spelling, turned into an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.engine.clean import clean, event_key
from core.engine.consent_mapping import answer_categories, read_consent
from core.engine.event import NAMES_OF_TYPES, Event, Identifier
from core.engine.formula import Formula, Unknown
from core.engine.instant import iso, parse_time
from core.engine.own import keep_hops
from core.engine.rule import IdentifierRule, IdentityRules, SourceMapping
from core.engine.scope import Scope
from core.engine.usable import usable
from core.errors import BadRequest

#: The calls that a sender may make.
CALLS = frozenset({"track", "identify", "page", "screen", "group", "alias", "delete"})

#: Segment's own event that says nothing but consent; it is no event of the person unless `events:` names it.
CONSENT_EVENT = "Segment Consent Preference Updated"

#: Longer message ids are no ids; Segment refuses them too.
LONGEST_ID = 100

#: Fields of a call that are no part of the event: a secret, and a client's private notes.
_PRIVATE = frozenset({"writeKey", "_metadata"})

_TEXTS = ("userId", "anonymousId", "previousId", "groupId", "messageId")
_MAPS = ("properties", "traits", "context")


def map_event(
    call: Mapping[str, Any],
    source: SourceMapping,
    identity: IdentityRules,
    *,
    seq: int,
    received_at: int,
    raw_id: str,
) -> Event:
    """Map one call; a field of the wrong type counts as absent, only the type itself is owed."""
    kind = call.get("type")
    if not isinstance(kind, str) or kind not in CALLS:
        raise BadRequest(
            "the call's type is missing or unknown", field="type", hint=f"use one of {sorted(CALLS)}"
        )
    data = _data(call, source)
    answer_categories(data, call, source)
    timestamp = _timestamp(call, received_at)
    data |= {"type": kind, "timestamp": iso(timestamp), "receivedAt": iso(received_at)}
    name = _name(kind, data, source)
    data["messageId"] = identifier = _id(data, raw_id)
    keep_hops(data)
    scope = Scope(event=_personal(data, kind), profile={}, now=timestamp)
    return Event(
        id=identifier,
        seq=seq,
        source=source.name,
        type=kind,
        name=name,
        timestamp=timestamp,
        received_at=received_at,
        data=data,
        identifiers=_identifiers(kind, scope, source, identity),
        traits=_traits(scope, source),
        consent=read_consent(scope, source),
        lateness=source.lateness,
    )


def _data(call: Mapping[str, Any], source: SourceMapping) -> dict[str, Any]:
    """Clean the call; ids become text, and what should be a map but is not goes."""
    data = clean(call, source.types)
    for name in _PRIVATE.intersection(data):
        del data[name]
    for name in _TEXTS:
        if name in data and type(data[name]) is not str:
            text = event_key(data.pop(name))
            if text is not None:
                data[name] = text
    for name in _MAPS:
        if name in data and type(data[name]) is not dict:
            del data[name]
    return data


def _id(data: Mapping[str, Any], raw_id: str) -> str:
    """Take the messageId where it is usable."""
    identifier = data.get("messageId", "")
    return identifier if 0 < len(identifier) <= LONGEST_ID else raw_id


def _name(kind: str, data: dict[str, Any], source: SourceMapping) -> str:
    """Name the event in our words, also in the data."""
    name = NAMES_OF_TYPES.get(kind, "")
    if kind == "track":
        sent = data.get("event")
        name = source.events.get(sent, "" if sent == CONSENT_EVENT else sent) if isinstance(sent, str) else ""
    data.pop("event", None)
    if name:
        data["event"] = name
    return name


def _timestamp(call: Mapping[str, Any], received_at: int) -> int:
    """Correct the client's clock; an event is never later than its arrival."""
    timestamp, original = parse_time(call.get("timestamp")), parse_time(call.get("originalTimestamp"))
    # Segment passes both on, or its own receivedAt, when it has corrected the timestamp already.
    is_corrected = timestamp is not None and bool(call.get("originalTimestamp") or call.get("receivedAt"))
    found = timestamp if timestamp is not None else original
    if found is None:
        return received_at
    sent = None if is_corrected else parse_time(call.get("sentAt"))
    if sent is not None:
        found += received_at - sent
    # Before 1970 stands only what a broken clock makes.
    return min(found, received_at) if found >= 0 else received_at


def _personal(data: dict[str, Any], kind: str) -> dict[str, Any]:
    """Hide a group call's traits: they are the group's and not the person's."""
    if kind != "group" or "traits" not in data:
        return data
    return {name: value for name, value in data.items() if name != "traits"}


def normalise(identifiers: Mapping[str, Any], identity: IdentityRules) -> tuple[Identifier, ...]:
    """Normalise identifiers that come by namespace; those that are not usable are left out."""
    found = []
    for rule in identity.identifiers:
        value = usable(identifiers.get(rule.namespace), rule, identity)
        if value is not None:
            found.append(Identifier(rule.namespace, value))
    return tuple(found)


def _identifiers(
    kind: str, scope: Scope, source: SourceMapping, identity: IdentityRules
) -> tuple[Identifier, ...]:
    """Read each namespace's first usable candidate, strongest first."""
    found = []
    for rule in identity.identifiers:
        value = _first_usable(source.identifiers.get(rule.namespace, ()), scope, rule, identity)
        values = [value]
        # An anonymous id that the call itself carries stands in place of the older one.
        is_open = value is None or rule.namespace != "anonymous_id"
        if kind == "alias" and rule.namespace == source.previous_id and is_open:
            values.append(usable(scope.event.get("previousId"), rule, identity))
        found += [Identifier(rule.namespace, one) for one in dict.fromkeys(values) if one is not None]
    return tuple(found)


def _first_usable(
    candidates: Sequence[Formula], scope: Scope, rule: IdentifierRule, identity: IdentityRules
) -> str | None:
    """Give the first candidate that is there, well formed and not blocked."""
    for formula in candidates:
        found = formula.evaluate(scope)
        value = None if isinstance(found, Unknown) else usable(found, rule, identity)
        if value is not None:
            return value
    return None


def _traits(scope: Scope, source: SourceMapping) -> dict[str, Any]:
    """Gather traits from the listed places, a place that holds one value being one trait; the first place wins."""
    traits: dict[str, Any] = {}
    for place in source.traits_from:
        found = _at(place, scope)
        if found is not None and not isinstance(found, dict):
            found = {place.rpartition(".")[2]: found}
        for name, value in (found or {}).items():
            renamed = source.traits_rename.get(name, name)
            if name not in source.traits_drop and renamed not in source.traits_drop:
                traits.setdefault(renamed, value)
    for place in source.traits_remove:
        listed = _at(place, scope)
        for name in listed if isinstance(listed, list) else [listed]:
            if isinstance(name, str):
                traits.setdefault(source.traits_rename.get(name, name), None)
    return traits


def _at(place: str, scope: Scope) -> Any:
    """Give what stands in a place of the event; None where there is nothing."""
    found: Any = scope.event
    for step in place.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found
