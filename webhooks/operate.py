"""Routes for those who run the server: health, readiness, metrics, and the description of all routes."""

from __future__ import annotations

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST

from webhooks.answers import error_answer, json_answer
from webhooks.api.access import guard
from webhooks.api.openapi.document import DOCUMENT
from webhooks.api.openapi.page import PAGE
from webhooks.metrics import Tally
from webhooks.services import Services

#: The page needs nothing but itself.
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def operate_routes(services: Services, tally: Tally) -> Blueprint:
    """Give the two open routes, and those behind the key."""
    routes = Blueprint("operate", __name__)

    def healthz() -> Response:
        return json_answer({"status": "ok"})

    def readyz() -> Response:
        waiting = services.readiness()
        if not waiting:
            sends = "stopped" if services.control.stopped else "on"
            return json_answer({"status": "ready", "mode": services.mode, "sends": sends})
        answer = error_answer(503, code="not_ready", message=f"Not ready: {'; '.join(waiting)}.")
        answer.headers["Retry-After"] = "1"
        return answer

    routes.add_url_rule("/healthz", "healthz", healthz)
    routes.add_url_rule("/readyz", "readyz", readyz)
    routes.register_blueprint(described_routes(services, tally))
    return routes


def described_routes(services: Services, tally: Tally) -> Blueprint:
    """Give the metrics and the description of the routes, behind the key."""
    routes = Blueprint("described", __name__)
    guard(routes, services.api_keys)

    def metrics() -> Response:
        return Response(tally.render(), content_type=CONTENT_TYPE_LATEST)

    def openapi() -> Response:
        return json_answer(DOCUMENT)

    def docs() -> Response:
        return Response(PAGE, mimetype="text/html", headers={"Content-Security-Policy": PAGE_POLICY})

    for path, view in (("/metrics", metrics), ("/openapi.json", openapi), ("/docs", docs)):
        routes.add_url_rule(path, view.__name__, view)
    return routes
