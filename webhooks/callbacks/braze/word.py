"""What Braze's events say of our deliveries, and of who wants no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.engine.digest import derive
from core.pipeline.consenting import Heard
from core.ports import Delivered, DeliveryRow, RawEvent, Rejected
from webhooks.callbacks.braze.notice import TRANSACTIONAL
from webhooks.callbacks.keywords import meaning

MESSAGES = "users.messages."

#: The last part of an event's name: on its way, there, and failed. Braze goes on trying after a soft bounce.
UNDER_WAY = {"Send": "sent", "CarrierSend": "sent", "SoftBounce": "soft bounce"}
REACHED = {"Delivery": "delivered", "Read": "read"}
FAILED = {
    "Bounce": "bounced",
    "DeliveryFailure": "undelivered",
    "Rejection": "rejected",
    "Failure": "failed",
    "Abort": "aborted",
}

#: The same of transactional e-mail.
TRANSACTIONAL_WORDS = {"sent": "Send", "processed": "Send", "delivered": "Delivery"}
TRANSACTIONAL_WORDS |= {"bounced": "Bounce", "aborted": "Abort"}

#: Where an event says why.
REASONS = ("bounce_reason", "abort_log", "error", "provider_error_code", "reason")
LONGEST = 200

#: How a delivery names its person, and how an event does.
PERSON = {
    "external_id": ("userId",),
    "braze_id": ("braze_id",),
    "email": ("email_address",),
    "phone": ("to_phone_number", "user_phone_number"),
}

#: What Braze's own reading of an inbound SMS means.
INBOUND = {"unsubscribed": "STOP", "subscribed": "START"}


def outcome_of(call: Mapping[str, Any]) -> Delivered | Rejected | None:
    """Read what an event says of its delivery; None where it says nothing of one."""
    kind, told = str(call["event"]), call["properties"]
    if kind.startswith(f"{TRANSACTIONAL}."):
        word = TRANSACTIONAL_WORDS.get(kind.partition(".")[2], "")
    else:
        word = kind.rpartition(".")[2] if kind.startswith(MESSAGES) else ""
    if word in UNDER_WAY:
        return Delivered(UNDER_WAY[word])
    if word in REACHED:
        return Delivered(REACHED[word], is_final=True)
    if word in FAILED:
        why = next((str(told[name]) for name in REASONS if told.get(name)), "")
        return Rejected(f"{FAILED[word]}: {why}"[:LONGEST] if why else FAILED[word])
    return None


def delivery_among(rows: Sequence[DeliveryRow], call: Mapping[str, Any]) -> str:
    """Give the one delivery of a dispatch that went to the event's person; empty where it is not certain."""
    told = {**call["properties"], "userId": call.get("userId")}
    found = [row.id for row in rows if is_about(row, told)]
    return found[0] if len(found) == 1 else ""


def is_about(row: DeliveryRow, told: Mapping[str, Any]) -> bool:
    """Tell whether a delivery names the person of an event by the same word."""
    named = [name for name in PERSON if row.fields.get(name)]
    return any(str(row.fields[name]) in [str(told.get(one)) for one in PERSON[name]] for name in named[:1])


def heard_of(item: RawEvent, source: str) -> Heard | None:
    """Give what an address or a number said; None where it said nothing."""
    kind, told = str(item.call["event"]), item.call["properties"]
    if kind in (f"{MESSAGES}email.Unsubscribe", f"{MESSAGES}email.MarkAsSpam"):
        return _heard(item, source, str(told.get("email_address") or ""), by="email", answer="STOP")
    for by in ("sms", "whatsapp"):
        if kind == f"{MESSAGES}{by}.InboundReceive":
            vendor = INBOUND.get(str(told.get("action")).lower(), "")
            answer = meaning(str(told.get("message_body") or ""), vendor)
            return _heard(item, source, str(told.get("user_phone_number") or ""), by=by, answer=answer)
    return None


def _heard(item: RawEvent, source: str, number: str, *, by: str, answer: str) -> Heard | None:
    """Say what a number said; no by WhatsApp is meant for SMS as well."""
    if not number or answer not in ("STOP", "START"):
        return None
    told = str(item.call.get("messageId") or derive("b", item.raw.decode("utf-8", "replace")))
    return Heard(
        id=f"{told}:consent",
        source=source,
        number=number,
        channels=("sms", "whatsapp") if by == "whatsapp" and answer == "STOP" else (by,),
        granted=answer == "START",
        evidence={"callback_id": told, "answer": str(item.call["event"])},
        raw=item.raw,
        written="email" if by == "email" else "e164",
    )
