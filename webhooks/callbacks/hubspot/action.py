"""A step of a HubSpot workflow that fires a trigger, and what the workflow is told of it to branch on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from core.engine.callback import CallbackMapping, read_notice
from core.engine.event import Event
from core.engine.mapping import map_event
from core.errors import BadRequest
from webhooks.callbacks.hubspot.notice import CONTACT
from webhooks.services import Services

ACTION = "workflow.action"

#: Fields of the step that say what to do; every other one is metadata of the trigger.
TRIGGER, WAIT = "trigger", "wait_until"

#: What the second one may say; all else is an answer at once.
DELIVERED = "delivered"

SUCCESS, BLOCK = "SUCCESS", "BLOCK"

#: For how long HubSpot keeps somebody waiting in the step; deliveries are tried for a day.
LONGEST_WAIT = "P3D"

_encoder = msgspec.json.Encoder(order="deterministic")

NOBODY = "nobody has any of the contact's identifiers"


class WorkflowActions:
    """Fires triggers for the workflows of one account."""

    def __init__(self, services: Services, account: str) -> None:
        self.services = services
        self.account = account

    def act(self, body: Mapping[str, Any], callback: CallbackMapping) -> dict[str, str]:
        """Fire, once for each ``callbackId``, and give the fields that the step puts out."""
        callback_id, inputs = read_text(body, "callbackId"), read_map(body, "inputFields")
        trigger = read_text(inputs, TRIGGER, "inputFields.")
        event, unknown = self.person(body, callback)
        identifiers = dict(event.identifiers)
        if unknown != "create" and not self.is_known(identifiers):
            return output("ignored", NOBODY, "none")
        metadata = {name: value for name, value in inputs.items() if name not in (TRIGGER, WAIT)}
        # Kept as a call of the API, and without what may differ when HubSpot asks again.
        kept = {"trigger_type": trigger, "identifiers": identifiers, "metadata": metadata}
        call_id = self.services.triggers.fire(
            trigger,
            identifiers,
            metadata,
            idempotency_key=f"{self.account}:{callback_id}"[:255],
            raw=_encoder.encode({**kept, "callback_id": callback_id}),
        )
        waits = str(inputs.get(WAIT, "")).strip().lower() == DELIVERED
        told = self.services.workflows.told(call_id)
        if waits and not told.is_settled:
            self.services.workflows.block(self.account, callback_id, call_id)
            return {"hs_execution_state": BLOCK, "hs_expiration_duration": LONGEST_WAIT}
        return output(told.decision, told.reason, told.delivery_status)

    def person(self, body: Mapping[str, Any], callback: CallbackMapping) -> tuple[Event, str]:
        """Read whom the step is about, as the callback's file says."""
        call = person_call(body)
        read = read_notice(callback, call)
        event = map_event(
            call,
            read.mapping,
            self.services.rules().identity,
            seq=0,
            received_at=self.services.clock.now(),
            raw_id=ACTION,
        )
        if not event.identifiers:
            raise BadRequest(
                "names nobody: no usable identifier",
                field="object",
                hint=f"let `identifiers` of callbacks/{callback.name}.yaml find one in the contact",
            )
        return event, read.unknown

    def is_known(self, identifiers: Mapping[str, str]) -> bool:
        """Tell whether somebody has one of these."""
        return any(self.services.reader.owner(ns, value) for ns, value in identifiers.items())


def person_call(body: Mapping[str, Any]) -> dict[str, Any]:
    """Write the contact of a step as a call, so that it is read as any other notification is."""
    about = read_map(body, "object")
    known = read_map(about, "properties")
    kind, number = str(about.get("objectType") or CONTACT).lower(), about.get("objectId")
    ids = {"objectId": str(number)} if isinstance(number, int | str) else {}
    if ids and kind == CONTACT:
        ids["contactId"] = ids["objectId"]
    properties = {**known, "objectType": kind, **ids}
    return {"type": "track", "event": ACTION, "properties": properties, "traits": known}


def output(decision: str, reason: str, delivery_status: str) -> dict[str, str]:
    """Give a step's answer; a refusal is an answer too, and no failure."""
    return {
        "decision": decision,
        "reason": reason,
        "delivery_status": delivery_status,
        "hs_execution_state": SUCCESS,
    }


def read_map(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Read an object; one that is not there is empty."""
    found = body.get(name)
    if found is not None and not isinstance(found, Mapping):
        raise BadRequest(f"{name} is not an object.", field=name, hint="Send {...}.")
    return found or {}


def read_text(body: Mapping[str, Any], name: str, place: str = "") -> str:
    """Read a text that is owed."""
    found = body.get(name)
    if not isinstance(found, str) or not found.strip():
        raise BadRequest(
            f"{place}{name} is missing or not text.",
            field=f"{place}{name}",
            hint="`cuewire connect hubspot` prints the definition of the step that sends it.",
        )
    return found.strip()
