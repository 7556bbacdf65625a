"""How the fake Braze reads and writes: bodies, refusals and the limits that every answer tells of."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from flask import Response, jsonify, request

from cuewire.sandbox.contacts import Book
from cuewire.sandbox.faults import Fault
from cuewire.sandbox.vendor import answer_as_asked

IDENTIFIERS = ("external_id", "user_alias", "braze_id", "email", "phone")
WINDOW_S = 3
WINDOW_LIMIT = 3000


def new_book() -> Book:
    """Keep everything under ids as Braze writes them."""
    return Book("braze", lambda _kind, number: f"{number:032x}")


class Window:
    """Braze's fixed window of calls, for the headers of each answer."""

    def __init__(self) -> None:
        self._window = 0
        self._used = 0

    def headers(self) -> dict[str, str]:
        """Count one call and give the rate headers that go with it."""
        window = int(time.time()) // WINDOW_S
        if window != self._window:
            self._window, self._used = window, 0
        self._used += 1
        return rate_headers(max(WINDOW_LIMIT - self._used, 0), (window + 1) * WINDOW_S)


def rate_headers(remaining: int | str, reset: int | str, limit: int | str = WINDOW_LIMIT) -> dict[str, str]:
    """Write the three headers; the reset is in epoch seconds."""
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": str(reset),
    }


def refuse(fault: Fault) -> Response:
    """Answer a fault, as a rate limit where that was asked."""
    is_limit = (fault.status or 429) == 429
    text = (
        "Your account has made too many requests for this endpoint." if is_limit else "Internal server error"
    )
    answer = answer_as_asked(fault, {"message": text})
    if fault.rate_limit:
        answer.headers.update(rate_headers(0, fault.rate_limit.reset_at()))
    return answer


def read_json() -> Any:
    """Read the request's body; nothing where it is no JSON."""
    try:
        return msgspec.json.decode(request.get_data())
    except msgspec.DecodeError:
        return None


def read_object() -> dict[str, Any]:
    """Read the request's body where it must be an object; an empty one where it is not."""
    body = read_json()
    return body if isinstance(body, dict) else {}


def objects_in(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Give a list of objects, 1 to 50 of them; an empty one where it is something else."""
    found = body.get(name)
    is_list = isinstance(found, list) and 0 < len(found) <= 50 and all(isinstance(one, dict) for one in found)
    return found if isinstance(found, list) and is_list else []


def answered(code: int, /, **body: Any) -> Response:
    """Write an answer."""
    answer = jsonify(**body)
    answer.status_code = code
    return answer


def invalid(message: str) -> Response:
    """Refuse a request as a whole."""
    return answered(400, message=message)


def is_alias(value: Any) -> bool:
    """Say whether a value is a user alias."""
    return isinstance(value, dict) and bool(value.get("alias_name") and value.get("alias_label"))
