"""A fake of Mailchimp: members of audiences by their hash, their tags, and journeys that they are put into."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Blueprint, Response, jsonify, request

from cuewire.sandbox.presets.shelf import Shelf
from cuewire.sandbox.presets.words import answered, is_user, read_json, refusing
from cuewire.sandbox.settings import SandboxSettings
from cuewire.sandbox.vendor import ALL_METHODS, Desk, watch

STATUSES = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional")


def error(status: int, detail: str) -> Response:
    """Write an error as Mailchimp does."""
    return answered(status, {"type": "about:blank", "title": "Error", "status": status, "detail": detail})


def hash_of(email: Any) -> str:
    """Name a member."""
    return hashlib.md5(str(email).strip().lower().encode(), usedforsecurity=False).hexdigest()


def mailchimp(settings: SandboxSettings, desk: Desk, shelf: Shelf) -> Blueprint:
    """Build the routes of the Marketing API that we fake."""
    routes = Blueprint("mailchimp", __name__, url_prefix="/mailchimp")
    watch(routes, desk, refusing(error))

    @routes.before_request
    def authenticate() -> Response | None:
        return None if is_user("", settings.mailchimp_api_key) else error(401, "Your API key may be invalid")

    @routes.put("/3.0/lists/<audience>/members/<member>")
    def upsert(audience: str, member: str) -> Response:
        body, key = read_json(), f"{audience}/{member}"
        if not isinstance(body, dict) or hash_of(body.get("email_address")) != member:
            return error(400, "The email parameter does not match the hash")
        if not shelf.has("mailchimp", "member", key) and body.get("status_if_new") not in STATUSES:
            return error(400, "status_if_new is required for a member who is new")
        shelf.keep("mailchimp", "member", key, body, lays_over=True)
        return jsonify(id=member, email_address=body["email_address"], list_id=audience)

    @routes.post("/3.0/lists/<audience>/members/<member>/tags")
    def tag(audience: str, member: str) -> Response:
        if not shelf.has("mailchimp", "member", f"{audience}/{member}"):
            return error(404, "The requested resource could not be found.")
        for one in read_json()["tags"]:
            shelf.keep("mailchimp", "tag", f"{audience}/{member}/{one['name']}", one, lays_over=True)
        return Response(status=204)

    @routes.post("/3.0/customer-journeys/journeys/<int:journey>/steps/<int:step>/actions/trigger")
    def journey(journey: int, step: int) -> Response:
        email = read_json().get("email_address")
        if not any(row["key"].endswith(hash_of(email)) for row in shelf.rows("mailchimp")):
            return error(404, "The requested resource could not be found.")
        shelf.keep("mailchimp", "journey", f"{journey}/{step}/{email}", request.get_json())
        return Response(status=204)

    @routes.route("/<path:path>", methods=ALL_METHODS)
    def unknown(path: str) -> Response:
        return error(404, "The requested resource could not be found.")

    return routes
