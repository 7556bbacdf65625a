"""Calls of ``/api/trigger``: the person, the trigger, and the key that makes a repeat harmless."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from core.engine.clean import clean
from core.engine.digest import derive
from core.engine.event import Event, Identifier
from core.engine.mapping import normalise
from core.engine.own import keep_hops
from core.engine.rule import IdentityRules, RuleSet
from core.errors import BadRequest, Conflict, NotFound
from core.ports import Transaction

#: The name under which calls are stored.
SOURCE = "api"

#: A repeated Idempotency-Key is recognised for this long.
KEY_SPAN = 7 * 24 * 3_600_000


@dataclass(frozen=True)
class Call:
    """One call: ``identifiers`` by namespace, ``metadata`` stands where ``properties`` do."""

    trigger: str
    identifiers: Mapping[str, str]
    metadata: Mapping[str, Any]
    raw: bytes
    idempotency_key: str = ""

    def check(self, rules: RuleSet) -> None:
        """Refuse a trigger that is not there, and a person who is not named."""
        trigger = rules.triggers.get(self.trigger)
        if trigger is None or trigger.status == "draft":
            raise NotFound(
                f"there is no published trigger {self.trigger!r}",
                field="trigger_type",
                hint="use the name of a trigger file whose status is live or shadow",
            )
        if not identifiers_of(self, rules.identity):
            raise BadRequest(
                "names nobody: no usable identifier",
                field="identifiers",
                hint="send user_id, or identifiers with a namespace of identity.yaml",
            )


def identifiers_of(call: Call, identity: IdentityRules) -> tuple[Identifier, ...]:
    """Normalise a call's identifiers, strongest first; an unknown namespace is refused."""
    known = [rule.namespace for rule in identity.identifiers]
    for namespace in call.identifiers:
        if namespace not in known:
            raise BadRequest(
                f"{namespace!r} is not a namespace of identity.yaml",
                field=f"identifiers.{namespace}",
                hint=f"use one of {', '.join(known)}",
            )
    return normalise(call.identifiers, identity)


def remembered(tx: Transaction, call: Call, now: int) -> str:
    """Give the id of an earlier call with the same key; another body under that key is refused."""
    stamp = tx.keys.get(_slot(call)) if call.idempotency_key else None
    if not stamp:
        return ""
    digest, at, trigger_id = stamp.split(" ")
    if now - int(at) >= KEY_SPAN:
        return ""
    if digest != _digest(call):
        raise Conflict(
            "this Idempotency-Key came before with another body",
            field="Idempotency-Key",
            hint="use a new key for a new call",
        )
    return trigger_id


def remember(tx: Transaction, call: Call, trigger_id: str, now: int) -> None:
    """Keep a call's key with what it was for."""
    if call.idempotency_key:
        tx.keys.put(_slot(call), f"{_digest(call)} {now} {trigger_id}", now)


def _slot(call: Call) -> str:
    return f"call:{call.idempotency_key}"


def _digest(call: Call) -> str:
    return derive("b", call.raw.decode("utf-8", "replace"))


def call_event(call: Call, rules: RuleSet, seq: int, now: int) -> Event:
    """Turn a call into the event that the engine takes."""
    properties = clean(call.metadata, frozenset())
    event_id = f"t_{uuid4().hex[:24]}"
    data = {"type": "trigger", "messageId": event_id, "event": call.trigger, "properties": properties}
    keep_hops(data)
    return Event(
        id=event_id,
        seq=seq,
        source=SOURCE,
        type="trigger",
        name="",
        timestamp=now,
        received_at=now,
        data=data,
        identifiers=identifiers_of(call, rules.identity),
        trigger=call.trigger,
    )
