"""From a stored event back to what the engine took, calls of the API among them."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import structs

from core.engine.clean import clean
from core.engine.event import Event, Identifier
from core.engine.rule import RuleSet
from core.pipeline.calls import SOURCE
from core.pipeline.consenting import told_consent
from core.pipeline.ledger import CONSENT
from core.pipeline.linking import LINK, told_link
from core.pipeline.retelling import retold
from core.ports import EventRow

_objects = msgspec.json.Decoder(dict[str, Any])


def taken(row: EventRow, rules: RuleSet) -> Event | None:
    """Give the event that the engine took, under the name that it had then; None where that cannot be told."""
    if row.type == CONSENT:
        return told_consent(row)
    if row.type == LINK:
        return told_link(row)
    event = _fired(row) if row.source == SOURCE else retold(row, rules)
    return event and structs.replace(event, id=row.id, name=row.event, timestamp=row.timestamp)


def _fired(row: EventRow) -> Event | None:
    """Read a call of the API."""
    try:
        body = _objects.decode(row.raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    trigger, metadata = str(body.get("trigger_type", "")), body.get("metadata") or {}
    properties = clean(metadata, frozenset())
    return Event(
        id=row.id,
        seq=row.seq,
        source=row.source,
        type="trigger",
        name="",
        timestamp=row.timestamp,
        received_at=row.received_at,
        data={"type": "trigger", "messageId": row.id, "event": trigger, "properties": properties},
        identifiers=tuple(
            Identifier(ns, value) for ns, values in row.identifiers.items() for value in values
        ),
        trigger=trigger,
    )
