"""The API's routes: what is stored, and triggers fired by name."""

from __future__ import annotations

from flask import Blueprint

from webhooks.api.access import guard
from webhooks.api.console_link import ConsoleLinkApi
from webhooks.api.explaining import Explaining
from webhooks.api.reading import Reading
from webhooks.api.trigger import TriggerApi
from webhooks.services import Services


def api_routes(services: Services) -> Blueprint:
    """Give every route under ``/api``, all of them behind the key."""
    routes = Blueprint("api", __name__, url_prefix="/api")
    guard(routes, services.api_keys)
    reading, trigger = Reading(services), TriggerApi(services)
    for path, view in (
        ("/events", reading.events),
        ("/decisions", reading.decisions),
        ("/deliveries", reading.deliveries),
        ("/segments", reading.segments),
        ("/profiles/<namespace>/<path:value>", reading.profile),
        ("/explain/<path:subject>", Explaining(reading).explain),
        ("/trigger/status", trigger.status),
        ("/trigger/<trigger_id>", trigger.show),
    ):
        routes.add_url_rule(path, view.__name__, view, methods=["GET"])
    routes.add_url_rule("/trigger", "fire", trigger.fire, methods=["POST"])
    link = ConsoleLinkApi(services)
    routes.add_url_rule("/console-link", "console_link", link.console_link, methods=["POST"])
    return routes
