"""One call of the Segment spec: what makes it a call, and what its way here adds to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.engine.event import EVENT_TYPES
from core.errors import BadRequest
from webhooks.sources.segment.engage import computed

#: The calls a sender may make; ``trigger`` belongs to ``/api/trigger`` alone.
CALLS = tuple(kind for kind in EVENT_TYPES if kind != "trigger")
OBJECTS = ("properties", "traits", "context", "integrations")
IDS = ("userId", "anonymousId", "previousId", "groupId")
MESSAGE_ID_LENGTH = 100

#: Ids as older libraries, and some partners, spell them.
OLDER = {"user_id": "userId", "anonymous_id": "anonymousId"}

#: What a decoder gives for each; a bool is an int to isinstance, but no id.
OBJECT_TYPES = frozenset((dict, type(None)))
ID_TYPES = frozenset((str, int, float, type(None)))


def check_call(call: dict[str, Any]) -> None:
    """Refuse what is no call: an unknown type, or a field of the wrong kind; ids of the older spelling are read."""
    for older, name in OLDER.items():
        if older in call and not names_someone(call.get(name)):
            call[name] = call[older]
    kind = call.get("type")
    if kind not in CALLS:
        raise BadRequest(
            "The type is missing or unknown.", field="type", hint=f"Use one of {', '.join(CALLS)}."
        )
    for name in OBJECTS:
        if type(call.get(name)) not in OBJECT_TYPES:
            raise BadRequest(f"{name} is not an object.", field=name, hint="Send {...} or leave it out.")
    for name in IDS:
        if type(call.get(name)) not in ID_TYPES:
            raise BadRequest(f"{name} is not text.", field=name, hint="Send the id as text.")
    check_message_id(call)
    if kind == "track":
        check_text(call, "event", hint="Name what happened, such as Order Completed.")
    elif kind == "alias" and not names_someone(call.get("previousId")):
        raise BadRequest("previousId is missing.", field="previousId", hint="Send the anonymous id to join.")


def check_message_id(call: dict[str, Any]) -> None:
    """Refuse a message id that is no id; a number is read as text."""
    message_id = call.get("messageId")
    if message_id is None:
        return
    if isinstance(message_id, int) and not isinstance(message_id, bool):
        call["messageId"] = message_id = str(message_id)
    if not isinstance(message_id, str) or len(message_id) > MESSAGE_ID_LENGTH:
        raise BadRequest(
            f"messageId is not text of at most {MESSAGE_ID_LENGTH} characters.",
            field="messageId",
            hint="Send a UUID, the same one in each retry.",
        )


def check_text(call: Mapping[str, Any], name: str, *, hint: str) -> None:
    """Refuse a call that lacks a text."""
    value = call.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadRequest(f"{name} is missing or not text.", field=name, hint=hint)


def check_person(call: Mapping[str, Any]) -> None:
    """Refuse a call about nobody."""
    if not (names_someone(call.get("userId")) or names_someone(call.get("anonymousId"))):
        raise BadRequest(
            "userId and anonymousId are both missing.", field="userId", hint="Send at least one of the two."
        )


def names_someone(value: Any) -> bool:
    """Tell whether an id is there at all; whether it is believed is the identity rules' business."""
    return value is not None and bool(str(value).strip())


def tracked(call: dict[str, Any]) -> Mapping[str, Any]:
    """Make a call of an SDK ready: the key is not data, and its times are those of the client's clock.

    Only Segment's servers set ``originalTimestamp`` and ``receivedAt`` to say that they have corrected the
    clock; RudderStack's SDKs use the first for the client's own time.
    """
    for name in ("writeKey", "receivedAt"):
        call.pop(name, None)
    original = call.pop("originalTimestamp", None)
    if original and not call.get("timestamp"):
        call["timestamp"] = original
    return computed(call)


def forwarded(call: dict[str, Any]) -> Mapping[str, Any]:
    """Make a call that Segment forwards ready; a mapping there may have left out its type.

    Segment has corrected the clock already: with ``sentAt`` left in, a later retry would shift it again.
    """
    if "type" not in call and isinstance(call.get("event"), str):
        call["type"] = "track"
    check_call(call)
    call.pop("sentAt", None)
    return computed(call)
