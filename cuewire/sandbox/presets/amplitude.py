"""A fake of Amplitude's batch API, which counts each insert id once and refuses a batch for one bad event."""

from __future__ import annotations

import hmac
from typing import Any

from flask import Blueprint, Response, jsonify

from cuewire.sandbox.presets.shelf import Shelf
from cuewire.sandbox.presets.words import answered, read_json, refusing
from cuewire.sandbox.settings import SandboxSettings
from cuewire.sandbox.vendor import ALL_METHODS, Desk, watch

SHORTEST_ID = 5


def error(status: int, text: str) -> Response:
    """Write an error as Amplitude does."""
    return answered(status, {"code": status, "error": text})


def is_whole(event: Any, shortest: int) -> bool:
    """Say whether an event names its type and somebody."""
    if not isinstance(event, dict) or not event.get("event_type"):
        return False
    ids = [event[name] for name in ("user_id", "device_id") if event.get(name)]
    return bool(ids) and all(isinstance(one, str) and len(one) >= shortest for one in ids)


def amplitude(settings: SandboxSettings, desk: Desk, shelf: Shelf) -> Blueprint:
    """Build the route of api2.amplitude.com that we fake."""
    routes = Blueprint("amplitude", __name__, url_prefix="/amplitude")
    watch(routes, desk, refusing(error))

    @routes.post("/batch")
    def batch() -> Response:
        body = read_json()
        events = body.get("events") if isinstance(body, dict) else None
        if not isinstance(events, list) or not events:
            return error(400, "Request missing required field")
        if not hmac.compare_digest(str(body.get("api_key")).encode(), settings.amplitude_api_key.encode()):
            return error(400, f"Invalid API key: {body.get('api_key')}")
        shortest = (body.get("options") or {}).get("min_id_length", SHORTEST_ID)
        bad = [index for index, event in enumerate(events) if not is_whole(event, shortest)]
        if bad:
            found = {"events_with_missing_fields": {"user_id": bad}}
            return answered(400, {"code": 400, "error": "Request missing required field", **found})
        for event in events:
            shelf.keep("amplitude", "event", str(event.get("insert_id")), event)
        return jsonify(code=200, events_ingested=len(events))

    @routes.route("/<path:path>", methods=ALL_METHODS)
    def unknown(path: str) -> Response:
        return error(404, "not found")

    return routes
