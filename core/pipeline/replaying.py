"""What was set aside is read again, by the mappings of today, after somebody has mended them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import msgspec

from core.engine.rule import RuleSet
from core.pipeline.arriving import arrived
from core.pipeline.item import IGNORED, SET_ASIDE, Item
from core.pipeline.pipeline import Pipeline
from core.ports import Aside, EventRow, RawEvent, SetAside, Transaction

#: What may be read again: it had no effect.
STATUSES = (SET_ASIDE, IGNORED)

#: Rows of one transaction, so that a long replay does not hold up what comes in.
BATCH = 50

APPLIED, DUPLICATE = "applied", "duplicate"
GONE = "there is no source or callback {source} any more"

#: Reads the bytes of an item of which no call could be made before: by the rules, its source and its row.
Reread = Callable[[RuleSet, EventRow], Sequence[RawEvent | SetAside]]

_decoder = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True, slots=True)
class Again:
    """One item that was looked at again: its row as it was, what became of it, and why."""

    row: EventRow
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of one call; ``next`` is the place from which the next one goes on, None at the end."""

    items: Sequence[Again] = field(default_factory=tuple)
    next: str | None = None


class Replays:
    """Takes rows that had no effect through the same pipeline as what comes in."""

    def __init__(self, pipeline: Pipeline, reread: Reread) -> None:
        self._pipeline = pipeline
        self._reread = reread

    def run(self, wanted: Aside, *, is_dry_run: bool) -> Replayed:
        """Read rows again, the first to arrive first. A row that took effect is ``applied`` from then on."""
        store = self._pipeline.store
        page = store.read.aside(wanted)
        items: list[Again] = []
        for start in range(0, len(page.rows), BATCH):
            rows: Sequence[EventRow] = page.rows[start : start + BATCH]
            if is_dry_run:
                items += [self._tried(row) for row in rows]
            else:
                items += store.write(partial(self._taken, rows=rows))
        return Replayed(items, page.next)

    def _tried(self, row: EventRow) -> Again:
        """Tell what would become of a row, as far as it can be told without its person."""
        return _told(row, [_judged(item) for item in self._items(row)])

    def _taken(self, tx: Transaction, rows: Sequence[EventRow]) -> list[Again]:
        """Let rows act, each once: another call may have been quicker."""
        found = []
        for row in rows:
            if not tx.events.is_aside(row.seq):
                continue
            items = self._items(row)
            self._pipeline.retake(tx, row.source, items)
            again = _told(row, items)
            tx.events.mend(row.seq, again.status, again.reason)
            found.append(again)
        return found

    def _items(self, row: EventRow) -> list[Item]:
        """Read a row by the mappings of today; its time of arrival stays what it was."""
        rules = self._pipeline.rules
        if row.source not in rules.sources and row.source not in rules.callbacks:
            return [Item(row.raw, reason=GONE.format(source=row.source))]
        at = row.received_at if row.arrived_at is None else row.arrived_at
        return [arrived(row.source, one, rules, at) for one in self._raw(row, rules)]

    def _raw(self, row: EventRow, rules: RuleSet) -> Sequence[RawEvent | SetAside]:
        if row.call:
            call = _decoder.decode(row.call)
            return [RawEvent(row.raw, call, row.is_public, is_history=row.quiet)]
        return [_as_it_came(one, row) for one in self._reread(rules, row)] or [SetAside(row.raw, row.reason)]


def _as_it_came(one: RawEvent | SetAside, row: EventRow) -> RawEvent | SetAside:
    if isinstance(one, SetAside):
        return one
    return replace(one, is_public=one.is_public or row.is_public, is_history=row.quiet)


def _judged(item: Item) -> Item:
    if not item.reason:
        item.status = APPLIED
    return item


def _told(row: EventRow, items: Sequence[Item]) -> Again:
    """Say what became of a row of which several items may have been made: what is still wrong comes first."""
    for status in (SET_ASIDE, APPLIED, IGNORED):
        found = next((item for item in items if item.status == status), None)
        if found is not None:
            return Again(row, status, found.reason)
    return Again(row, items[0].status, items[0].reason)
