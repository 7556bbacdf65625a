"""How a person is named to Braze, and what a delivery's time is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.value import plain_text
from core.engine.instant import iso, parse_time
from core.ports import DeliveryRow, FieldSpec

#: One of them names the person; the first present is sent, as Braze takes exactly one.
IDENTIFIERS = (
    FieldSpec("external_id", "The person's id in Braze that you chose, usually the user_id."),
    FieldSpec("braze_id", "The person's id that Braze made."),
    FieldSpec("user_alias", "A map of alias_name and alias_label."),
    FieldSpec("email", "The person's e-mail address."),
    FieldSpec("phone", "The person's phone number with country code."),
)

#: By what a person is named whatever the action is.
EVERY = tuple(spec.name for spec in IDENTIFIERS)

#: By what an e-mail address or phone number chooses among several people, where Braze wants to be told.
LATEST = "most_recently_updated"


def identifiers(*names: str) -> tuple[FieldSpec, ...]:
    """Describe the identifiers that an action takes."""
    return tuple(spec for spec in IDENTIFIERS if spec.name in names)


def identifier(fields: Mapping[str, Any], names: Sequence[str] = EVERY) -> dict[str, Any]:
    """Choose the one identifier to send; empty when there is none."""
    for name in names:
        value = fields.get(name)
        if value in (None, "", {}):
            continue
        if name != "user_alias":
            return {name: plain_text(value)}
        if alias(value):
            return {name: alias(value)}
    return {}


def alias(value: object) -> dict[str, str]:
    """Read a user alias; empty where it is none."""
    if not isinstance(value, Mapping) or not {"alias_name", "alias_label"} <= value.keys():
        return {}
    return {name: plain_text(value[name]) for name in ("alias_name", "alias_label")}


def tracked(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Name the person of an object for /users/track."""
    found = identifier(fields)
    # Without this flag Braze drops an object for an alias it does not know yet, and answers success.
    return {**found, "_update_existing_only": False} if "user_alias" in found else found


def recipient(fields: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Name the person of a message, which Braze does in words of its own."""
    found = identifier(fields, names)
    if "external_id" in found:
        return {"external_user_id": found["external_id"]}
    return {**found, "prioritization": ["identified", LATEST]} if "email" in found else found


def when(delivery: DeliveryRow) -> str:
    """Say when something happened: as the field says, or when the delivery was made."""
    given = delivery.fields.get("time")
    # Braze reads ISO text alone, with its zone.
    at = parse_time(given) if given else None
    return iso(delivery.created_at if at is None else at)
