"""Erase a person: everything that tells of them goes, what only counts stays."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from core.engine import decode
from core.engine.event import Identifier
from core.errors import StoreError
from core.store import decisions, profiles
from core.store.apart import forget_apart
from core.store.compact import checksum
from core.store.mention import Mentions
from core.store.past import steps
from core.store.queries import load
from core.store.rows import id_list, to_json
from core.store.transaction import EmbeddedTransaction

SQL = load("erasure")
NOT_MET_OF = " ".join((SQL["not met of"], decisions.SQL["by keys"]))

#: Findings of the last audit name people.
LAST_AUDIT = "audit.last"

#: What of a reason tells of the rule and not of the person.
_KEPT = ("gate", "passed", "expression", "step")

_reasons = msgspec.json.Decoder(list[dict[str, Any]])
_identifiers = msgspec.json.Decoder(dict[str, list[str]])


class Erased(Struct):
    """How much went: ``profiles`` are the ids the person ever had, ``cancelled`` deliveries that had not left."""

    profiles: list[str]
    identifiers: int
    events: int
    decisions: int
    deliveries: int
    cancelled: int
    timers: int


def erase(tx: EmbeddedTransaction, profile_id: str) -> Erased:
    """Erase the person of a present id."""
    db = tx.connection
    state = tx.profiles.states([profile_id]).get(profile_id)
    if state is None:
        raise StoreError(f"There is no profile {profile_id}.", hint="`cuewire profile show` finds people.")
    profile = decode(state)
    ids = profiles.family(db, profile_id)
    held = _held(profile.identifiers)
    seqs = [step[0] for step in steps(db, profile_id)]
    seqs += list(_unused(db, held))
    _mark(db, seqs)
    timers = sum(map(len, profile.cases.values())) + sum(map(len, profile.journeys.values()))
    timers += sum(map(len, profile.digests.values()))
    timers += sum(date.armed for date in profile.dates.values())
    cancelled = db.execute(SQL["count open deliveries"], (id_list(ids),)).fetchone()[0]
    deliveries = db.execute(SQL["mark deliveries"], (id_list(ids),)).rowcount
    decided = _decisions(db, ids)
    identifiers = _graph(db, ids, held)
    return Erased(ids, identifiers, len(seqs), decided, deliveries, cancelled, timers)


def identifiers_of(tx: EmbeddedTransaction, profile_id: str) -> set[Identifier]:
    """Give by what the person of a present id is known."""
    state = tx.profiles.states([profile_id]).get(profile_id)
    return set() if state is None else _held(decode(state).identifiers)


def is_sending(tx: EmbeddedTransaction, profile_id: str) -> bool:
    """Tell whether a message to the person is on its way out at this moment."""
    family = id_list(profiles.family(tx.connection, profile_id))
    return tx.connection.execute(SQL["is sending"], (family,)).fetchone() is not None


def forget_named(tx: EmbeddedTransaction, held: set[Identifier]) -> None:
    """Empty the events that took no effect and name somebody whom nobody here is."""
    _mark(tx.connection, list(_unused(tx.connection, held)))


def _held(identifiers: Mapping[str, Iterable[str]]) -> set[Identifier]:
    """Give identifiers as pairs."""
    return {Identifier(ns, value) for ns, values in identifiers.items() for value in values}


def _mark(db: sqlite3.Connection, seqs: list[int]) -> None:
    """Leave of events that they were there."""
    for start in range(0, len(seqs), 500):
        db.execute(SQL["mark events"], (to_json(seqs[start : start + 500]),))


def _unused(db: sqlite3.Connection, held: set[Identifier]) -> Iterable[int]:
    """Find events that took no effect and name the person, also where nobody could read them."""
    mentions = Mentions(held)
    for seq, identifiers, raw in db.execute(SQL["unused events"]):
        named = _identifiers.decode(identifiers)
        is_named = any(Identifier(ns, value) in held for ns, values in named.items() for value in values)
        if is_named or mentions.are_in(raw):
            yield seq


def _decisions(db: sqlite3.Connection, ids: list[str]) -> int:
    """Keep which gate was asked what, and forget whom and what it saw; ``not_met`` ones go."""
    rows = db.execute(SQL["decisions of"], (id_list(ids),)).fetchall()
    for seq, reasons in rows:
        kept = [{name: one[name] for name in _KEPT if name in one} for one in _reasons.decode(reasons)]
        db.execute(
            SQL["mark decision"], (to_json([{"saw": None, "needed": None} | one for one in kept]), seq)
        )
    sums = to_json([checksum(one) for one in ids])
    found = db.execute(NOT_MET_OF, {"profiles": id_list(ids), "checksums": sums}).fetchall()
    small = to_json([row[0] for row in found])
    db.execute(SQL["remove not met"], (small,))
    db.execute(SQL["remove not met keys"], (small,))
    return len(rows) + len(found)


def _graph(db: sqlite3.Connection, ids: list[str], held: set[Identifier]) -> int:
    """Remove the profile and all that leads to it; gives how many identifiers there were."""
    family = (id_list(ids),)
    removed = db.execute(SQL["remove identifiers"], family).rowcount
    named = ("profiles", "aliases", "links", "memberships", "consents")
    for name in (*(f"remove {one}" for one in named), "mark conversions"):
        db.execute(SQL[name], family)
    forget_apart(db, held)
    db.execute(SQL["forget key"], (LAST_AUDIT,))
    return removed
