"""Notifications about people whom nobody knows yet: kept, and applied when somebody turns out to be them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from core.engine.callback import mapping_of
from core.engine.digest import derive
from core.engine.event import Event, Identifier
from core.engine.mapping import map_event
from core.engine.rule import RuleSet
from core.errors import BadRequest
from core.pipeline.item import Item, in_order, take
from core.pipeline.memory import Memory
from core.pipeline.working import WorkingSet
from core.ports import Transaction
from core.store.mention import Mentions

#: Under keys that begin so they stand, once for each of their identifiers.
PREFIX = "parked:"

#: Ends an identifier; none holds a line break.
_END = "\n"

_decoder = msgspec.json.Decoder()


class Parked(msgspec.Struct):
    """One notification that waits; ``arrived`` is when it came."""

    source: str
    event_id: str
    arrived: int
    call: bytes
    names: tuple[tuple[str, str], ...]


def park(tx: Transaction, item: Item, now: int) -> None:
    """Keep a notification until somebody has one of its identifiers."""
    event = item.event
    assert event is not None
    names = tuple((one.namespace, one.value) for one in event.identifiers)
    kept = Parked(event.source, event.id, event.received_at, item.call or item.raw, names)
    text = msgspec.json.encode(kept).decode()
    for one in event.identifiers:
        tx.keys.put(_slot(one, event.id), text, now)


def release(people: WorkingSet, since: int, memory: Memory) -> WorkingSet | None:
    """Apply what waits for the identifiers that somebody has just got; None where nothing does."""
    tx, rules = people.tx, people.rules
    items = _waiting(tx, people.new_links, rules, since) if _parks(rules) and people.new_links else []
    if not items:
        return None
    then = WorkingSet(tx, rules, people.now, memory)
    then.load(item.event for item in items if item.event)
    rows = [take(then, item) for item in in_order(items)]
    rows = [msgspec.structs.replace(row, profile_id=then.standing(row.profile_id)) for row in rows]
    tx.events.add(sorted(rows, key=lambda row: row.seq))
    return then


def forget_parked(tx: Transaction, identifiers: Iterable[Identifier]) -> None:
    """Let go of every notification that waits and names somebody who is erased."""
    held = set(identifiers)
    mentions = Mentions(held)
    for key, text in tx.keys.starting(PREFIX).items():
        parked = msgspec.json.decode(text, type=Parked)
        is_named = any(Identifier(*pair) in held for pair in parked.names)
        if is_named or mentions.are_in(parked.call):
            tx.keys.drop(key)


def _parks(rules: RuleSet) -> bool:
    notices = (
        one for callback in rules.callbacks.values() for many in callback.notices.values() for one in many
    )
    return any(one.unknown == "park" for one in notices)


def _waiting(
    tx: Transaction, links: Sequence[tuple[str, str, str]], rules: RuleSet, since: int
) -> list[Item]:
    """Take out what is kept for these identifiers, each notification once."""
    waiting: dict[str, Parked] = {}
    for namespace, value, _ in links:
        for text in tx.keys.starting(_slot(Identifier(namespace, value), "")).values():
            parked = msgspec.json.decode(text, type=Parked)
            waiting[parked.event_id] = parked
    items = []
    for parked in waiting.values():
        for pair in parked.names:
            tx.keys.drop(_slot(Identifier(*pair), parked.event_id))
        event = _told(tx, parked, rules)
        if event is not None and not tx.events.known(parked.source, [parked.event_id], since):
            items.append(Item(parked.call, event, call=parked.call))
    return items


def _told(tx: Transaction, parked: Parked, rules: RuleSet) -> Event | None:
    """Read a notification by the mappings of today; None where they make no event of it."""
    call = _decoder.decode(parked.call)
    mapping = mapping_of(rules, parked.source, call)
    if mapping is None:
        return None
    try:
        return map_event(
            call,
            mapping,
            rules.identity,
            seq=tx.events.next_seq(),
            received_at=parked.arrived,
            raw_id=parked.event_id,
        )
    except BadRequest:
        return None


def _slot(one: Identifier, event_id: str) -> str:
    # An identifier may be as long as 500 characters, and what it begins with may be another's.
    return f"{PREFIX}{derive('i', one.namespace, one.value)}{_END}{event_id}"
