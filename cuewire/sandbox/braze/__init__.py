"""A fake of a Braze REST cluster: tracking, messages and people, as Braze answers for them."""

from __future__ import annotations

import hmac

from flask import Blueprint, Response, g, jsonify, request

from cuewire.sandbox.braze.message import add_messages
from cuewire.sandbox.braze.people import add_people
from cuewire.sandbox.braze.track import add_track
from cuewire.sandbox.braze.wire import Window, new_book, rate_headers, refuse
from cuewire.sandbox.contacts import Book
from cuewire.sandbox.settings import SandboxSettings
from cuewire.sandbox.vendor import ALL_METHODS, Desk, watch

__all__ = ["braze", "new_book"]


def braze(settings: SandboxSettings, desk: Desk, book: Book) -> Blueprint:
    """Build the routes of a Braze REST cluster that we fake."""
    routes = Blueprint("braze", __name__, url_prefix="/braze")
    watch(routes, desk, refuse)
    window = Window()

    @routes.before_request
    def authenticate() -> Response | None:
        given = request.authorization
        token = (given.token or "") if given and given.type == "bearer" else ""
        if hmac.compare_digest(token.encode(), settings.braze_api_key.encode()):
            g.is_counted = True
            return None
        # The real answer repeats the key it was given, and leaves the rate headers empty.
        answer = jsonify(message=f"Invalid API key: {token}")
        answer.status_code = 401
        answer.headers.update(rate_headers("", "", ""))
        return answer

    @routes.after_request
    def count(answer: Response) -> Response:
        if g.get("is_counted"):
            answer.headers.update(window.headers())
        return answer

    add_track(routes)
    add_messages(routes, book)
    add_people(routes, book)

    @routes.route("/<path:path>", methods=ALL_METHODS)
    def unknown(path: str) -> tuple[Response, int]:
        return jsonify(message=f"There is no endpoint /{path} here"), 404

    return routes
