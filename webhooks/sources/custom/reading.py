"""One item of a request, in Segment's spelling, as the source's file says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.engine.clean import clean
from core.engine.event import EVENT_TYPES, NAMES_OF_TYPES
from core.engine.instant import parse_time
from core.engine.receive import Raw, Reading
from core.engine.rule import SourceMapping
from core.errors import BadRequest
from webhooks.sources.base import Call
from webhooks.sources.custom.scope import RawScope, candidates, named, value_of
from webhooks.sources.loose import derived_id, text_of

#: The calls that a sender may make.
CALLS = tuple(kind for kind in EVENT_TYPES if kind != "trigger")
#: Names that make a call of another type than ``track`` where the file does not say the type.
TYPES = {name: kind for kind, name in NAMES_OF_TYPES.items() if kind != "group"}
IDS = ("userId", "anonymousId", "previousId", "groupId")
ID_LENGTH = 100


def read_call(
    item: Mapping[str, Any], scope: RawScope, mapping: SourceMapping, reading: Reading, *, at: str = ""
) -> Call:
    """Make the call; what the file asks for and the item does not have is refused by its name.

    ``at`` is the item's place in an envelope that has an id.
    """
    parts = reading.parts
    name = name_of(parts.get("event"), scope)
    call: dict[str, Any] = {"type": type_of(parts, scope, mapping.events.get(name, name))}
    if call["type"] == "track":
        call["event"] = name or refuse_nameless(parts.get("event"))
    call["messageId"] = id_of(parts.get("messageId"), scope) or given_id(item, scope, at)
    call["timestamp"] = time_of(parts.get("timestamp"), scope)
    call |= {field: text for field in IDS if (text := text_of(value_of(parts.get(field), scope)))}
    call["properties"] = map_of("properties", parts, scope) if "properties" in parts else dict(item)
    call |= {field: found for field in ("traits", "context") if (found := map_of(field, parts, scope))}
    if call["type"] == "alias" and "previousId" not in call:
        raise missing("the id to join", parts.get("previousId"), "receive.previous_id")
    return call


def name_of(raw: Raw | None, scope: RawScope) -> str:
    """Give the event's name, or none."""
    return next((text for one in candidates(raw, scope) if (text := text_of(one))), "")


def type_of(parts: Mapping[str, Raw], scope: RawScope, name: str) -> str:
    """Give the call's type: as the file says, else by its name; without a name it tells of the person."""
    if "type" not in parts:
        return TYPES.get(name, "track") if "event" in parts else "identify"
    found = value_of(parts["type"], scope)
    if found is None:
        raise missing("the type", parts["type"], "receive.type")
    if found not in CALLS:
        raise BadRequest(
            f"The type {str(found)[:40]!r} is not known.",
            field=named(parts["type"]) or "type",
            hint=f"Use one of {', '.join(CALLS)}, or bring it to one in `receive.type`.",
        )
    return str(found)


def refuse_nameless(raw: Raw | None) -> str:
    """Refuse an event that does not say what happened."""
    raise missing("the event's name", raw, "receive.event")


def missing(what: str, raw: Raw | None, key: str) -> BadRequest:
    """Say what is not there, and where the file looks for it."""
    field = named(raw)
    return BadRequest(
        f"{what[0].upper()}{what[1:]} is missing.",
        field=field or "item",
        hint=f"Send it as {field}, or correct `{key}` in the source's file."
        if field
        else f"Say in `{key}` of the source's file where it stands.",
    )


def id_of(raw: Raw | None, scope: RawScope) -> str:
    """Give the sender's own id, where there is a usable one."""
    texts = (text_of(one) for one in candidates(raw, scope))
    return next((text for text in texts if 0 < len(text) <= ID_LENGTH and text.isprintable()), "")


def given_id(item: Mapping[str, Any], scope: RawScope, at: str) -> str:
    """Give an id that a repeat gives again: by the envelope, else by the content and what stands around it."""
    if at:
        return derived_id(at)
    return derived_id(item, scope.body, scope.place) if scope.place else derived_id(item)


def time_of(raw: Raw | None, scope: RawScope) -> Any:
    """Give the time; one that is there and cannot be read is refused, and 0 is none."""
    found = [one for one in candidates(raw, scope) if one not in (0, "0", "")]
    readable = next((one for one in found if (parse_time(one) or 0) > 0), None)
    if found and readable is None:
        raise BadRequest(
            f"{str(found[0])[:40]!r} is no time.",
            field=named(raw) or "timestamp",
            hint="Send ISO such as 2026-01-31T10:00:00Z, or seconds or milliseconds since 1970.",
        )
    return readable


def map_of(field: str, parts: Mapping[str, Raw], scope: RawScope) -> dict[str, Any]:
    """Give an object of the call; what is none is refused."""
    found = value_of(parts.get(field), scope)
    if found is None:
        return {}
    if not isinstance(found, dict):
        where = named(parts.get(field)) or field
        raise BadRequest(
            f"{where} is not an object.", field=where, hint=f"Send {{...}}, or correct `receive.{field}`."
        )
    return found


def scope_of(
    item: Mapping[str, Any], *, body: Mapping[str, Any], place: str, envelope: Mapping[str, Any]
) -> RawScope:
    """Show an item to the formulas; a single one is its own body."""
    shown = clean(item)
    return RawScope(body=body if place else shown, item=shown, place=place, envelope=envelope)
