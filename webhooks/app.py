"""Build the Flask app: every route, its errors and its cross-origin rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Flask, Response, request

from core.errors import NotFound
from webhooks.answers import answer_errors
from webhooks.api.routes import api_routes
from webhooks.callbacks.twilio import TwilioCallbacks
from webhooks.metrics import Tally
from webhooks.operate import operate_routes
from webhooks.services import Services
from webhooks.sources import segment
from webhooks.sources.base import Door

#: Takes a request for the source of this name.
Receive = Callable[[str], Response]


def create_app(services: Services) -> Flask:
    """Build the app from its services; nothing is read from anywhere else."""
    app = Flask("cuewire", static_folder=None)
    tally = Tally(services.gauges)
    door = Door(services, tally)
    app.register_blueprint(segment.TrackingApi(door).routes())
    add_webhooks(app, door, {segment.KIND: segment.Webhook(door).receive})
    app.register_blueprint(TwilioCallbacks(services, tally).routes())
    app.register_blueprint(api_routes(services))
    app.register_blueprint(operate_routes(services, tally))
    answer_errors(app, tally)
    app.after_request(allow_browsers)
    return app


def add_webhooks(app: Flask, door: Door, kinds: Mapping[str, Receive]) -> None:
    """Add the route that serves each mapped source by what its file says it ``uses``."""

    def receive(name: str) -> Response:
        mapping = door.services.rules().sources.get(name)
        if mapping is None or mapping.uses not in kinds:
            raise NotFound(
                f"There is no source {name!r} that takes webhooks.",
                hint=f"Add mappings/sources/{name}.yaml with `uses: {segment.KIND}`, or correct the address.",
            )
        return kinds[mapping.uses](name)

    app.add_url_rule("/webhooks/<name>", "webhook", receive, methods=["POST", "PUT", "PATCH"])


def allow_browsers(answer: Response) -> Response:
    """Let any page's SDK call the tracking routes: they are open to whoever holds a write key."""
    if request.path.startswith("/v1/"):
        headers = answer.headers
        headers["Access-Control-Allow-Origin"] = "*"
        if request.method == "OPTIONS":
            wanted = request.environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
            headers["Access-Control-Allow-Headers"] = wanted or "Authorization, Content-Type"
            headers["Access-Control-Allow-Methods"] = "POST, OPTIONS"
            headers["Access-Control-Max-Age"] = "86400"
    return answer
