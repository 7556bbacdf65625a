"""A fake of Mixpanel: an import that tells which events it refused, and profiles that answer 200 always."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, jsonify, request

from cuewire.sandbox.presets.shelf import Shelf
from cuewire.sandbox.presets.words import answered, is_user, read_json, refusing
from cuewire.sandbox.settings import SandboxSettings
from cuewire.sandbox.vendor import ALL_METHODS, Desk, watch

INSERT_ID = re.compile(r"[A-Za-z0-9-]{1,36}")
MOST_EVENTS = 2_000


def error(status: int, text: str) -> Response:
    """Write an error as Mixpanel does."""
    return answered(status, {"code": status, "error": text, "status": "Bad Request"})


def problem_of(event: Any) -> str:
    """Say why one event would not be imported."""
    given = event.get("properties") if isinstance(event, dict) else None
    if not isinstance(given, dict) or not event.get("event"):
        return "'event' is required"
    if not INSERT_ID.fullmatch(str(given.get("$insert_id", ""))):
        return "'properties.$insert_id' is invalid: must be at most 36 letters, digits or -"
    return "" if isinstance(given.get("time"), int) else "'properties.time' is invalid: must be specified"


def failed(events: list[Any]) -> list[dict[str, Any]]:
    """List the events that are refused."""
    found = [(index, problem_of(event)) for index, event in enumerate(events)]
    return [{"index": index, "message": problem} for index, problem in found if problem]


def mixpanel(settings: SandboxSettings, desk: Desk, shelf: Shelf) -> Blueprint:
    """Build the routes of api.mixpanel.com that we fake."""
    routes = Blueprint("mixpanel", __name__, url_prefix="/mixpanel")
    watch(routes, desk, refusing(error))

    @routes.post("/import")
    def import_() -> Response:
        if not is_user(settings.mixpanel_service_account, settings.mixpanel_service_secret):
            return error(401, "Unauthorized, invalid service account credentials")
        if request.args.get("project_id") != settings.mixpanel_project_id:
            return error(400, "project_id is required")
        events = read_json()
        if not isinstance(events, list) or len(events) > MOST_EVENTS:
            return error(400, "the body must be a list of events")
        refused = failed(events)
        for index, event in enumerate(events):
            if index not in [one["index"] for one in refused]:
                shelf.keep("mixpanel", "event", event["properties"]["$insert_id"], event)
        if refused:
            text = "some data points in the request failed validation"
            return answered(
                400, {"code": 400, "error": text, "failed_records": refused, "status": "Bad Request"}
            )
        return jsonify(code=200, num_records_imported=len(events), status="OK")

    @routes.post("/engage")
    def engage() -> Response:
        people = read_json()
        for one in people if isinstance(people, list) else []:
            if one.get("$token") != settings.mixpanel_project_token or not one.get("$distinct_id"):
                return jsonify(status=0, error="invalid token or $distinct_id missing")
            shelf.keep("mixpanel", "profile", str(one["$distinct_id"]), one.get("$set") or {}, lays_over=True)
        return jsonify(status=1, error=None)

    @routes.route("/<path:path>", methods=ALL_METHODS)
    def unknown(path: str) -> Response:
        return error(404, "not found")

    return routes
