"""What the fakes of the presets share: reading a body, and refusing as their vendor does."""

from __future__ import annotations

import hmac
import math
from collections.abc import Callable
from typing import Any

import msgspec
from flask import Response, jsonify, request

from cuewire.sandbox.faults import Fault
from cuewire.sandbox.vendor import answer_as_asked

#: Writes an error as a vendor does: its status and what it says.
Write = Callable[[int, str], Response]


def read_json() -> Any:
    """Read the request's body; nothing where it is no JSON."""
    try:
        return msgspec.json.decode(request.get_data())
    except msgspec.DecodeError:
        return None


def is_user(user: str, password: str) -> bool:
    """Say whether the request names this user with this password; an empty name stands for any."""
    given = request.authorization
    if given is None or given.type != "basic":
        return False
    is_named = not user or hmac.compare_digest((given.username or "").encode(), user.encode())
    return is_named and hmac.compare_digest((given.password or "").encode(), password.encode())


def answered(status: int, body: Any) -> Response:
    """Answer JSON, or text as it is."""
    answer = Response(body, mimetype="text/plain") if isinstance(body, str) else jsonify(body)
    answer.status_code = status
    return answer


def refusing(write: Write) -> Callable[[Fault], Response]:
    """Answer faults in a vendor's words, with ``Retry-After`` where a rate limit was asked."""

    def refuse(fault: Fault) -> Response:
        status = fault.status or 429
        said = write(status, "too many requests" if status == 429 else "internal error")
        if fault.body is None:
            said.headers.update(fault.headers)
        else:
            said = answer_as_asked(fault, {})
        said.status_code = status
        if fault.rate_limit:
            said.headers["Retry-After"] = str(math.ceil(fault.rate_limit.reset_in_s))
        return said

    return refuse
