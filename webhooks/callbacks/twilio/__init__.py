"""Twilio calling back in: what became of a message, and what people answer; signed with the Auth Token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import structlog
from flask import Blueprint, Response, request

from core.engine.callback import CallbackMapping
from core.errors import BadRequest
from core.ports import RawEvent
from webhooks.callbacks.base import Callback, Notified
from webhooks.callbacks.keywords import meaning
from webhooks.callbacks.twilio.notice import read_notice, status_of
from webhooks.callbacks.twilio.signature import Pairs, check_signature, parse_form
from webhooks.callbacks.twilio.word import heard_of, message_of, outcome_of, reply_to
from webhooks.callbacks.word import Words
from webhooks.holding import came_at
from webhooks.receiver import read_body
from webhooks.sources.base import Setting
from webhooks.verdicts import note_word

log = structlog.get_logger()

STATUS, INBOUND = "/callbacks/twilio/status", "/callbacks/twilio/inbound"

_encoder = msgspec.json.Encoder()


class TwilioCallback(Callback):
    """Take Twilio's word on our deliveries and on consent; with a file both are events as well."""

    name = "twilio"
    settings = (Setting("shared_key", "Secret of a shared key, where Twilio signs its webhooks with one."),)

    def routes(self) -> Sequence[Blueprint]:
        """Give the two routes."""
        routes = Blueprint("twilio_callbacks", __name__)
        routes.add_url_rule(STATUS, "status", self.status, methods=["POST"])
        routes.add_url_rule(INBOUND, "inbound", self.inbound, methods=["POST"])
        return (routes,)

    def status(self) -> Response:
        """Settle the delivery that the address names; repeats and late arrivals change nothing."""
        body, query, params = self.form()
        delivery_id = dict(parse_qsl(query)).get("delivery", "")
        row = self.services.reader.delivery(delivery_id) if delivery_id else None
        name = row.destination if row else self.name
        check_signature(self.services, name, address(STATUS, query), params, body=body)
        if not delivery_id:
            raise BadRequest("The address names no delivery.", field="delivery", hint="Call ?delivery=ID.")
        told = dict(params)
        self.door.tally.callbacks.inc()
        verdict, reason = self.settle(delivery_id, told, is_known=row is not None)
        self.pass_on(name, told, delivery_id)
        note_word(name, verdict, reason)
        return Response(status=200)

    def inbound(self) -> Response:
        """Take an answer; only one that is nothing but a keyword speaks of consent."""
        name = request.args.get("destination", self.name)
        body, query, params = self.form()
        check_signature(self.services, name, address(INBOUND, query), params, body=body)
        told = dict(params)
        self.door.tally.callbacks.inc()
        word = meaning(told.get("Body", ""), told.get("OptOutType", ""))
        if word in ("STOP", "START"):
            heard = heard_of(told, name, body, is_granted=word == "START")
            Words(self.services, self.door.tally, name).hear(heard)
        self.pass_on(name, told, "")
        if self.file(name) is None:
            note_word(name, "accepted")
        found = self.file(name)
        return Response(reply_to(told, word, found.answers if found else {}), mimetype="text/xml")

    def form(self) -> tuple[bytes, str, Pairs]:
        """Read the body, the query and the form's pairs."""
        body = read_body(request.environ, self.services.limits.callback)
        return body, request.environ.get("QUERY_STRING", ""), parse_form(body)

    def settle(self, delivery_id: str, params: dict[str, str], *, is_known: bool) -> tuple[str, str]:
        """Hand the vendor's word over, and give the verdict on it; an unknown one is counted, and not refused."""
        status = status_of(params)
        outcome = outcome_of(status, params.get("ErrorCode", ""))
        if outcome is None:
            log.warning(
                "callback_status_unknown", callback="twilio", status=status[:40], delivery=delivery_id
            )
            return "ignored", "the status is none that Twilio describes"
        if self.services.settle(delivery_id, outcome, message_of(params), outcome.reason):
            return "accepted", ""
        if is_known:
            return "duplicate", "the delivery says so already, or had its last word"
        self.door.tally.strays.inc()
        log.warning("callback_delivery_unknown", callback="twilio", delivery=delivery_id[:80])
        return "ignored", "no delivery of this id is known here"

    def pass_on(self, name: str, params: dict[str, str], delivery_id: str) -> None:
        """Let it be an event where there is a file that says which."""
        if self.file(name) is None:
            return
        item = RawEvent(_encoder.encode(params), self.read(params).call)
        words = Words(self.services, self.door.tally, name)
        at = came_at(request.environ, self.services.clock.now())
        self.door.accept(name, [words.about(item, delivery_id)], at)

    def file(self, name: str) -> CallbackMapping | None:
        """Give the callback's file; deliveries and consent need none."""
        found = self.services.rules().callbacks.get(name)
        return found if found is not None and found.uses == self.name else None

    @staticmethod
    def read(item: dict[str, Any]) -> Notified:
        """Read a form as it stands in a file's test, by its names."""
        return read_notice(item)


def address(path: str, query: str) -> str:
    """Give what follows the public address in what Twilio signs."""
    return path + (f"?{query}" if query else "")
