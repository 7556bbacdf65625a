"""Twilio's words: what became of a message, and what a number said."""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape

from core.engine.digest import derive
from core.pipeline.consenting import Heard
from core.ports import Delivered, Rejected
from webhooks.callbacks.keywords import TWILIO_ANSWERS, plain

#: What Twilio says after it has taken the message; none of these needs anything more from us.
TAKEN = frozenset(
    ("accepted", "scheduled", "queued", "sending", "sent", "delivered", "partially_delivered", "read")
)
#: What it says last; callbacks arrive out of order.
REACHED = frozenset(("delivered", "read"))
FAILED = frozenset(("failed", "undelivered", "canceled"))

#: The error of a number that has told Twilio to be left alone.
OPTED_OUT = "21610"

WHATSAPP = "whatsapp:"
XML = '<?xml version="1.0" encoding="UTF-8"?>'

#: No reply.
EMPTY = f"{XML}<Response></Response>"


def outcome_of(status: str, error_code: str) -> Delivered | Rejected | None:
    """Read Twilio's word; None for one that is not in its documentation."""
    if status in TAKEN:
        return Delivered(status, is_final=status in REACHED)
    if status in FAILED:
        reason = f"{status} (error {error_code})" if error_code else status
        return Rejected(reason, opted_out=error_code == OPTED_OUT)
    return None


def heard_of(params: Mapping[str, str], instance: str, body: bytes, *, is_granted: bool) -> Heard:
    """Say what a number said. No by WhatsApp is meant for SMS as well, yes only for what it came by."""
    sender = params.get("From", "")
    is_whatsapp = sender.startswith(WHATSAPP)
    by = "whatsapp" if is_whatsapp else "sms"
    message = message_of(params) or derive("i", body.decode("ascii", "replace"))
    return Heard(
        id=message,
        source=instance,
        number=sender.removeprefix(WHATSAPP),
        channels=("sms", "whatsapp") if is_whatsapp and not is_granted else (by,),
        granted=is_granted,
        evidence={"callback_id": message, "answer": params.get("Body", "")[:100], "to": params.get("To", "")},
        raw=body,
    )


def message_of(params: Mapping[str, str]) -> str:
    """Give Twilio's id of a message."""
    return params.get("MessageSid") or params.get("SmsSid", "")


def reply_to(params: Mapping[str, str], told: str, answers: Mapping[str, str]) -> str:
    """Write the answer: the file's own words, but where Twilio has answered already."""
    text = answers.get(told.lower(), "") if told else ""
    if not text or has_answered(params):
        return EMPTY
    return f"{XML}<Response><Message>{escape(text)}</Message></Response>"


def has_answered(params: Mapping[str, str]) -> bool:
    """Tell whether Twilio answers by itself: with Advanced Opt-Out, and its own English words by SMS."""
    if params.get("OptOutType"):
        return True
    return not params.get("From", "").startswith(WHATSAPP) and plain(params.get("Body", "")) in TWILIO_ANSWERS
