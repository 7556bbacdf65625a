"""Everything under ``/console/``, and its errors as pages."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response
from werkzeug.exceptions import HTTPException

from core.errors import OperatorError, SenderError
from webhooks.console.access import Access
from webhooks.console.control import Stopping
from webhooks.console.numbers import TriggerPages
from webhooks.console.page import harden, render
from webhooks.console.view import Views
from webhooks.services import Services

log = structlog.get_logger()


def console_routes(services: Services) -> Blueprint:
    """Give the console's routes, all but the way in behind the sign-in."""
    routes = Blueprint("console", __name__, url_prefix="/console", static_folder="static")
    Access(services).routes(routes)
    views, triggers, stopping = Views(services), TriggerPages(services), Stopping(services)
    routes.add_url_rule("/stop", "stop_sends", stopping.stop_sends, methods=["POST"])
    routes.add_url_rule("/go-on", "let_go_on", stopping.let_go_on, methods=["POST"])
    for path, view in (
        ("/", views.live),
        ("/search", views.search),
        ("/person", views.person),
        ("/event", views.event),
        ("/decision", views.decision),
        ("/delivery", views.delivery),
        ("/consent", views.consent),
        ("/triggers", triggers.triggers),
        ("/trigger", triggers.trigger),
        ("/stop", stopping.stop),
        ("/<path:rest>", views.nothing),
    ):
        routes.add_url_rule(path, view.__name__, view)
    routes.after_request(harden)
    answer_with_pages(routes, services)
    return routes


def answer_with_pages(routes: Blueprint, services: Services) -> None:
    """Turn every error of these routes into a page."""

    def refused(error: SenderError) -> Response:
        return render(services, "error.html", error.status, title=error.message, hint=error.hint)

    def unavailable(error: OperatorError) -> Response:
        log.error("console_not_readable", code=error.code, reason=error.message)
        return render(services, "error.html", 503, title="The store cannot be read.", hint=error.hint)

    def of_framework(error: HTTPException) -> Response:
        return render(services, "error.html", error.code or 500, title=f"{error.name}.", hint="")

    def bug(error: Exception) -> Response:
        log.error("console_failed", exc_info=getattr(error, "original_exception", None) or error)
        title = "Something is wrong on this side."
        return render(services, "error.html", 500, title=title, hint="The log has the details.")

    routes.register_error_handler(SenderError, refused)
    routes.register_error_handler(OperatorError, unavailable)
    routes.register_error_handler(HTTPException, of_framework)
    routes.register_error_handler(500, bug)
