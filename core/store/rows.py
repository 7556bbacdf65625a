"""How values become columns and columns values, in the order in which ``sql/`` names them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from core.engine.decision import Spare
from core.ports import Attempt, DecisionRow, DeliveryRow, EventRow, LinkRow

Columns = tuple[Any, ...]

_encoder = msgspec.json.Encoder()
_identifiers = msgspec.json.Decoder(dict[str, list[str]])
_attempts = msgspec.json.Decoder(list[Attempt])
_fields = msgspec.json.Decoder(dict[str, Any])
_spare = msgspec.json.Decoder(list[Spare])
_list = msgspec.json.Decoder(list[Any])


def to_json(value: object) -> str:
    """Give a value as JSON text."""
    return _encoder.encode(value).decode()


def id_list(ids: Iterable[str]) -> str:
    """Give ids as the JSON list that ``json_each`` reads, each once."""
    return to_json(list(dict.fromkeys(ids)))


def event_columns(row: EventRow) -> Columns:
    """Give an event's columns; a duplicate is kept without its bytes."""
    return (
        row.seq,
        row.id,
        row.source,
        row.type,
        row.event,
        row.timestamp,
        row.received_at,
        row.status,
        b"" if row.status == "duplicate" else row.raw,
        row.profile_id,
        to_json(row.identifiers),
        row.reason,
        row.arrived_at,
        row.is_public,
        row.call,
    )


def event_row(columns: Columns) -> EventRow:
    """Read an event back."""
    values = list(columns)
    values[10], values[13] = _identifiers.decode(values[10]), bool(values[13])
    return EventRow(*values)


def link_columns(row: LinkRow) -> Columns:
    """Give the columns of one entry of the identity log."""
    return row.kind, row.profile_id, row.namespace, row.value, row.event_id, row.at, row.other_id


def link_row(columns: Columns) -> LinkRow:
    """Read an entry of the identity log back."""
    return LinkRow(*columns)


def decision_columns(row: DecisionRow) -> Columns:
    """Give a decision's columns."""
    return (
        row.id,
        row.trigger,
        row.outcome,
        to_json(row.reasons),
        row.at,
        row.event_id,
        row.profile_id,
        row.key,
        row.version,
        row.shadow,
        row.gate,
    )


def decision_row(columns: Columns) -> DecisionRow:
    """Read a decision back."""
    values = list(columns)
    values[3], values[9] = _list.decode(values[3]), bool(values[9])
    return DecisionRow(*values)


def delivery_columns(row: DeliveryRow) -> Columns:
    """Give a delivery's columns, all but its position."""
    return (
        row.id,
        row.decision_id,
        row.trigger,
        row.step,
        row.destination,
        row.action,
        to_json(row.fields),
        row.profile_id,
        str(row.status),
        row.due_at,
        row.created_at,
        row.channel,
        row.purpose,
        row.message,
        row.reason,
        row.reference,
        row.expires_at,
        to_json(row.attempts),
        to_json(row.spare),
        row.give_up_at,
        row.hops,
    )


def delivery_row(columns: Columns) -> DeliveryRow:
    """Read a delivery back."""
    values = list(columns)
    values[6], values[17] = _fields.decode(values[6]), _attempts.decode(values[17])
    values[18] = _spare.decode(values[18])
    return DeliveryRow(*values)
