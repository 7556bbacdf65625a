"""A fake of Customer.io's Track API: people, and events that it counts once for each ULID."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, jsonify

from cuewire.sandbox.presets.shelf import Shelf
from cuewire.sandbox.presets.words import answered, is_user, read_json, refusing
from cuewire.sandbox.settings import SandboxSettings
from cuewire.sandbox.vendor import ALL_METHODS, Desk, watch

ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")

#: Later than this is no second of our days, but a millisecond.
LAST_SECOND = 10_000_000_000


def error(status: int, text: str) -> Response:
    """Write an error as Customer.io does."""
    return answered(status, {"meta": {"error": text}})


def problem_of_event(body: Any) -> str:
    """Say what is wrong with an event."""
    if not isinstance(body, dict) or not body.get("name"):
        return "name is required"
    at = body.get("timestamp", 0)
    if not isinstance(at, int) or at > LAST_SECOND:
        return "timestamp must be in seconds"
    return "" if ULID.fullmatch(str(body.get("id"))) else "id must be a ULID"


def customerio(settings: SandboxSettings, desk: Desk, shelf: Shelf) -> Blueprint:
    """Build the routes of track.customer.io that we fake."""
    routes = Blueprint("customerio", __name__, url_prefix="/customerio")
    watch(routes, desk, refusing(error))

    @routes.before_request
    def authenticate() -> Response | None:
        return (
            None
            if is_user(settings.customerio_site_id, settings.customerio_api_key)
            else error(401, "Unauthorized")
        )

    @routes.put("/api/v1/customers/<person>")
    def identify(person: str) -> Response:
        body = read_json()
        if not isinstance(body, dict):
            return error(400, "malformed JSON")
        shelf.keep("customerio", "person", person, body, lays_over=True)
        return jsonify({})

    @routes.post("/api/v1/customers/<person>/events")
    def event(person: str) -> Response:
        body = read_json()
        problem = problem_of_event(body)
        if problem:
            return error(400, problem)
        shelf.keep("customerio", "event", body["id"], {**body, "person": person})
        return jsonify({})

    @routes.route("/<path:path>", methods=ALL_METHODS)
    def unknown(path: str) -> Response:
        return error(404, "not found")

    return routes
