"""What Twilio passes on, as calls: how a message fares, and what a number answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.engine.digest import derive
from core.errors import BadRequest
from webhooks.callbacks.base import Notified
from webhooks.callbacks.keywords import meaning
from webhooks.callbacks.twilio.word import WHATSAPP, message_of

#: Begin the names by which a file knows them.
STATUS, REPLY = "message", "reply"

#: What the status of a message says that came to us.
CAME_IN = ("received", "receiving")


def read_notice(params: Mapping[str, Any]) -> Notified:
    """Read what a form says, whichever of the two it is."""
    told = {name: value for name, value in params.items() if isinstance(value, str)}
    status = status_of(told)
    if status and status not in CAME_IN:
        return Notified(status_call(told, status))
    if not told.get("From"):
        raise BadRequest("is missing: neither a status nor an answer", field="MessageStatus")
    return Notified(reply_call(told))


def status_of(params: Mapping[str, str]) -> str:
    """Give the status that a callback tells."""
    return params.get("MessageStatus") or params.get("SmsStatus", "")


def status_call(params: Mapping[str, str], status: str) -> dict[str, Any]:
    """Say how a message fares; ``number`` is the person's. The same word on the same message is one event."""
    return {
        "type": "track",
        "event": f"{STATUS}.{status}",
        "messageId": derive("tw", message_of(params), status, params.get("ErrorCode", "")),
        "properties": {**params, **person_of(params.get("To", ""))},
    }


def reply_call(params: Mapping[str, str]) -> dict[str, Any]:
    """Say what a number answered; a keyword in any of our languages has a name of its own."""
    told = meaning(params.get("Body", ""), params.get("OptOutType", ""))
    pairs = (f"{name}={value}" for name, value in sorted(params.items()))
    return {
        "type": "track",
        "event": f"{REPLY}.{told.lower()}" if told else REPLY,
        "messageId": derive("tw", REPLY, message_of(params) or "\n".join(pairs)),
        "properties": {**params, **person_of(params.get("From", ""))},
    }


def person_of(address: str) -> dict[str, str]:
    """Give the number and the channel of an address."""
    is_whatsapp = address.startswith(WHATSAPP)
    return {
        "number": address.removeprefix(WHATSAPP),
        "channel": "whatsapp" if is_whatsapp else "sms",
    }
