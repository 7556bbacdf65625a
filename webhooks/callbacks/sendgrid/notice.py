"""SendGrid's events as calls, what they say of a delivery, and what they say of consent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.engine.digest import derive
from core.engine.instant import iso, parse_time
from core.errors import BadRequest
from core.pipeline.consenting import Heard
from core.ports import Delivered, Rejected
from webhooks.callbacks.base import Notified

#: The custom argument by which an event names its delivery.
DELIVERY = "cuewire_delivery"

#: On the way: it may still be delivered or not.
UNDER_WAY = frozenset(("processed", "deferred"))
REACHED = "delivered"
FAILED = frozenset(("bounce", "dropped"))

#: Told by the person: write to this address no more.
WITHDRAWALS = frozenset(("unsubscribe", "spamreport"))

#: Why SendGrid drops a mail to somebody who has said so before.
WITHDRAWN = ("unsubscribed address", "spam reporting address")

#: Reasons are the words of foreign mail servers.
LONGEST = 200


def read_event(item: Mapping[str, Any]) -> Notified:
    """Read one event of the Event Webhook."""
    kind = item.get("event")
    if not isinstance(kind, str) or not kind:
        raise BadRequest("is missing, or no text", field="event")
    properties = {**item, "category": categories(item)}
    at = parse_time(item.get("timestamp"))
    call: dict[str, Any] = {
        "type": "track",
        "event": kind,
        "messageId": id_of(item),
        "properties": properties,
    }
    return Notified(call | ({"timestamp": iso(at)} if at is not None else {}))


def id_of(item: Mapping[str, Any]) -> str:
    """Give the id by which a repeat is known."""
    given = item.get("sg_event_id")
    if isinstance(given, str) and given:
        return given
    return derive(
        "g", *(str(item.get(name, "")) for name in ("event", "email", "timestamp", "sg_message_id"))
    )


def categories(item: Mapping[str, Any]) -> list[Any]:
    """Give the categories, which SendGrid sends as a text where there is one."""
    found = item.get("category")
    return found if isinstance(found, list) else [found] if found else []


def delivery_of(item: Mapping[str, Any]) -> str:
    """Give the delivery that an event speaks of; empty where the mail was not ours."""
    found = item.get(DELIVERY)
    return found[:200] if isinstance(found, str) else ""


def outcome_of(item: Mapping[str, Any]) -> Delivered | Rejected | None:
    """Read what an event says of its delivery; None where it says nothing new."""
    kind = item.get("event")
    if kind == REACHED:
        return Delivered(REACHED, is_final=True)
    if kind in UNDER_WAY:
        return Delivered(str(kind))
    if kind in FAILED:
        told = item.get("reason") or item.get("response")
        return Rejected(f"{kind}: {told}"[:LONGEST] if told else str(kind))
    return None


def heard_of(item: Mapping[str, Any], source: str, raw: bytes) -> Heard | None:
    """Give what an address said about e-mail: that it wants no more of any kind; None where it said nothing."""
    kind, reason = item.get("event"), str(item.get("reason") or "")
    is_withdrawal = kind in WITHDRAWALS or (kind == "dropped" and reason.lower() in WITHDRAWN)
    address = item.get("email")
    if not is_withdrawal or not isinstance(address, str):
        return None
    return Heard(
        id=f"{id_of(item)}:consent",
        source=source,
        number=address,
        channels=("email",),
        granted=False,
        evidence={"callback_id": id_of(item), "answer": reason if kind == "dropped" else str(kind)},
        raw=raw,
        written="email",
    )
