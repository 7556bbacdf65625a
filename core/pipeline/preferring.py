"""What a person says by a link of a message: what they want to hear of, and what no more."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

import msgspec

from core.engine import Profile
from core.engine.event import ConsentStatement, Identifier
from core.engine.instant import iso
from core.engine.rule import RuleSet
from core.errors import NotFound
from core.pipeline.consenting import consent_event
from core.pipeline.pipeline import Pipeline
from core.pipeline.rows import event_row
from core.pipeline.working import WorkingSet
from core.ports import Transaction

#: The name under which such events are stored.
SOURCE = "preferences"

_encoder = msgspec.json.Encoder()


class Preferences:
    """Takes a person's own statements through the same pipeline as events."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def prefer(
        self, profile_id: str, statements: tuple[ConsentStatement, ...], evidence: Mapping[str, str]
    ) -> str:
        """Record statements, all in one event; gives its id. Raises NotFound for who is no longer known."""
        return self._pipeline.store.write(lambda tx: self._prefer(tx, profile_id, statements, evidence))

    def _prefer(
        self,
        tx: Transaction,
        profile_id: str,
        statements: tuple[ConsentStatement, ...],
        evidence: Mapping[str, str],
    ) -> str:
        now, rules = self._pipeline.clock.now(), self._pipeline.rules
        people = WorkingSet(tx, rules, now)
        owner = tx.profiles.canonical(profile_id)
        people.load_profiles([owner])
        if owner not in people.profiles:
            raise NotFound("the person is no longer known", hint="nothing is sent to them any more")
        address = strongest(people.profiles[owner], rules)
        event = consent_event(f"c_{uuid4().hex[:24]}", SOURCE, statements, address, evidence)
        event = msgspec.structs.replace(event, seq=tx.events.next_seq(), timestamp=now, received_at=now)
        event.data["timestamp"] = iso(now)
        people.load([event])
        profile = people.take(event)
        raw = _encoder.encode(event.data)
        tx.events.add([event_row(event, raw, status="applied", profile_id=profile.id, call=raw)])
        self._pipeline.save(people)
        return event.id


def strongest(person: Profile, rules: RuleSet) -> tuple[Identifier, ...]:
    """Give what is strongest of a person's identifiers."""
    found = [
        Identifier(rule.namespace, min(person.identifiers[rule.namespace]))
        for rule in rules.identity.identifiers
        if person.identifiers.get(rule.namespace)
    ]
    if not found:
        raise NotFound(
            "the person has no identifier any more", hint="identity.yaml no longer names any of them"
        )
    return tuple(found[:1])
