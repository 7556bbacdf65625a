"""A fake of Braze's /users/track: counts what it processed, names the bad objects, never de-duplicates."""

from __future__ import annotations

import hmac
import time
from typing import Any

import msgspec
from flask import Blueprint, Response, jsonify, request

from cuewire.sandbox.faults import Fault
from cuewire.sandbox.settings import SandboxSettings
from cuewire.sandbox.vendor import ALL_METHODS, Desk, answer_as_asked, watch

ARRAYS = ("attributes", "events", "purchases")
IDENTIFIERS = ("external_id", "user_alias", "braze_id", "email", "phone")
REQUIRED = {
    "attributes": (),
    "events": ("name", "time"),
    "purchases": ("product_id", "currency", "price", "time"),
}
OBJECT_LIMIT = 75
WINDOW_S = 3
WINDOW_LIMIT = 3000


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


def find_errors(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Name each object that Braze would leave out, by its array and index."""
    return [
        {"type": problem, "input_array": array, "index": index}
        for array in ARRAYS
        for index, item in enumerate(body.get(array) or [])
        if (problem := problem_of(array, item))
    ]


def problem_of(array: str, item: Any) -> str:
    """Say what is wrong with one object; empty text means nothing."""
    if not isinstance(item, dict):
        return f"The {array} array must hold objects"
    if not any(item.get(name) for name in IDENTIFIERS):
        names = "', '".join(IDENTIFIERS[:-1])
        return f"Either '{names}' or '{IDENTIFIERS[-1]}' is required"
    missing = [name for name in REQUIRED[array] if item.get(name) in (None, "")]
    return f"'{missing[0]}' is required" if missing else ""


def track(body: Any) -> tuple[dict[str, Any], int]:
    """Process a /users/track body: what Braze answers, and with which status."""
    if not isinstance(body, dict):
        return {"message": "The request body must be a JSON object"}, 400
    arrays = {name: body.get(name) or [] for name in ARRAYS}
    if not all(isinstance(items, list) for items in arrays.values()) or not any(arrays.values()):
        return {"message": "Valid data must be provided in 'attributes', 'events', or 'purchases'"}, 400
    if sum(map(len, arrays.values())) > OBJECT_LIMIT:
        return {"message": f"A maximum of {OBJECT_LIMIT} objects is allowed per request"}, 400
    errors = find_errors(body)
    if len(errors) == sum(map(len, arrays.values())):
        return {"message": "Valid data must be provided", "errors": errors}, 400
    counts = {f"{name}_processed": len(items) for name, items in arrays.items() if items}
    for problem in errors:
        counts[f"{problem['input_array']}_processed"] -= 1
    return {"message": "success", **counts, **({"errors": errors} if errors else {})}, 201


def braze(settings: SandboxSettings, desk: Desk) -> Blueprint:
    """Build the routes of a Braze REST cluster that we fake."""
    routes = Blueprint("braze", __name__, url_prefix="/braze")
    watch(routes, desk, refuse)
    window = Window()

    @routes.before_request
    def authenticate() -> Response | None:
        given = request.authorization
        token = (given.token or "") if given and given.type == "bearer" else ""
        if hmac.compare_digest(token.encode(), settings.braze_api_key.encode()):
            return None
        # The real answer repeats the key it was given, and leaves the rate headers empty.
        answer = jsonify(message=f"Invalid API key: {token}")
        answer.status_code = 401
        answer.headers.update(rate_headers("", "", ""))
        return answer

    @routes.post("/users/track")
    def users_track() -> Response:
        try:
            body = msgspec.json.decode(request.get_data())
        except msgspec.DecodeError:
            body = None
        content, status = track(body)
        answer = jsonify(content)
        answer.status_code = status
        answer.headers.update(window.headers())
        return answer

    @routes.route("/<path:path>", methods=ALL_METHODS)
    def unknown(path: str) -> tuple[Response, int]:
        return jsonify(message=f"There is no endpoint /{path} here"), 404

    return routes
