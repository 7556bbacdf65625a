"""SendGrid calling back in: what became of an e-mail, who opened it, and who wants no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from flask import Blueprint, Response, request

from core.errors import Unauthorised
from core.ports import RawEvent, SetAside
from webhooks.api.openapi.operation import INTAKE, Access, Operation, Parameter
from webhooks.api.openapi.schema import ANY_OBJECT
from webhooks.callbacks.base import Callback, Notified
from webhooks.callbacks.sendgrid.notice import delivery_of, heard_of, outcome_of, read_event
from webhooks.callbacks.sendgrid.signature import SIGNATURE, TIMESTAMP, check, is_signed
from webhooks.callbacks.word import Words
from webhooks.payload import read_array
from webhooks.receiver import read_body
from webhooks.sources.base import Setting, check_count, success

PATH = "/callbacks/sendgrid"

WAY = Access(
    "sendgridSignature",
    SIGNATURE,
    {"type": "apiKey", "in": "header", "name": SIGNATURE, "description": "Made by SendGrid's Event Webhook."},
)
ACCOUNT = Parameter("destination", "query", "The account that calls: sendgrid unless given.")


class SendGridCallback(Callback):
    """Take the events of SendGrid's Event Webhook, signed with its key."""

    name = "sendgrid"
    ways = (WAY,)
    settings = (
        Setting(
            "public_key", "Verification key of the Event Webhook; two while it is changed.", is_secret=False
        ),
    )
    operations = (
        Operation(
            "POST",
            PATH,
            "Take events of SendGrid's Event Webhook.",
            WAY.name,
            takes="SendGridEvents",
            gives="Success",
            refuses=(*INTAKE, 404),
            parameters=(ACCOUNT,),
        ),
    )
    schemas: ClassVar[Mapping[str, dict[str, Any]]] = {
        "SendGridEvents": {"type": "array", "maxItems": 4000, "items": ANY_OBJECT}
    }

    def routes(self) -> Sequence[Blueprint]:
        """Give the one route."""
        routes = Blueprint("sendgrid_callbacks", __name__)
        routes.add_url_rule(PATH, "notify", self.notify, methods=["POST"])
        return (routes,)

    def notify(self) -> Response:
        """Take a list of events: consent first, so that nothing more goes to who wants none."""
        name = request.args.get("destination", self.name)
        self.mapping(name)
        keys = self.secret(name, "public_key")
        body = read_body(request.environ, self.door.limits.array)
        header = request.headers.get
        proof = {"signature": header(SIGNATURE, ""), "timestamp": header(TIMESTAMP, "")}
        try:
            check(keys, body, **proof)
        except Unauthorised as error:
            hint = self.belongs_to(name, "public_key", lambda one: is_signed(one, body, **proof))
            raise Unauthorised(error.message, field=error.field, hint=hint or error.hint) from None
        raws = read_array(body)
        check_count(raws, self.door.limits.array_items)
        self.take(name, [self.read_item(raw, self.read) for raw in raws])
        return success()

    def take(self, name: str, items: Sequence[RawEvent | SetAside]) -> None:
        """Let the items act on consent and deliveries, then be events as the file says."""
        words = Words(self.services, self.door.tally, name)
        for item in (one for one in items if isinstance(one, RawEvent)):
            told = item.call["properties"]
            words.hear(heard_of(told, name, item.raw))
            words.say(delivery_of(told), outcome_of(told), str(told.get("sg_message_id") or ""))
        words.settle()
        told_of = [delivery_of(one.call["properties"]) if isinstance(one, RawEvent) else "" for one in items]
        about = [words.about(item, delivery_id) for item, delivery_id in zip(items, told_of, strict=True)]
        self.accept(name, about, self.services.clock.now())

    @staticmethod
    def read(item: dict[str, Any]) -> Notified:
        """Read one event as SendGrid sends it."""
        return read_event(item)
