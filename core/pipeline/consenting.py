"""Consent that is stated outside any source's events: by the API, by a reply from a phone, by a refused number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

import msgspec

from core.engine import Profile
from core.engine.digest import derive
from core.engine.event import ConsentStatement, Event, Identifier
from core.engine.instant import iso
from core.engine.mapping import normalise
from core.engine.rule import IdentityRules, RuleSet
from core.errors import BadRequest
from core.pipeline.calls import SOURCE, Call, identifiers_of, remember, remembered
from core.pipeline.item import Item, take
from core.pipeline.ledger import CONSENT, EVIDENCE
from core.pipeline.pipeline import DEDUPE_SPAN, Pipeline
from core.pipeline.rows import event_row
from core.pipeline.working import WorkingSet
from core.ports import DeliveryRow, EventRow, Transaction

#: The key of the API has no other name yet.
API_KEY = {"api_key": "CUEWIRE_API_KEY"}

_encoder = msgspec.json.Encoder()
_objects = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True)
class Stated:
    """One statement that somebody hands in about a person; ``evidence`` is what it rests on."""

    identifiers: Mapping[str, str]
    purpose: str
    channel: str
    granted: bool
    evidence: Mapping[str, str]
    raw: bytes
    idempotency_key: str = ""


@dataclass(frozen=True)
class Heard:
    """What a number, or an e-mail address, said about the channels it can be written to by.

    ``id`` is the vendor's, once for each message; ``written`` is how identity.yaml normalises such a number. ``at`` is
    when it was said, where that is not now: what was said later stands.
    """

    id: str
    source: str
    number: str
    channels: tuple[str, ...]
    granted: bool
    evidence: Mapping[str, str]
    raw: bytes = b""
    written: Literal["e164", "email"] = "e164"
    at: int = 0


class Consents:
    """Takes statements through the same pipeline as events, each in one transaction."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def state(self, stated: Stated) -> str:
        """Record a statement about one person; gives the id of the event it became."""
        return self._pipeline.store.write(lambda tx: self._state(tx, stated))

    def hear(self, heard: Heard) -> int:
        """Let a number speak for everyone who has it; gives how many people that were."""
        return self._pipeline.store.write(lambda tx: self.hear_in(tx, heard))

    def hear_in(self, tx: Transaction, heard: Heard, *, also: str = "", is_known: bool = False) -> int:
        """Do the same inside a transaction; ``also`` is a person it concerns in any case.

        A number that nobody has becomes a person by a refusal, which is not forgotten when somebody turns out to have
        it; not where it ``is_known`` whom it concerns. The same message has no second effect.
        """
        now, rules = self._pipeline.clock.now(), self._pipeline.rules
        if tx.events.known(heard.source, [heard.id], now - DEDUPE_SPAN):
            return 0
        numbers = addresses(heard, rules.identity)
        holders = {one for number in numbers for one in tx.consents.holders(*number)}
        people = WorkingSet(tx, rules, now)
        people.load_profiles(holders | ({tx.profiles.canonical(also)} if also else set()))
        owners = sorted(people.profiles.values(), key=lambda one: (not own_of(one, numbers), one.id))
        events = [
            _event_for(person, heard, rules, numbers, place=place) for place, person in enumerate(owners)
        ]
        if not events and numbers and not (is_known or heard.granted):
            events = [_event(heard.id, heard, _statements(heard, rules.purposes), numbers[:1])]
        people.load(events)
        tx.events.add([self._take(tx, people, event, heard) for event in events])
        self._pipeline.save(people)
        return len(events)

    def opted_out(self, row: DeliveryRow, reason: str) -> None:
        """Take a destination's word that the person told it to write no more, for everyone with that number."""
        self._pipeline.store.write(lambda tx: self.opted_out_in(tx, row, reason))

    def opted_out_in(self, tx: Transaction, row: DeliveryRow, reason: str) -> None:
        """Do the same inside a transaction."""
        heard = Heard(
            id=f"{row.id}:opted_out",
            source=row.destination,
            number=str(row.fields.get("to", "")),
            channels=(row.channel,),
            granted=False,
            evidence={"delivery_id": row.id, "answer": reason},
            written="email" if row.channel == "email" else "e164",
        )
        self.hear_in(tx, heard, also=row.profile_id, is_known=True)

    def _take(self, tx: Transaction, people: WorkingSet, event: Event, heard: Heard) -> EventRow:
        at = heard.at or people.now
        event = msgspec.structs.replace(event, seq=tx.events.next_seq(), timestamp=at, received_at=people.now)
        event.data["timestamp"] = iso(at)
        row = take(people, Item(heard.raw, event, call=_encoder.encode(event.data)))
        return msgspec.structs.replace(row, profile_id=people.standing(row.profile_id))

    def _state(self, tx: Transaction, stated: Stated) -> str:
        now, rules = self._pipeline.clock.now(), self._pipeline.rules
        call = Call("", stated.identifiers, {}, stated.raw, stated.idempotency_key)
        identifiers = identifiers_of(call, rules.identity)
        check(stated, identifiers, rules)
        known = remembered(tx, call, now)
        if known:
            return known
        statement = ConsentStatement(stated.purpose, stated.channel, stated.granted)
        event = consent_event(
            f"c_{uuid4().hex[:24]}", SOURCE, (statement,), identifiers, {**stated.evidence, **API_KEY}
        )
        event = msgspec.structs.replace(event, seq=tx.events.next_seq(), timestamp=now, received_at=now)
        people = WorkingSet(tx, rules, now)
        people.load([event])
        profile = people.take(event)
        kept = _encoder.encode(event.data)
        tx.events.add([event_row(event, stated.raw, status="applied", profile_id=profile.id, call=kept)])
        remember(tx, call, event.id, now)
        self._pipeline.save(people)
        return event.id


