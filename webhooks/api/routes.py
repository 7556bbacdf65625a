"""The API's routes: what is stored, and triggers fired by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask import Blueprint

from webhooks.api.access import guard
from webhooks.api.alerts import AlertsApi
from webhooks.api.audit import AuditApi
from webhooks.api.codes import CodesApi
from webhooks.api.consent import ConsentApi
from webhooks.api.console_link import ConsoleLinkApi
from webhooks.api.control import ControlApi
from webhooks.api.delivering import DeliveringApi
from webhooks.api.explaining import Explaining
from webhooks.api.keys import KeysApi
from webhooks.api.numbers import Numbers
from webhooks.api.outcomes import Outcomes
from webhooks.api.privacy import PrivacyApi
from webhooks.api.reading import Reading
from webhooks.api.rehearsing import Rehearsing
from webhooks.api.replaying import ReplayApi
from webhooks.api.requests import RequestsApi
from webhooks.api.segments import Segments
from webhooks.api.trigger import TriggerApi
from webhooks.services import Services

View = Callable[..., Any]


def api_routes(services: Services) -> Blueprint:
    """Give every route under ``/api``, all of them behind the key."""
    routes = Blueprint("api", __name__, url_prefix="/api")
    guard(routes, services)
    for method, path, view in (*_reads(services), *_acts(services)):
        routes.add_url_rule(path, view.__name__, view, methods=[method])
    return routes


def _reads(services: Services) -> Iterator[tuple[str, str, View]]:
    """Give the routes that only tell something."""
    reading, trigger, numbers = Reading(services), TriggerApi(services), Numbers(services)
    segments, control = Segments(reading), ControlApi(reading)
    yield "GET", "/events", reading.events
    yield "GET", "/decisions", reading.decisions
    yield "GET", "/deliveries", reading.deliveries
    yield "GET", "/destinations", DeliveringApi(services).destinations
    yield "GET", "/conversions", Outcomes(reading).conversions
    yield "GET", "/segments", segments.segments
    yield "GET", "/segments/<name>", segments.segment
    yield "GET", "/triggers", numbers.triggers
    yield "GET", "/triggers/<name>", numbers.trigger
    yield "GET", "/profiles/<namespace>/<path:value>", reading.profile
    yield "GET", "/profiles/<namespace>/<path:value>/merges", reading.merges
    yield "GET", "/profiles/<namespace>/<path:value>/consent", ConsentApi(reading).consent
    yield "GET", "/explain/<path:subject>", Explaining(reading).explain
    yield "GET", "/trigger/status", trigger.status
    yield "GET", "/trigger/<trigger_id>", trigger.show
    yield "GET", "/alerts", AlertsApi(services).alerts
    yield "GET", "/requests", RequestsApi(services).requests
    yield "GET", "/audit", AuditApi(services).audit
    yield "GET", "/stop", control.stopped
    yield "GET", "/journeys", control.journeys
    yield "GET", "/codes", CodesApi(services).codes
    yield "GET", "/keys", KeysApi(services).keys
    yield "GET", "/privacy-requests", PrivacyApi(services).privacy_requests


def _acts(services: Services) -> Iterator[tuple[str, str, View]]:
    """Give the routes that do something, or try something out."""
    reading = Reading(services)
    control = ControlApi(reading)
    yield "POST", "/trigger", TriggerApi(services).fire
    yield "POST", "/consent", ConsentApi(reading).state_consent
    yield "POST", "/segments/preview", Segments(reading).preview
    yield "POST", "/rehearse", Rehearsing(services).rehearse
    yield "POST", "/audit", AuditApi(services).begin_audit
    yield "POST", "/deliveries/redrive", DeliveringApi(services).redrive
    yield "POST", "/events/replay", ReplayApi(services).replay
    yield "POST", "/requests/replay", RequestsApi(services).replay_requests
    yield "POST", "/stop", control.stop
    yield "DELETE", "/stop", control.go_on
    yield "DELETE", "/journeys/<journey_id>", control.cancel
    yield "DELETE", "/triggers/<name>/pause", control.resume
    yield "POST", "/codes", CodesApi(services).load_codes
    yield "POST", "/keys", KeysApi(services).create_key
    yield "DELETE", "/keys/<key_id>", KeysApi(services).revoke_key
    yield "POST", "/privacy-requests/<request_id>/erase", PrivacyApi(services).erase_person
    yield "POST", "/privacy-requests/<request_id>/close", PrivacyApi(services).close_request
    yield "POST", "/console-link", ConsoleLinkApi(services).console_link
