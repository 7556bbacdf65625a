"""The rows that other products import, each made of one call in Segment's spelling."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from core.engine.instant import parse_time

Call = Mapping[str, Any]
Row = dict[str, Any]

#: Under it the ids of rows are made, so that a second export of the same gives the same.
_ROWS = uuid.UUID("5d3c8b0e-6f51-4c36-9a0f-0b9a6d6c1b55")

#: What these products count; the other calls say what people are, not what they do.
_COUNTED = ("track", "page", "screen")


def segment(call: Call) -> Row | None:
    """Give a line of history, which ``cuewire import`` and ``cuewire simulate`` read."""
    return dict(call)


def mixpanel(call: Call) -> Row | None:
    """Give an event of Mixpanel's import (docs.mixpanel.com/reference/import-events); its insert id is a UUID."""
    if call["type"] not in _COUNTED:
        return None
    who, device = call.get("userId", ""), call.get("anonymousId", "")
    known = {"$user_id": who} if who else {}
    known |= {"$device_id": device} if device else {}
    return {
        "event": call["event"],
        "properties": {
            **call.get("properties", {}),
            **known,
            "time": parse_time(call["timestamp"]),
            "distinct_id": who or device,
            "$insert_id": _id_of(call),
        },
    }


def amplitude(call: Call) -> Row | None:
    """Give an event of Amplitude's batch upload (amplitude.com/docs/apis/analytics/batch-event-upload)."""
    who, device = call.get("userId", ""), call.get("anonymousId", "")
    if call["type"] not in _COUNTED or not (who or device):
        return None
    people = {"user_id": who} if who else {}
    people |= {"device_id": device} if device else {}
    return {
        **people,
        "event_type": call["event"],
        "time": parse_time(call["timestamp"]),
        "insert_id": _id_of(call),
        "event_properties": call.get("properties", {}),
    }


def heap(call: Call) -> Row | None:
    """Give an event of Heap's bulk track (developers.heap.io/reference/bulk-track): it takes one of two ids."""
    who, device = call.get("userId", ""), call.get("anonymousId", "")
    # A Heap user id is a number in text; any other anonymous id is nobody there.
    one = {"identity": who} if who else {"user_id": device} if _is_number(device) else {}
    if call["type"] not in _COUNTED or not one:
        return None
    return {
        **one,
        "event": call["event"],
        "timestamp": call["timestamp"],
        "properties": call.get("properties", {}),
        "idempotency_key": _id_of(call),
    }


FORMS: dict[str, Callable[[Call], Row | None]] = {
    "segment": segment,
    "mixpanel": mixpanel,
    "amplitude": amplitude,
    "heap": heap,
}


def _id_of(call: Call) -> str:
    return str(uuid.uuid5(_ROWS, f"{call.get('source', '')} {call['messageId']}"))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) < 2**53
