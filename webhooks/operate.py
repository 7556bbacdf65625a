"""Routes for those who run the server: health, readiness, metrics, and the description of all routes."""

from __future__ import annotations

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST

from webhooks.answers import error_answer, json_answer
from webhooks.api.access import guard
from webhooks.api.openapi.document import DOCUMENT
from webhooks.api.openapi.external import external, read_fields
from webhooks.api.openapi.page import PAGE
from webhooks.api.query import read_args
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
    guard(routes, services)

    def metrics() -> Response:
        return Response(tally.render(), content_type=CONTENT_TYPE_LATEST)

    def openapi() -> Response:
        return json_answer(DOCUMENT)

    def docs() -> Response:
        return Response(PAGE, mimetype="text/html", headers={"Content-Security-Policy": PAGE_POLICY})

    def for_flows() -> Response:
        fields = read_fields(read_args(("fields",)).get("fields", ""))
        namespaces = [rule.namespace for rule in services.rules().identity.identifiers]
        return json_answer(external(services.public_url, namespaces, fields))

    views = {"/metrics": metrics, "/openapi.json": openapi, "/openapi-3.0.json": for_flows, "/docs": docs}
    for path, view in views.items():
        routes.add_url_rule(path, view.__name__, view)
    return routes
