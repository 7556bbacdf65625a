"""Stored events and decisions as calls in Segment's spelling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from core.engine import decode
from core.engine.instant import iso
from core.engine.rule import RuleSet
from core.engine.scope import whole_numbers
from core.pipeline.retelling import retold
from core.pipeline.telling import DECISION_MADE
from core.ports import DecisionRow, Filter
from core.store.reader import EmbeddedReader
from cuewire.profile.export import PAGE, every

Call = dict[str, Any]

#: Where a call names a person, by the namespace.
PEOPLE = {"user_id": "userId", "anonymous_id": "anonymousId"}


def calls_of_events(reader: EmbeddedReader, rules: RuleSet, since: int) -> Iterator[Call]:
    """Give every event that took effect, in the order of arrival, as the present mappings read it."""
    for row in reader.stored():
        event = retold(row, rules) if row.status == "applied" and row.timestamp >= since else None
        if event is not None:
            yield {
                **whole_numbers(event.data),
                "type": event.type,
                "event": event.name,
                "messageId": event.id,
                "timestamp": iso(event.timestamp),
                "receivedAt": iso(event.received_at),
                **people_of(row.identifiers),
                "source": event.source,
            }


def calls_of_decisions(reader: EmbeddedReader, since: int, trigger: str) -> Iterator[Call]:
    """Give every decision but those that were not met, the latest first, as what a person did."""
    narrow = Filter(trigger=trigger, since=since, limit=PAGE)
    for row in every(reader.decisions, narrow):
        if row.outcome != "not_met":
            yield _call_of(row, _identifiers(reader, row.profile_id))


def people_of(identifiers: Mapping[str, Any]) -> dict[str, str]:
    """Name a person as a call does, by the value that stands last."""
    return {field: list(values)[-1] for ns, field in PEOPLE.items() if (values := identifiers.get(ns))}


def _identifiers(reader: EmbeddedReader, profile_id: str) -> Mapping[str, Any]:
    state = reader.profile(profile_id)
    return decode(state).identifiers if state else {}


def _call_of(row: DecisionRow, identifiers: Mapping[str, Any]) -> Call:
    told = {
        "trigger": row.trigger,
        "outcome": row.outcome,
        "decision_id": row.id,
        "version": row.version,
        "shadow": row.shadow,
        "event_id": row.event_id,
    }
    told |= {"key": row.key} if row.key is not None else {}
    told |= {"gate": row.gate} if row.gate else {}
    return {
        "type": "track",
        "event": DECISION_MADE,
        "messageId": f"cuewire-{row.id}",
        "timestamp": iso(row.at),
        **people_of(identifiers),
        "properties": told,
    }
