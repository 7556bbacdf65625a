"""Give each of two people what is theirs of what was stored under one."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from core.engine import Profile, encode, next_due
from core.engine.event import Identifier
from core.ports import LinkRow
from core.store import compact, decisions, profiles
from core.store.apart import set_apart
from core.store.deliveries import hold_lanes
from core.store.queries import load
from core.store.rows import id_list, to_json
from core.store.transaction import EmbeddedTransaction

SQL = load("parting")
NOT_MET_OF = " ".join((SQL["not met of"], decisions.SQL["by keys"]))


class Side(NamedTuple):
    """One of two people: the profile, the older ids that lead to it, and the arrival numbers and ids of its events."""

    profile: Profile
    aliases: Collection[str]
    seqs: Collection[int]
    events: frozenset[str]


class Moved(NamedTuple):
    """How many rows went to the one who leaves."""

    events: int
    decisions: int
    deliveries: int


def part(tx: EmbeddedTransaction, old_id: str, sides: tuple[Side, Side], at: int) -> Moved:
    """Store two people in place of one: the first keeps what is nobody's in particular, the second leaves."""
    db = tx.connection
    family = profiles.family(db, old_id)
    _graph(tx, old_id, sides)
    moved = _rows(db, family, sides)
    for side in sides:
        hold_lanes(db, side.profile.id)
    identifiers = [_identifiers(side.profile) for side in sides]
    set_apart(db, at, identifiers)
    _note(tx, sides, identifiers[1], at)
    return moved


def _identifiers(profile: Profile) -> list[Identifier]:
    return [Identifier(ns, value) for ns, values in profile.identifiers.items() for value in values]


def _graph(tx: EmbeddedTransaction, old_id: str, sides: Iterable[Side]) -> None:
    """Store the people with their identifiers, their older ids and their segments."""
    db = tx.connection
    for name in ("remove aliases", "remove profile", "remove memberships"):
        db.execute(SQL[name], (old_id,))
    for profile, aliases, _, _ in sides:
        tx.profiles.put([(profile.id, encode(profile), next_due(profile))])
        tx.profiles.stamp([(profile.measures, profile.id)])
        tx.profiles.link([(*one, profile.id) for one in _identifiers(profile)])
        tx.profiles.enter([(segment, profile.id, since) for segment, since in profile.members.items()])
        db.executemany(SQL["alias"], [(alias, profile.id) for alias in aliases])


def _rows(db: sqlite3.Connection, family: Sequence[str], sides: tuple[Side, Side]) -> Moved:
    """Let events, decisions, deliveries and the log be those of the side that they belong to."""
    stays, leaves = sides
    for side in sides:
        db.executemany(SQL["move event"], [(side.profile.id, seq) for seq in side.seqs])
    of_decision = {
        row[1]: (row[0], _owner(row[2], sides)) for row in db.execute(SQL["decisions of"], (id_list(family),))
    }
    db.executemany(SQL["move decision"], [(owner, seq) for seq, owner in of_decision.values()])
    _move_not_met(db, family, sides)
    owners = {one: owner for one, (_, owner) in of_decision.items()}
    deliveries = [
        (owners.get(row[1], stays.profile.id), row[0])
        for row in db.execute(SQL["deliveries of"], (id_list(family),))
    ]
    db.executemany(SQL["move delivery"], deliveries)
    _move_links(db, family, sides)
    _move_outcomes(db, family, sides, owners)
    theirs = leaves.profile.id
    return Moved(
        events=len(leaves.seqs),
        decisions=sum(owner == theirs for owner in owners.values()),
        deliveries=sum(owner == theirs for owner, _ in deliveries),
    )


def _owner(event_id: str, sides: tuple[Side, Side]) -> str:
    stays, leaves = sides
    return (leaves if event_id in leaves.events else stays).profile.id


def _move_not_met(db: sqlite3.Connection, family: Sequence[str], sides: tuple[Side, Side]) -> None:
    sums = to_json([compact.checksum(one) for one in family])
    rows = db.execute(NOT_MET_OF, {"profiles": id_list(family), "checksums": sums}).fetchall()
    moves = [(_owner(event_id, sides), seq) for seq, event_id in rows]
    db.executemany(SQL["move not met"], moves)
    keys = [(seq // compact.BUCKET, compact.checksum(owner), seq) for owner, seq in moves]
    db.executemany(SQL["add key"], keys)


def _move_links(db: sqlite3.Connection, family: Sequence[str], sides: tuple[Side, Side]) -> None:
    """Let the log of each identifier go with it, and every other entry with its event."""
    held: Mapping[Identifier, str] = {
        one: side.profile.id for side in sides for one in _identifiers(side.profile)
    }
    rows = db.execute(SQL["links of"], (id_list(family),)).fetchall()
    moves = [
        (held.get(Identifier(namespace, value)) or _owner(event_id, sides), seq)
        for seq, namespace, value, event_id in rows
    ]
    db.executemany(SQL["move link"], moves)


def _move_outcomes(
    db: sqlite3.Connection,
    family: Sequence[str],
    sides: tuple[Side, Side],
    owners: Mapping[str, str],
) -> None:
    """Let conversions go with their decision, and statements of consent with the event that made them."""
    stays = sides[0].profile.id
    rows = db.execute(SQL["conversions of"], (id_list(family),)).fetchall()
    moves = [(owners.get(decision, stays), seq) for seq, decision in rows]
    db.executemany(SQL["move conversion"], moves)
    told = db.execute(SQL["consents of"], (id_list(family),)).fetchall()
    db.executemany(SQL["move consent"], [(_owner(event_id, sides), seq) for seq, event_id in told])


def _note(tx: EmbeddedTransaction, sides: tuple[Side, Side], left: Iterable[Identifier], at: int) -> None:
    """Write the split into both people's logs, with every identifier that left."""
    stays, leaves = (side.profile.id for side in sides)
    for one in left:
        tx.profiles.log(
            [
                LinkRow("split", mine, *one, event_id="", at=at, other_id=other)
                for mine, other in ((stays, leaves), (leaves, stays))
            ]
        )