def check(stated: Stated, identifiers: tuple[Identifier, ...], rules: RuleSet) -> None:
    """Refuse a statement about nobody, or for a purpose that is not there."""
    if not identifiers:
        raise BadRequest(
            "names nobody: no usable identifier",
            field="identifiers",
            hint="send user_id, or identifiers with a namespace of identity.yaml",
        )
    if stated.purpose not in rules.purposes:
        raise BadRequest(
            f"there is no purpose {stated.purpose[:80]!r}",
            field="purpose",
            hint=f"policy.yaml has {', '.join(sorted(rules.purposes))}",
        )


def consent_event(
    event_id: str,
    source: str,
    statements: tuple[ConsentStatement, ...],
    identifiers: tuple[Identifier, ...],
    evidence: Mapping[str, str],
) -> Event:
    """Make an event that says nothing but consent; its times and its place are given when it arrives."""
    told = [{"purpose": one.purpose, "channel": one.channel, "granted": one.granted} for one in statements]
    return Event(
        id=event_id,
        seq=0,
        source=source,
        type=CONSENT,
        name="",
        timestamp=0,
        received_at=0,
        data={"type": CONSENT, "messageId": event_id, "consent": told, EVIDENCE: dict(evidence)},
        identifiers=identifiers,
        consent=statements,
    )


def told_consent(row: EventRow) -> Event | None:
    """Read such an event back as it was taken; None where its row no longer tells it."""
    try:
        data = _objects.decode(row.call)
        statements = msgspec.convert(data.get("consent"), tuple[ConsentStatement, ...])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    identifiers = tuple(Identifier(ns, value) for ns, values in row.identifiers.items() for value in values)
    event = consent_event(row.id, row.source, statements, identifiers, data.get(EVIDENCE) or {})
    return msgspec.structs.replace(
        event, seq=row.seq, timestamp=row.timestamp, received_at=row.received_at, data=data
    )


def addresses(heard: Heard, identity: IdentityRules) -> tuple[Identifier, ...]:
    """Give a number as the identifiers it can be: those of the namespaces that are written as it is."""
    names = [rule.namespace for rule in identity.identifiers if rule.normalise == heard.written]
    return normalise(dict.fromkeys(names, heard.number), identity)


def own_of(person: Profile, numbers: Iterable[Identifier]) -> list[Identifier]:
    """Give those of some identifiers that are a person's own."""
    return [one for one in numbers if one.value in person.identifiers.get(one.namespace, {})]


def _event_for(
    person: Profile, heard: Heard, rules: RuleSet, numbers: tuple[Identifier, ...], *, place: int
) -> Event:
    """Address one of the holders: by the number where it is theirs, else by what is strongest of theirs."""
    strongest = [
        Identifier(rule.namespace, min(person.identifiers[rule.namespace]))
        for rule in rules.identity.identifiers
        if person.identifiers.get(rule.namespace)
    ]
    address = tuple([*own_of(person, numbers), *strongest][:1])
    event_id = derive("e", heard.id, person.id) if place else heard.id
    purposes = {*rules.purposes, *(name.rpartition("/")[0] for name in person.consent)}
    said = _taken_back(person, heard) if heard.granted else _statements(heard, purposes)
    return _event(event_id, heard, said, address)


def _event(
    event_id: str,
    heard: Heard,
    statements: tuple[ConsentStatement, ...],
    identifiers: tuple[Identifier, ...],
) -> Event:
    return consent_event(event_id, heard.source, statements, identifiers, heard.evidence)


def _statements(heard: Heard, purposes: Iterable[str]) -> tuple[ConsentStatement, ...]:
    names = sorted(purposes)
    return tuple(
        ConsentStatement(name, channel, granted=False) for name in names for channel in heard.channels
    )


def _taken_back(person: Profile, heard: Heard) -> tuple[ConsentStatement, ...]:
    """Agree to what a person had refused of these channels, and to nothing else: a mere "yes" may mean anything."""
    refused = (name.rpartition("/") for name, one in sorted(person.consent.items()) if not one.granted)
    return tuple(
        ConsentStatement(purpose, channel, granted=True)
        for purpose, _, channel in refused
        if channel in heard.channels
    )
