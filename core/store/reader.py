"""Read-only questions, answered from the last commit, from any thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from core.ports import (
    AlertRow,
    ArrivalRow,
    Aside,
    ConversionNumbers,
    ConversionRow,
    DayRow,
    DecisionRow,
    DeliveryRow,
    EventRow,
    Filter,
    LinkRow,
    Page,
    PoolRow,
    StateRow,
    StepNumbers,
)
from core.store import (
    alerts,
    codes,
    compact,
    consents,
    conversions,
    decisions,
    deliveries,
    events,
    keys,
    people,
    profiles,
)
from core.store.apart import Pin, read_apart
from core.store.connections import Connections
from core.store.decision_list import list_decisions
from core.store.lists import list_aside, list_deliveries, list_events
from core.store.past import past
from core.store.rows import decision_row, delivery_row, event_row, id_list, link_row, to_json

DECISIONS_OF_EVENT = " ".join((decisions.SQL["rows"], "NOT INDEXED WHERE", decisions.SQL["of event"]))
COMPACT_BY_KEYS = " ".join((decisions.SQL["compact rows"], "NOT INDEXED WHERE", decisions.SQL["by keys"]))
DELIVERIES_BY_REFERENCE = " ".join((deliveries.SQL["rows"], deliveries.SQL["by reference"]))
DELIVERIES_OF = " ".join((deliveries.SQL["rows"], "WHERE", deliveries.SQL["of decisions"]))

#: Events that a walk over all of them reads at a time.
WALK = 1_000


class EmbeddedReader:
    """Ask without ever waiting for the writer."""

    def __init__(self, path: Path) -> None:
        self._connections = Connections(path)

    def events(self, narrow: Filter) -> Page:
        """List events, the last to arrive first."""
        with self._connections.snapshot() as db:
            return list_events(db, narrow)

    def stored(self) -> Iterator[EventRow]:
        """Walk over all events, whole, in the order of arrival; no read lasts longer than one page."""
        last = 0
        while True:
            with self._connections.snapshot() as db:
                found = db.execute(events.SQL["stored"], (last, WALK)).fetchall()
            yield from map(event_row, found)
            if len(found) < WALK:
                return
            last = found[-1][0]

    def aside(self, wanted: Aside) -> Page:
        """List events without effect whole, the first to arrive first."""
        with self._connections.snapshot() as db:
            return list_aside(db, wanted)

    def decisions(self, narrow: Filter) -> Page:
        """List decisions, the latest first."""
        with self._connections.snapshot() as db:
            return list_decisions(db, narrow)

    def deliveries(self, narrow: Filter) -> Page:
        """List deliveries, the last made first."""
        with self._connections.snapshot() as db:
            return list_deliveries(db, narrow)

    def event(self, event_id: str) -> EventRow | None:
        """Give an event by the sender's id: of several, the one that took effect."""
        with self._connections.snapshot() as db:
            found = db.execute(events.SQL["by id"], (event_id,)).fetchone()
        return event_row(found) if found else None

    def decisions_of_event(self, event_id: str) -> list[DecisionRow]:
        """Give what was decided on account of an event, the earliest first."""
        with self._connections.snapshot() as db:
            whole = [decision_row(row[1:]) for row in db.execute(DECISIONS_OF_EVENT, {"event": event_id})]
            small = [row for row in _filed_under(db, event_id) if row.event_id == event_id]
        ids = {row.id for row in whole}
        found = whole + [row for row in small if row.id not in ids]
        return sorted(found, key=lambda row: (row.at, row.trigger))

    def decision(self, decision_id: str) -> DecisionRow | None:
        """Give a decision; a ``not_met`` one only where none of this id came to more."""
        with self._connections.snapshot() as db:
            found = db.execute(decisions.BY_ID, (decision_id,)).fetchone()
            if found:
                return decision_row(found[1:])
            return next((row for row in _filed_under(db, decision_id) if row.id == decision_id), None)

    def deliveries_of(self, decision_ids: Sequence[str]) -> list[DeliveryRow]:
        """Give the deliveries of some decisions, in the order of their steps."""
        with self._connections.snapshot() as db:
            found = db.execute(DELIVERIES_OF, {"decisions": id_list(decision_ids)})
            return [delivery_row(row) for row in found]

    def to_give_up(self, now: int) -> list[str]:
        """Name the destinations for which something has waited for longer than another channel's patience."""
        with self._connections.snapshot() as db:
            return [name for (name,) in db.execute(deliveries.SQL["to give up"], (now,))]

    def delivery(self, delivery_id: str) -> DeliveryRow | None:
        """Give one delivery."""
        with self._connections.snapshot() as db:
            return deliveries.Deliveries(db).get(delivery_id)

    def deliveries_by_reference(self, destination: str, reference: str) -> list[DeliveryRow]:
        """Give what a destination knows under an id of its own."""
        with self._connections.snapshot() as db:
            found = db.execute(DELIVERIES_BY_REFERENCE, (reference, destination))
            return [delivery_row(row) for row in found]

    def owner(self, namespace: str, value: str) -> str | None:
        """Tell which profile an identifier leads to."""
        with self._connections.snapshot() as db:
            found = db.execute(profiles.SQL["owner"], (namespace, value)).fetchone()
        return found[0] if found else None

    def profile(self, profile_id: str) -> bytes | None:
        """Give a profile's bytes, by its id or one that was merged into it."""
        with self._connections.snapshot() as db:
            standing = profiles.canonical(db, profile_id)
            found = db.execute(profiles.SQL["state"], (standing,)).fetchone()
        return found[0] if found else None

    def links(self, profile_id: str) -> list[LinkRow]:
        """Give the identity log of a profile and of those merged into it, the oldest first."""
        with self._connections.snapshot() as db:
            ids = id_list(profiles.family(db, profile_id))
            return [link_row(row) for row in db.execute(profiles.SQL["links"], (ids,))]

    def past(self, profile_id: str, names: Collection[str] | None, limit: int) -> list[EventRow]:
        """Give a person's applied events of these names in order, of more than ``limit`` the last to arrive."""
        with self._connections.snapshot() as db:
            return past(db, profile_id, names, limit=limit)

    def identity_log(self, narrow: Filter) -> Page:
        """List the identity log of a person, the newest entry first; the status is the kind."""
        with self._connections.snapshot() as db:
            return people.list_links(db, narrow)

    def apart(self) -> list[Pin]:
        """Give the identifiers that were split by hand."""
        with self._connections.snapshot() as db:
            return read_apart(db)

    def members(self, segment: str, narrow: Filter) -> Page:
        """List who is in a segment, the last to enter first."""
        with self._connections.snapshot() as db:
            return people.list_members(db, segment, narrow)

    def people(self, after: str, limit: int) -> list[StateRow]:
        """Give profiles in the order of their ids."""
        with self._connections.snapshot() as db:
            return [StateRow(*row) for row in db.execute(profiles.SQL["in order"], (after, limit))]

    def timed(self, place: tuple[str, int], limit: int) -> list[StateRow]:
        """Give profiles with a timer, the next due first, from a place on."""
        with self._connections.snapshot() as db:
            return people.timed(db, place, limit)

    def unfilled(self, measures: str, after: tuple[str, int], limit: int) -> list[StateRow]:
        """Give profiles that do not cover these measures, from a place on."""
        with self._connections.snapshot() as db:
            return people.unfilled(db, measures, after=after, limit=limit)

    def count_unfilled(self, measures: str) -> int:
        """Count the profiles that do not cover these measures."""
        with self._connections.snapshot() as db:
            found: int = db.execute(profiles.SQL["count unfilled"], (measures,)).fetchone()[0]
        return found

    def days(self, since: int) -> list[DayRow]:
        """Count decisions by trigger, day, outcome and gate, from a day (since 1970, UTC) on."""
        with self._connections.snapshot() as db:
            return [DayRow(*row) for row in db.execute(decisions.SQL["days"], (since,))]

    def last_fired(self) -> dict[str, int]:
        """Give for each trigger that ever fired the latest ``at`` of a firing."""
        with self._connections.snapshot() as db:
            return dict(db.execute(decisions.SQL["last fired"]).fetchall())

    def published(self) -> dict[str, int]:
        """Give for each trigger since when its present anchor applies."""
        with self._connections.snapshot() as db:
            return dict(db.execute(keys.SQL["stamps"]).fetchall())

    def conversions(self, narrow: Filter) -> Page:
        """List conversions, the latest first."""
        with self._connections.snapshot() as db:
            return conversions.list_conversions(db, narrow)

    def conversions_of(self, decision_ids: Sequence[str]) -> list[ConversionRow]:
        """Give the conversions of some decisions, the earliest first."""
        with self._connections.snapshot() as db:
            return conversions.conversions_of(db, decision_ids)

    def conversion_numbers(self, since: int) -> list[ConversionNumbers]:
        """Add up by trigger what the decisions from a time on came to."""
        with self._connections.snapshot() as db:
            return conversions.numbers(db, since)

    def step_numbers(self, trigger: str, since: int) -> list[StepNumbers]:
        """Count what arrived of a trigger's steps from a time on, and what of it converted."""
        with self._connections.snapshot() as db:
            return conversions.step_numbers(db, trigger, since)

    def consent_log(self, narrow: Filter) -> Page:
        """List the consent ledger of a person, the newest entry first."""
        with self._connections.snapshot() as db:
            return consents.list_consents(db, narrow)

    def code_pools(self, now: int) -> list[PoolRow]:
        """Give every pool of codes, and how many are free, given and expired."""
        with self._connections.snapshot() as db:
            return codes.list_pools(db, now)

    def alerts(self, status: str, limit: int) -> list[AlertRow]:
        """List alerts: the open ones first, then the last to open first."""
        with self._connections.snapshot() as db:
            return alerts.list_alerts(db, status, limit)

    def untold(self) -> list[AlertRow]:
        """Give the alerts of which somebody is still to be told, in the order in which they opened."""
        with self._connections.snapshot() as db:
            return alerts.untold(db)

    def open_alerts(self) -> dict[str, int]:
        """Count the open alerts by kind."""
        with self._connections.snapshot() as db:
            return alerts.open_alerts(db)

    def arrivals(self) -> list[ArrivalRow]:
        """Give what sources brought lately, in order."""
        with self._connections.snapshot() as db:
            return alerts.arrivals(db)

    def firings(self, since: int) -> list[DayRow]:
        """Count the firings of each trigger by day, from a day on, and tell when it last fired, in order."""
        with self._connections.snapshot() as db:
            return alerts.firings(db, since)

    def first_due(self, destination: str) -> int | None:
        """Give when the next delivery to this destination is due."""
        with self._connections.snapshot() as db:
            return deliveries.Deliveries(db).first_due(destination)

    def counts(self) -> dict[str, int]:
        """Give ``events.applied``, ``decisions.fired``, ``segments.vip``, ``profiles`` and so on."""
        with self._connections.snapshot() as db:
            return dict(db.execute(keys.SQL["counts"]).fetchall())

    def close(self) -> None:
        """Close every connection."""
        self._connections.close()


def _filed_under(db: sqlite3.Connection, text: str) -> Iterable[DecisionRow]:
    """Give the ``not_met`` decisions of all rows that may have to do with an id."""
    found = db.execute(COMPACT_BY_KEYS, {"checksums": to_json([compact.checksum(text)])})
    return [decision for row in found for decision in compact.expand(row[1:])]
