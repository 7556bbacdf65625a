"""A stored event told again: from what is kept of it back to the event that the engine took."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import structs

from core.engine.callback import mapping_of
from core.engine.event import Event, Identifier
from core.engine.instant import iso
from core.engine.mapping import map_event
from core.engine.rule import RuleSet, SourceMapping
from core.engine.stranger import as_stranger
from core.errors import BadRequest
from core.ports import EventRow

#: What the row says itself, or what only served to correct the clock: a call may differ from its bytes in these.
_BESIDE = frozenset(
    {
        "type",
        "messageId",
        "timestamp",
        "originalTimestamp",
        "sentAt",
        "receivedAt",
        "writeKey",
        "source",
        "_metadata",
    }
)

_decoder = msgspec.json.Decoder()
_encoder = msgspec.json.Encoder()


def kept_call(raw: bytes, call: Mapping[str, Any]) -> bytes:
    """Give a call's own bytes where the raw ones do not tell it: they are a vendor's, or part of a batch."""
    told = _decoded(raw)
    return b"" if told is not None and _content(told) == _content(call) else _encoder.encode(call)


def retold(row: EventRow, rules: RuleSet) -> Event | None:
    """Map a stored event again by the present mappings; its time and its person stay as they were.

    None for what can no longer be mapped.
    """
    call = _call(row)
    mapping = mapping_of(rules, row.source, call) or SourceMapping(row.source, "", {})
    arrived = row.received_at if row.arrived_at is None else row.arrived_at
    try:
        event = map_event(call, mapping, rules.identity, seq=row.seq, received_at=arrived, raw_id=row.id)
    except BadRequest:
        return None
    if row.is_public:
        event = as_stranger(event, rules.identity)
    known = tuple(Identifier(ns, value) for ns, values in row.identifiers.items() for value in values)
    data = {**event.data, "timestamp": iso(row.timestamp)}
    return structs.replace(event, timestamp=row.timestamp, data=data, identifiers=known, quiet=row.quiet)


def _call(row: EventRow) -> dict[str, Any]:
    """Give the call, with what the row knows better."""
    told = _decoded(row.call or row.raw) or {}
    return {"event": row.event, **told, "type": row.type, "messageId": row.id}


def _decoded(raw: bytes) -> dict[str, Any] | None:
    try:
        found = _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _content(call: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in call.items() if name not in _BESIDE}
