"""Fire a trigger by its name, and tell what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, request

from core.config.nearest import did_you_mean
from core.errors import BadRequest, NotFound
from webhooks.answers import json_answer
from webhooks.api.query import read_args
from webhooks.api.shapes import decision_shape, delivery_shape
from webhooks.hops import in_metadata, read_hops
from webhooks.payload import read_object
from webhooks.receiver import read_body
from webhooks.services import Services

FIELDS = ("user_id", "identifiers", "trigger_type", "metadata")
KEY_HEADER = "Idempotency-Key"
KEY_LENGTH = 255


class TriggerApi:
    """Take calls that declare a trigger's anchor met."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def fire(self) -> Response:
        """Fire a trigger; the same Idempotency-Key with the same body gives the same id again."""
        raw = read_body(request.environ, self.services.limits.event)
        body = read_object(raw)
        check_fields(body)
        trigger_id = self.services.triggers.fire(
            read_name(body),
            read_identifiers(body),
            in_metadata(read_metadata(body), read_hops(request.headers)),
            idempotency_key=read_key(),
            raw=raw,
        )
        return json_answer({"trigger_id": trigger_id}, 202)

    def status(self) -> Response:
        """Show what became of the call that ``trigger_id`` names."""
        trigger_id = read_args(("trigger_id",)).get("trigger_id", "")
        if not trigger_id:
            raise BadRequest(
                "trigger_id is missing.", field="trigger_id", hint="POST /api/trigger answered with it."
            )
        return self.show(trigger_id)

    def show(self, trigger_id: str) -> Response:
        """Show a call's decision with its reasons, and each delivery's state."""
        reader = self.services.reader
        event = reader.event(trigger_id)
        if event is None or event.type != "trigger":
            raise NotFound(
                "No call has this id.",
                field="trigger_id",
                hint="Use the id that POST /api/trigger answered with.",
            )
        decisions = reader.decisions_of_event(trigger_id)
        ids = [decision.id for decision in decisions]
        deliveries = reader.deliveries_of(ids) if ids else []
        return json_answer(
            {
                "trigger_id": trigger_id,
                "decision": decision_shape(decisions[0]) if decisions else None,
                "deliveries": [delivery_shape(row) for row in deliveries],
                "converted": bool(ids and reader.conversions_of(ids)),
                **({"reason": event.reason} if event.reason else {}),
            }
        )


def check_fields(body: Mapping[str, Any], known: Sequence[str] = FIELDS) -> None:
    """Refuse fields that would be ignored."""
    for name in body:
        if name not in known:
            raise BadRequest(
                f"There is no field {name[:80]!r}.", field=name[:80], hint=did_you_mean(name[:80], known)
            )


def read_name(body: Mapping[str, Any]) -> str:
    """Read which trigger to fire."""
    name = body.get("trigger_type")
    if not isinstance(name, str) or not name:
        raise BadRequest(
            "trigger_type is missing or not text.",
            field="trigger_type",
            hint="Name a file of mappings/triggers.",
        )
    return name


def read_identifiers(body: Mapping[str, Any]) -> dict[str, str]:
    """Read whom it is about, from ``user_id`` and ``identifiers``."""
    given = body.get("identifiers")
    if not isinstance(given, dict | None):
        raise BadRequest("identifiers is not an object.", field="identifiers", hint='Send {"email": "..."}.')
    found = {name: read_identifier(value, f"identifiers.{name}") for name, value in (given or {}).items()}
    if body.get("user_id") is not None:
        user_id = read_identifier(body["user_id"], "user_id")
        if found.setdefault("user_id", user_id) != user_id:
            raise BadRequest("user_id is given twice and differs.", field="user_id", hint="Give it once.")
    if not found:
        raise BadRequest("Nobody is named.", field="user_id", hint="Send user_id or identifiers.")
    return found


def read_identifier(value: Any, field: str) -> str:
    """Read an identifier's value; a whole number is read as text."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise BadRequest(f"{field} is empty or not text.", field=field, hint="Send the identifier as text.")
    return value


def read_metadata(body: Mapping[str, Any]) -> dict[str, Any]:
    """Read what stands where an event's properties do."""
    metadata = body.get("metadata")
    if not isinstance(metadata, dict | None):
        raise BadRequest("metadata is not an object.", field="metadata", hint="Send {...} or leave it out.")
    return metadata or {}


def read_key() -> str | None:
    """Read the Idempotency-Key, if there is one."""
    key = request.headers.get(KEY_HEADER)
    if key is None:
        return None
    if not key.strip() or len(key) > KEY_LENGTH or not key.isascii() or not key.isprintable():
        raise BadRequest(
            f"{KEY_HEADER} is not 1 to {KEY_LENGTH} printable ASCII characters.",
            field=KEY_HEADER,
            hint="Use a UUID.",
        )
    return key
