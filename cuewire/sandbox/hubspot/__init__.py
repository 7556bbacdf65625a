"""A fake of HubSpot: contacts, companies, lists, events, tasks, e-mail and subscriptions, as HubSpot tells of them."""

from __future__ import annotations

from flask import Blueprint, Response

from cuewire.sandbox.contacts import Book, Contacts
from cuewire.sandbox.hubspot.access import add_access, new_tokens
from cuewire.sandbox.hubspot.activity import add_activity
from cuewire.sandbox.hubspot.automation import add_automation
from cuewire.sandbox.hubspot.people import add_people
from cuewire.sandbox.hubspot.ties import add_ties
from cuewire.sandbox.hubspot.wire import error, new_book, new_contacts, refuse
from cuewire.sandbox.session import Sessions
from cuewire.sandbox.settings import SandboxSettings
from cuewire.sandbox.vendor import ALL_METHODS, Desk, watch

__all__ = ["hubspot", "new_book", "new_contacts", "new_tokens"]


def hubspot(
    settings: SandboxSettings, desk: Desk, contacts: Contacts, book: Book, *, tokens: Sessions
) -> Blueprint:
    """Build the routes of api.hubapi.com that we fake."""
    routes = Blueprint("hubspot", __name__, url_prefix="/hubspot")
    watch(routes, desk, refuse)
    add_access(routes, settings, tokens)
    add_people(routes, contacts, book)
    add_ties(routes, contacts, book)
    add_activity(routes, contacts, book)
    add_automation(routes, book)

    @routes.route("/<path:path>", methods=ALL_METHODS)
    def unknown(path: str) -> Response:
        return error(404, "NOT_FOUND", f"There is nothing at /{path} here")

    return routes
