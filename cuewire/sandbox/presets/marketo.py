"""A fake of Marketo: tokens that end, leads by e-mail, and refusals that look like success."""

from __future__ import annotations

import hmac
from typing import Any

from flask import Blueprint, Response, jsonify, request

from cuewire.sandbox.presets.shelf import Shelf
from cuewire.sandbox.presets.words import answered, read_json, refusing
from cuewire.sandbox.session import Sessions
from cuewire.sandbox.settings import SandboxSettings
from cuewire.sandbox.vendor import ALL_METHODS, Desk, watch

LASTS_S = 3599
MOST_LEADS = 300
#: REST API names that every instance has, and one of ours.
FIELDS = {
    *("email", "firstName", "lastName", "salutation", "title", "phone", "mobilePhone", "dateOfBirth"),
    *(
        "company",
        "industry",
        "website",
        "mainPhone",
        "annualRevenue",
        "leadSource",
        "leadScore",
        "leadStatus",
    ),
    *("address", "city", "state", "postalCode", "country", "unsubscribed", "unsubscribedReason", "cuewireId"),
}


def error(code: str, message: str) -> Response:
    """Refuse as Marketo does: with a 200."""
    return jsonify(requestId="e42b#14272d07d78", success=False, errors=[{"code": code, "message": message}])


def refuse_fault(status: int, text: str) -> Response:
    """Answer a fault; a rate limit is a 200 too."""
    if status == 429:
        return answered(200, error("606", "Max rate limit '100' exceeded with in '20' secs").get_json())
    return answered(status, {"errors": [{"code": str(status), "message": text}]})


def problem_of(body: Any) -> tuple[str, str] | None:
    """Say why Marketo would refuse a request as a whole."""
    leads = body.get("input") if isinstance(body, dict) else None
    if not isinstance(leads, list) or not leads:
        return "609", "Invalid JSON"
    if len(leads) > MOST_LEADS:
        return "1003", "Too many leads"
    unknown = sorted({name for lead in leads for name in lead} - FIELDS)
    return ("1006", f"Lookup field '{unknown[0]}' not found") if unknown else None


def upsert(shelf: Shelf, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Take leads one by one, in their order."""
    found: list[dict[str, Any]] = []
    for lead in body["input"]:
        key = str(lead.get(body.get("lookupField") or "email") or "")
        if not key:
            found.append(
                {"status": "skipped", "reasons": [{"code": "1003", "message": "Lookup field is empty"}]}
            )
            continue
        is_new = shelf.keep("marketo", "lead", key, lead, lays_over=True)
        number = [row["key"] for row in shelf.rows("marketo")].index(key) + 1
        found.append({"id": number, "status": "created" if is_new else "updated"})
    return found


def marketo(settings: SandboxSettings, desk: Desk, shelf: Shelf) -> Blueprint:
    """Build the routes of an instance that we fake."""
    routes = Blueprint("marketo", __name__, url_prefix="/marketo")
    watch(routes, desk, refusing(refuse_fault))
    sessions = Sessions("")

    @routes.get("/identity/oauth/token")
    def token() -> Response:
        given = request.args.get("client_secret", "").encode()
        is_known = request.args.get("client_id") == settings.marketo_client_id
        if not is_known or not hmac.compare_digest(given, settings.marketo_client_secret.encode()):
            return answered(401, {"error": "unauthorized", "error_description": "Bad client credentials"})
        return jsonify(
            {
                "access_token": sessions.start(),
                "token_type": "bearer",
                "expires_in": LASTS_S,
                "scope": "cuewire",
            }
        )

    @routes.post("/rest/v1/leads.json")
    def leads() -> Response:
        given = request.authorization
        if not given or given.type != "bearer" or not sessions.is_open(given.token or ""):
            return error("601", "Access token invalid")
        body = read_json()
        problem = problem_of(body)
        if problem:
            return error(*problem)
        return jsonify(requestId="e42b#14272d07d78", success=True, result=upsert(shelf, body))

    @routes.route("/<path:path>", methods=ALL_METHODS)
    def unknown(path: str) -> Response:
        return error("610", "Requested resource not found")

    return routes
