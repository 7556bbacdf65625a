"""A fake of Segment's tracking API: it answers success for nearly everything and keeps each message id once."""

from __future__ import annotations

import hmac
import math
import threading
from typing import Any

import msgspec
from flask import Blueprint, Response, jsonify, request

from cuewire.sandbox.faults import Fault
from cuewire.sandbox.ledger import iso_now
from cuewire.sandbox.settings import SandboxSettings
from cuewire.sandbox.vendor import ALL_METHODS, Desk, answer_as_asked, watch

TYPES = ("track", "identify", "group", "page", "screen", "alias")
LARGEST_BATCH = 500 * 1024
LARGEST_CALL = 32 * 1024
MOST_CALLS = 2500


class Calls:
    """The calls that count, by their message id, in order of arrival."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_id: dict[str, dict[str, Any]] = {}

    def take(self, call: dict[str, Any]) -> None:
        """Keep a call; one whose id is known changes nothing but its count."""
        with self._lock:
            kept = self._by_id.setdefault(call["messageId"], {**call, "at": iso_now(), "copies": 0})
            kept["copies"] += 1

    def rows(self) -> list[dict[str, Any]]:
        """List them, oldest first."""
        with self._lock:
            return [dict(call) for call in self._by_id.values()]


def is_counted(call: dict[str, Any]) -> bool:
    """Say whether Segment would show a call anywhere: it drops others without a word."""
    has_person = bool(call.get("userId") or call.get("anonymousId"))
    has_name = call.get("type") != "track" or bool(call.get("event"))
    has_id = isinstance(call.get("messageId"), str) and 0 < len(call["messageId"]) <= 100
    return call.get("type") in TYPES and has_person and has_name and has_id


def read_calls(raw: bytes) -> list[dict[str, Any]] | str:
    """Read a batch, or say why Segment refuses it."""
    if len(raw) > LARGEST_BATCH:
        return "payload too large"
    try:
        body = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return "malformed JSON"
    calls = body.get("batch") if isinstance(body, dict) else None
    if not isinstance(calls, list) or not all(isinstance(call, dict) for call in calls):
        return "batch must be a list of calls"
    if any(len(msgspec.json.encode(call)) > LARGEST_CALL for call in calls):
        return "a call is too large"
    # More calls than that are answered with success, and dropped.
    return calls if len(calls) <= MOST_CALLS else []


def error(status: int, message: str) -> Response:
    """Write an error in the form that Segment's clients read."""
    answer = jsonify(code="invalid_request" if status < 500 else "error", message=message)
    answer.status_code = status
    return answer


def refuse(fault: Fault) -> Response:
    """Answer a fault, as a rate limit where that was asked."""
    status = fault.status or 429
    answer = answer_as_asked(
        fault, error(status, "too many requests" if status == 429 else "fault").get_json()
    )
    if fault.rate_limit:
        seconds = str(math.ceil(fault.rate_limit.reset_in_s))
        answer.headers.update({"Retry-After": seconds, "X-RateLimit-Reset": seconds})
    return answer


def segment_out(settings: SandboxSettings, desk: Desk, calls: Calls) -> Blueprint:
    """Build the route of api.segment.io that our destination uses, under the destination's name."""
    routes = Blueprint("segment_out", __name__, url_prefix="/segment_out")
    watch(routes, desk, refuse)

    @routes.post("/v1/batch")
    def batch() -> Response:
        found = read_calls(request.get_data())
        if isinstance(found, str):
            return error(400, found)
        key = (request.authorization.username or "") if request.authorization else ""
        # The real answer to a wrong write key is success too; its calls are seen nowhere.
        if hmac.compare_digest(key.encode(), settings.segment_out_write_key.encode()):
            for call in filter(is_counted, found):
                calls.take(call)
        return jsonify(success=True)

    @routes.route("/<path:path>", methods=ALL_METHODS)
    def unknown(path: str) -> Response:
        return error(404, f"There is no endpoint /{path} here")

    return routes
