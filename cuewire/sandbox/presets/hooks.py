"""Addresses that take what is posted to them: any receiver that checks signatures, Slack, Zapier and Make."""

from __future__ import annotations

import base64
import binascii
import hmac
import time
from collections.abc import Iterable

from flask import Blueprint, Response, request

from cuewire.sandbox.presets.shelf import Shelf
from cuewire.sandbox.presets.words import answered, read_json, refusing
from cuewire.sandbox.settings import SandboxSettings
from cuewire.sandbox.vendor import ALL_METHODS, Desk, read_body, watch

#: Seconds by which a signed time may differ from ours.
TOLERANCE = 300


def problem_of(body: bytes, secret: str, *, now: float) -> str:
    """Say what is wrong with a request that must be signed as Standard Webhooks; empty when nothing is."""
    identifier, at, marks = (
        request.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature")
    )
    if not (identifier and at and marks):
        return "Missing required headers"
    if not at.isdigit() or abs(now - int(at)) > TOLERANCE:
        return "Message timestamp is too old or too new"
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        return "The secret is not base64"
    wanted = base64.b64encode(hmac.digest(key, f"{identifier}.{at}.".encode() + body, "sha256")).decode()
    return "" if is_among(wanted, marks.split()) else "No matching signature found"


def is_among(wanted: str, marks: Iterable[str]) -> bool:
    """Say whether one of several signatures is the wanted one."""
    given = [mark.removeprefix("v1,") for mark in marks if mark.startswith("v1,")]
    return any(hmac.compare_digest(wanted.encode(), one.encode()) for one in given)


def webhook(settings: SandboxSettings, desk: Desk, shelf: Shelf) -> Blueprint:
    """Build a receiver that believes signatures alone and takes each id once."""
    routes = Blueprint("webhook", __name__, url_prefix="/webhook")
    watch(routes, desk, refusing(lambda status, text: answered(status, {"message": text})))

    @routes.route("", methods=ALL_METHODS)
    @routes.route("/<path:path>", methods=ALL_METHODS)
    def take(path: str = "") -> Response:
        problem = problem_of(request.get_data(), settings.webhook_signing_secret, now=time.time())
        if problem:
            return answered(401, {"message": problem})
        shelf.keep(
            "webhook", request.method, request.headers["webhook-id"], {"path": path, "body": read_body()}
        )
        return answered(200, {"ok": True})

    return routes


def slack(settings: SandboxSettings, desk: Desk, shelf: Shelf) -> Blueprint:
    """Build an incoming webhook, which knows a message only by what it says."""
    routes = Blueprint("slack", __name__, url_prefix="/slack")
    watch(routes, desk, refusing(lambda status, text: answered(status, text.replace(" ", "_"))))

    @routes.post("")
    @routes.post("/services/<path:hook>")
    def take(hook: str = "") -> Response:
        body = read_json()
        if not isinstance(body, dict):
            return answered(400, "invalid_payload")
        if not body.get("text") and not body.get("blocks"):
            return answered(400, "no_text")
        shelf.keep("slack", "message", str(len(shelf.rows("slack")) + 1), body)
        return answered(200, "ok")

    @routes.route("/<path:path>", methods=ALL_METHODS)
    def unknown(path: str) -> Response:
        return answered(404, "no_service")

    return routes


def zapier(settings: SandboxSettings, desk: Desk, shelf: Shelf) -> Blueprint:
    """Build a catch hook, which takes everything."""
    routes = Blueprint("zapier", __name__, url_prefix="/zapier")
    watch(
        routes, desk, refusing(lambda status, text: answered(status, {"status": "error", "errors": [text]}))
    )

    @routes.post("")
    @routes.post("/<path:hook>")
    def take(hook: str = "") -> Response:
        number = str(len(shelf.rows("zapier")) + 1)
        shelf.keep("zapier", "run", number, read_body())
        return answered(
            200, {"attempt": number, "id": f"run-{number}", "request_id": number, "status": "success"}
        )

    return routes


def make(settings: SandboxSettings, desk: Desk, shelf: Shelf) -> Blueprint:
    """Build a custom webhook, which answers in plain words."""
    routes = Blueprint("make", __name__, url_prefix="/make")
    watch(routes, desk, refusing(answered))

    @routes.post("")
    @routes.post("/<path:hook>")
    def take(hook: str = "") -> Response:
        shelf.keep("make", "run", str(len(shelf.rows("make")) + 1), read_body())
        return answered(200, "Accepted")

    return routes
