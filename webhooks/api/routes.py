"""The API's routes: what is stored, and triggers fired by name."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response

from webhooks.api.access import guard
from webhooks.api.audit import AuditApi
from webhooks.api.codes import CodesApi
from webhooks.api.consent import ConsentApi
from webhooks.api.console_link import ConsoleLinkApi
from webhooks.api.control import ControlApi
from webhooks.api.explaining import Explaining
from webhooks.api.numbers import Numbers
from webhooks.api.outcomes import Outcomes
from webhooks.api.reading import Reading
from webhooks.api.rehearsing import Rehearsing
from webhooks.api.segments import Segments
from webhooks.api.trigger import TriggerApi
from webhooks.services import Services


def api_routes(services: Services) -> Blueprint:
    """Give every route under ``/api``, all of them behind the key."""
    routes = Blueprint("api", __name__, url_prefix="/api")
    guard(routes, services.api_keys)
    reading, trigger, numbers = Reading(services), TriggerApi(services), Numbers(services)
    segments, consent = Segments(reading), ConsentApi(reading)
    for path, view in (
        ("/events", reading.events),
        ("/decisions", reading.decisions),
        ("/deliveries", reading.deliveries),
        ("/conversions", Outcomes(reading).conversions),
        ("/segments", segments.segments),
        ("/segments/<name>", segments.segment),
        ("/triggers", numbers.triggers),
        ("/triggers/<name>", numbers.trigger),
        ("/profiles/<namespace>/<path:value>", reading.profile),
        ("/profiles/<namespace>/<path:value>/merges", reading.merges),
        ("/profiles/<namespace>/<path:value>/consent", consent.consent),
        ("/explain/<path:subject>", Explaining(reading).explain),
        ("/trigger/status", trigger.status),
        ("/trigger/<trigger_id>", trigger.show),
    ):
        routes.add_url_rule(path, view.__name__, view, methods=["GET"])
    routes.add_url_rule("/trigger", "fire", trigger.fire, methods=["POST"])
    routes.add_url_rule("/consent", "state_consent", consent.state_consent, methods=["POST"])
    routes.add_url_rule("/segments/preview", "preview", segments.preview, methods=["POST"])
    routes.add_url_rule("/rehearse", "rehearse", Rehearsing(services).rehearse, methods=["POST"])
    audit = AuditApi(services)
    routes.add_url_rule("/audit", "audit", audit.audit, methods=["GET"])
    routes.add_url_rule("/audit", "begin_audit", audit.begin_audit, methods=["POST"])
    control = ControlApi(reading)
    acts: tuple[tuple[str, str, Callable[..., Response]], ...] = (
        ("GET", "/stop", control.stopped),
        ("POST", "/stop", control.stop),
        ("DELETE", "/stop", control.go_on),
        ("GET", "/journeys", control.journeys),
        ("DELETE", "/journeys/<journey_id>", control.cancel),
        ("DELETE", "/triggers/<name>/pause", control.resume),
    )
    for method, path, act in acts:
        routes.add_url_rule(path, act.__name__, act, methods=[method])
    codes = CodesApi(services)
    routes.add_url_rule("/codes", "codes", codes.codes, methods=["GET"])
    routes.add_url_rule("/codes", "load_codes", codes.load_codes, methods=["POST"])
    link = ConsoleLinkApi(services)
    routes.add_url_rule("/console-link", "console_link", link.console_link, methods=["POST"])
    return routes
