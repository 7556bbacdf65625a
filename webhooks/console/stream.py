"""Events, decisions and deliveries as one list, newest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from core.ports import DecisionRow, DeliveryRow, EventRow, Filter, Page, Reader
from webhooks.api.reading import EVENT_STATUSES, OUTCOMES, STATUSES

EVENT, DECISION, DELIVERY = "event", "decision", "delivery"

#: The statuses of each kind of row, by the plural that addresses use.
STATUSES_OF = {"events": EVENT_STATUSES, "decisions": OUTCOMES, "deliveries": STATUSES}
KINDS = tuple(STATUSES_OF)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the list; ``at`` is what it is ordered by."""

    kind: str
    at: int
    row: Any


@dataclass(frozen=True, slots=True)
class Stream:
    """One page of the list; ``next`` is a cursor where there is more of one kind."""

    entries: list[Entry]
    next: str | None = None
    is_cut: bool = False


def read_stream(reader: Reader, narrow: Filter, kind: str = "") -> Stream:
    """Read one kind, or the newest of all three."""
    wanted = [one for one in KINDS if kind in ("", one) and narrow.status in ("", *STATUSES_OF[one])]
    if kind:
        pages = [_read(reader, one, narrow) for one in wanted]
        return Stream([entry for page in pages for entry in entries(page.rows)], _next_of(pages))
    # A cursor belongs to one list: the newest of all three have none.
    pages = [_read(reader, one, replace(narrow, cursor="")) for one in wanted]
    found = newest_first(entry for page in pages for entry in entries(page.rows))
    is_cut = len(found) > narrow.limit or any(page.next for page in pages)
    return Stream(found[: narrow.limit], is_cut=is_cut)


def entries(rows: Iterable[EventRow | DecisionRow | DeliveryRow]) -> list[Entry]:
    """Make entries of rows of any kind."""
    return [_entry(row) for row in rows]


def newest_first(found: Iterable[Entry]) -> list[Entry]:
    """Order entries; at one moment what came of something stands above it."""
    return sorted(found, key=lambda entry: (entry.at, _RANK[entry.kind]), reverse=True)


_RANK = {EVENT: 0, DECISION: 1, DELIVERY: 2}


def _entry(row: EventRow | DecisionRow | DeliveryRow) -> Entry:
    if isinstance(row, EventRow):
        return Entry(EVENT, row.received_at, row)
    if isinstance(row, DecisionRow):
        return Entry(DECISION, row.at, row)
    return Entry(DELIVERY, row.created_at, row)


def _read(reader: Reader, kind: str, narrow: Filter) -> Page:
    lists: dict[str, Callable[[Filter], Page]] = {
        "events": reader.events,
        "decisions": reader.decisions,
        "deliveries": reader.deliveries,
    }
    return lists[kind](narrow)


def _next_of(pages: list[Page]) -> str | None:
    return pages[0].next if pages else None
