"""The ``not_met`` decisions of one event and moment as one small row, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from zlib import crc32

import msgspec
from msgspec import Struct

from core.engine.decision import NOT_MET
from core.ports import DecisionRow
from core.store.rows import Columns, to_json

#: How many rows share one look-up; the same number as in ``sql/decisions.sql``.
BUCKET = 1 << 10


class Entry(Struct, array_like=True):
    """What differs between the decisions of one row."""

    id: str
    trigger: str
    reasons: list[Any]
    key: str | None
    version: str
    shadow: bool
    gate: str = ""


_entries = msgspec.json.Decoder(list[Entry])


def checksum(text: str) -> int:
    """Give the small number under which a text is filed; others may share it."""
    return crc32(text.encode())


def mark(trigger: str) -> str:
    """Give the text to look for in the list of a row's triggers."""
    return f"\n{trigger}\n"


def group(rows: Iterable[DecisionRow]) -> list[list[DecisionRow]]:
    """Sort decisions into those that share a row."""
    found: dict[tuple[str, str, int], list[DecisionRow]] = {}
    for row in rows:
        found.setdefault((row.event_id, row.profile_id, row.at), []).append(row)
    return list(found.values())


def columns_of(seq: int, kept_at: int, rows: Sequence[DecisionRow]) -> Columns:
    """Give the columns of the row that holds these decisions."""
    entries = [Entry(r.id, r.trigger, r.reasons, r.key, r.version, r.shadow, r.gate) for r in rows]
    triggers = "\n".join(["", *(row.trigger for row in rows), ""])
    first = rows[0]
    return seq, first.at, first.event_id, first.profile_id, kept_at, triggers, to_json(entries)


def keys_of(seq: int, rows: Sequence[DecisionRow]) -> list[tuple[int, int, int]]:
    """Give what the row is found by: its decisions' ids, its event and its profile."""
    texts = [*(row.id for row in rows), rows[0].event_id, rows[0].profile_id]
    return [(seq // BUCKET, checksum(text), seq) for text in texts]


def expand(columns: Columns) -> list[DecisionRow]:
    """Give the decisions of one row (event, profile, moment and body)."""
    at, event_id, profile_id, body = columns
    return [
        DecisionRow(
            id=entry.id,
            trigger=entry.trigger,
            outcome=NOT_MET,
            reasons=entry.reasons,
            at=at,
            event_id=event_id,
            profile_id=profile_id,
            key=entry.key,
            version=entry.version,
            shadow=entry.shadow,
            gate=entry.gate,
        )
        for entry in _entries.decode(body)
    ]
