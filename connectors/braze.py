"""Braze: custom events and profile attributes for its campaigns and canvases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.base import Destination, action
from connectors.value import plain_text
from core.ports import (
    Delivered,
    DeliveryRow,
    FieldSpec,
    Outcome,
    Rejected,
    Repeats,
    Unknown,
)
from core.secret import Secret

#: One of them names the person; the first present is sent, as Braze takes exactly one.
IDENTIFIERS = (
    FieldSpec("external_id", "The person's id in Braze that you chose, usually the user_id."),
    FieldSpec("braze_id", "The person's id that Braze made."),
    FieldSpec("user_alias", "A map of alias_name and alias_label."),
    FieldSpec("email", "The person's e-mail address."),
    FieldSpec("phone", "The person's phone number with country code."),
)

EVENT = (
    FieldSpec("name", "The name of the event in Braze."),
    FieldSpec("time", "When it happened, as ISO text; else when the delivery was made."),
    FieldSpec("properties", "A map of properties of the event."),
    FieldSpec("app_id", "The app the event belongs to, where the workspace has several."),
)

#: Attribute operators that count or append: a second send would do it twice.
UNREPEATABLE = {"inc", "add", "$add"}


class Braze(Destination):
    """Track events and update profiles in Braze."""

    title = "Braze"

    @dataclass(frozen=True)
    class Settings:
        """What an operator sets for Braze."""

        api_key: Secret  #: REST API key with the permission users.track.
        base_url: str = "https://rest.iad-01.braze.com"  #: REST endpoint of your cluster.

    def connect(self) -> None:
        """Open one session for all threads."""
        from connectors.transport import Bearer, open_session  # requests is slow to import

        self.session = open_session(self.base_url)
        self.session.auth = Bearer(self.settings.api_key.reveal())

    @action(repeats=Repeats.AT_MOST_ONCE, fields=(*EVENT, *IDENTIFIERS), requires=("name",))
    def track_event(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Record a custom event for a person."""
        return self._track("events", [event_object(delivery) for delivery in batch])

    @action(repeats=Repeats.IDEMPOTENT, fields=IDENTIFIERS, open_fields=True)
    def update_profile(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Set attributes of a person; every other field is an attribute."""
        return self._track("attributes", [attributes_object(delivery) for delivery in batch])

    def refusal(self, delivery: DeliveryRow) -> str:
        """Refuse what Braze would drop without a word, or would do twice."""
        fields = delivery.fields
        if not identifier(fields):
            return f"one of the fields {', '.join(spec.name for spec in IDENTIFIERS)} must name the person"
        if delivery.action == "track_event":
            return "" if is_map_or_absent(fields.get("properties")) else "the field properties is not a map"
        for name, value in fields.items():
            if isinstance(value, Mapping) and UNREPEATABLE & value.keys():
                return (
                    f"the field {name} counts or appends, which a retry would do twice; set the value itself"
                )
        return ""

    def _track(self, array: str, objects: list[dict[str, Any]]) -> list[Outcome]:
        """Send objects of one kind and read the answer for each of them."""
        from connectors.transport import TIMEOUT, json_object

        response = self.session.post(f"{self.base_url}/users/track", json={array: objects}, timeout=TIMEOUT)
        body = json_object(response)
        # 202 "queued" is Braze in maintenance: it has the data and applies it later.
        if body.get("message") not in ("success", "queued"):
            return [Unknown("Braze gave an answer that does not say success")] * len(objects)
        return read_answer(body, array, len(objects))


def read_answer(body: Mapping[str, Any], array: str, count: int) -> list[Outcome]:
    """Tell which objects of an accepted request were refused: the others were processed."""
    outcomes: list[Outcome] = [Delivered(str(body["message"]))] * count
    errors = body.get("errors") or []
    for error in errors if isinstance(errors, list) else [errors]:
        detail = error if isinstance(error, Mapping) else {"type": error}
        index = refused_index(detail, array, count)
        if index is None:
            return [Unknown(f"Braze reported an error without saying for what: {detail.get('type')}")] * count
        outcomes[index] = Rejected(f"Braze refused it: {detail.get('type')}")
    return outcomes


def refused_index(error: Mapping[str, Any], array: str, count: int) -> int | None:
    """Find the object that an error is about."""
    if error.get("input_array", array) != array:
        return None
    index = error.get("index", 0 if count == 1 else None)
    return index if isinstance(index, int) and 0 <= index < count else None


def event_object(delivery: DeliveryRow) -> dict[str, Any]:
    """Build Braze's event object."""
    fields = delivery.fields
    made = {
        **identifier(fields),
        "name": str(fields["name"]),
        "time": str(fields.get("time") or iso(delivery.created_at)),
    }
    optional = {name: fields[name] for name in ("properties", "app_id") if fields.get(name)}
    return {**made, **optional}


def attributes_object(delivery: DeliveryRow) -> dict[str, Any]:
    """Build Braze's user attributes object; e-mail and phone are attributes too."""
    named = {"external_id", "braze_id", "user_alias"}
    attributes = {name: value for name, value in delivery.fields.items() if name not in named}
    return {**attributes, **identifier(delivery.fields)}


def identifier(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Choose the one identifier to send; empty when there is none."""
    for spec in IDENTIFIERS:
        value = fields.get(spec.name)
        if value in (None, "", {}):
            continue
        if spec.name != "user_alias":
            return {spec.name: plain_text(value)}
        if isinstance(value, Mapping) and {"alias_name", "alias_label"} <= value.keys():
            alias = {name: plain_text(value[name]) for name in ("alias_name", "alias_label")}
            # Without this flag Braze drops an object for an alias it does not know yet, and answers success.
            return {"user_alias": alias, "_update_existing_only": False}
    return {}


def is_map_or_absent(value: object) -> bool:
    """Say whether a value can stand where Braze wants a map."""
    return value is None or isinstance(value, Mapping)


def iso(at: int) -> str:
    """Write milliseconds as ISO UTC."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
