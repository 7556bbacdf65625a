"""The sandbox as a Flask app: the vendors, the control routes and the page."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec
from flask import Flask, Response, jsonify, render_template, request

from cuewire.sandbox import braze, hubspot, salesforce
from cuewire.sandbox.callbacks import Callbacks
from cuewire.sandbox.contacts import Book, Contacts, Row
from cuewire.sandbox.faults import Faults, read_fault
from cuewire.sandbox.inspection import add_braze, add_hubspot, add_salesforce, add_sendgrid, add_twilio
from cuewire.sandbox.ledger import Ledger
from cuewire.sandbox.presets import Shelf, all_presets
from cuewire.sandbox.segment import Calls, segment_out
from cuewire.sandbox.sendgrid import Post, sendgrid
from cuewire.sandbox.session import Sessions
from cuewire.sandbox.settings import SandboxSettings
from cuewire.sandbox.twilio import Messages, twilio
from cuewire.sandbox.vendor import Desk

PAGE_ROWS = 100


@dataclass
class State:
    """Everything one sandbox knows; nothing of it outlives the process."""

    settings: SandboxSettings
    ledger: Ledger = field(default_factory=Ledger)
    faults: Faults = field(default_factory=Faults)
    callbacks: Callbacks = field(init=False)
    messages: Messages = field(init=False)
    hubspot_contacts: Contacts = field(default_factory=hubspot.new_contacts)
    salesforce_contacts: Contacts = field(default_factory=salesforce.new_contacts)
    hubspot_book: Book = field(default_factory=hubspot.new_book)
    salesforce_book: Book = field(default_factory=salesforce.new_book)
    braze_book: Book = field(default_factory=braze.new_book)
    hubspot_tokens: Sessions = field(default_factory=hubspot.new_tokens)
    salesforce_sessions: Sessions = field(default_factory=salesforce.new_sessions)
    post: Post = field(default_factory=Post)
    calls: Calls = field(default_factory=Calls)
    shelf: Shelf = field(default_factory=Shelf)

    def __post_init__(self) -> None:
        self.callbacks = Callbacks(self.settings)
        self.messages = Messages(self.settings, self.callbacks)
        for contacts in (self.hubspot_contacts, self.salesforce_contacts):
            contacts.count_from(self.settings.first_contact)

    def contacts(self) -> list[Row]:
        """List the contacts of both CRMs."""
        return [*self.hubspot_contacts.rows(), *self.salesforce_contacts.rows()]

    def salesforce_organisation(self) -> salesforce.Organisation:
        """Give Salesforce's records with their rules, as a seller works with them."""
        return salesforce.Organisation(self.salesforce_contacts, self.salesforce_book)

    def records(self) -> list[Row]:
        """List what else the CRMs keep, and what Braze was told."""
        return [*self.hubspot_book.rows(), *self.salesforce_book.rows(), *self.braze_book.rows()]


def create_app(state: State) -> Flask:
    """Build the app over a state."""
    app = Flask(__name__, template_folder=".")
    desk = Desk(state.ledger, state.faults)
    app.register_blueprint(add_twilio(twilio(state.settings, desk, state.messages), state.settings))
    app.register_blueprint(add_braze(braze.braze(state.settings, desk, state.braze_book)))
    add_crms(app, state, desk)
    app.register_blueprint(add_sendgrid(sendgrid(state.settings, desk, state.post)))
    app.register_blueprint(segment_out(state.settings, desk, state.calls))
    for preset in all_presets(state.settings, desk, state.shelf):
        app.register_blueprint(preset)
    add_page(app, state)
    add_ledger(app, state)
    add_faults(app, state)
    return app


def add_crms(app: Flask, state: State, desk: Desk) -> None:
    """Add the two CRMs."""
    contacts, book = state.hubspot_contacts, state.hubspot_book
    routes = hubspot.hubspot(state.settings, desk, contacts, book, tokens=state.hubspot_tokens)
    app.register_blueprint(add_hubspot(routes, state.settings))
    contacts, book = state.salesforce_contacts, state.salesforce_book
    sessions = state.salesforce_sessions
    routes = salesforce.salesforce(state.settings, desk, contacts, book, sessions=sessions)
    app.register_blueprint(add_salesforce(routes))


def add_page(app: Flask, state: State) -> None:
    """Add the page that a person watches."""

    @app.get("/")
    def page() -> str:
        return render_template(
            "page.html",
            requests=state.ledger.latest(PAGE_ROWS),
            messages=state.messages.ledger()[: -PAGE_ROWS - 1 : -1],
            contacts=state.contacts()[: -PAGE_ROWS - 1 : -1],
            records=state.records()[: -PAGE_ROWS - 1 : -1],
            mails=state.post.mails()[: -PAGE_ROWS - 1 : -1],
            suppressed=state.post.suppressed(),
            calls=state.calls.rows()[: -PAGE_ROWS - 1 : -1],
            taken=state.shelf.rows()[: -PAGE_ROWS - 1 : -1],
            faults=state.faults.as_json(),
        )


def add_ledger(app: Flask, state: State) -> None:
    """Add the routes that tell what arrived."""

    @app.get("/sandbox/requests")
    def requests_() -> Response:
        since = request.args.get("since", 0, type=int)
        return jsonify(requests=state.ledger.since(max(since, 0), request.args.get("vendor", "")))

    @app.get("/sandbox/messages")
    def messages() -> Response:
        return jsonify(messages=state.messages.ledger())

    @app.get("/sandbox/contacts")
    def contacts() -> Response:
        return jsonify(contacts=state.contacts())

    @app.get("/sandbox/records")
    def records() -> Response:
        return jsonify(records=state.records())

    @app.get("/sandbox/mails")
    def mails() -> Response:
        return jsonify(mails=state.post.mails(), suppressed=state.post.suppressed())

    @app.get("/sandbox/calls")
    def calls() -> Response:
        return jsonify(calls=state.calls.rows())

    @app.get("/sandbox/taken")
    def taken() -> Response:
        return jsonify(taken=state.shelf.rows(request.args.get("vendor", "")))


def add_faults(app: Flask, state: State) -> None:
    """Add the routes by which faults are asked for."""

    @app.post("/sandbox/faults")
    def add_fault() -> tuple[Response, int]:
        try:
            state.faults.add(read_fault(request.get_data()))
        except msgspec.DecodeError as problem:  # a ValidationError is one too
            return jsonify(error={"code": "bad_request", "message": str(problem)}), 400
        return jsonify(state.faults.as_json()), 201

    @app.get("/sandbox/faults")
    def show_faults() -> Response:
        return jsonify(state.faults.as_json())

    @app.delete("/sandbox/faults")
    def clear_faults() -> Response:
        state.faults.clear()
        return jsonify(state.faults.as_json())
