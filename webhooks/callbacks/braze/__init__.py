"""Braze calling back in: Currents, transactional e-mail, and webhooks of campaigns and canvases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from flask import Blueprint, Response, request

from core.errors import Unauthorised
from core.ports import RawEvent, SetAside
from webhooks.api.openapi.operation import INTAKE, Access, Operation, Parameter
from webhooks.api.openapi.schema import ANY_OBJECT
from webhooks.callbacks.base import Callback, Notified
from webhooks.callbacks.braze.notice import read_item
from webhooks.callbacks.braze.word import delivery_among, heard_of, outcome_of
from webhooks.callbacks.word import Words
from webhooks.payload import read_with_items
from webhooks.receiver import read_body
from webhooks.signatures import bearer_token, is_accepted
from webhooks.sources.base import Setting, check_count, success

PATH = "/callbacks/braze"
HEADER = "X-Cuewire-Token"

WAY = Access("brazeToken", "token", {"type": "http", "scheme": "bearer"})
ACCOUNT = Parameter("destination", "query", "The account that calls: braze unless given.")


class BrazeCallback(Callback):
    """Take what Braze sends; it signs nothing, so a header carries a token."""

    name = "braze"
    ways = (WAY,)
    settings = (Setting("callback_token", "Token that Currents and webhooks of Braze carry in a header."),)
    operations = (
        Operation(
            "POST",
            PATH,
            "Take events of Braze Currents, of transactional e-mail, and of a webhook step.",
            WAY.name,
            takes="BrazeEvents",
            gives="Success",
            refuses=(*INTAKE, 404),
            parameters=(ACCOUNT,),
        ),
    )
    schemas: ClassVar[Mapping[str, dict[str, Any]]] = {
        "BrazeEvents": {
            "anyOf": [
                {
                    "type": "object",
                    "required": ["events"],
                    "properties": {"events": {"type": "array", "maxItems": 4000, "items": ANY_OBJECT}},
                },
                ANY_OBJECT,
            ]
        }
    }

    def routes(self) -> Sequence[Blueprint]:
        """Give the one route."""
        routes = Blueprint("braze_callbacks", __name__)
        routes.add_url_rule(PATH, "notify", self.notify, methods=["POST"])
        return (routes,)

    def notify(self) -> Response:
        """Take a list of events, or one that stands alone."""
        name = request.args.get("destination", self.name)
        self.mapping(name)
        self.check_token(name)
        body = read_body(request.environ, self.door.limits.array)
        whole, raws = read_with_items(body, "events")
        if raws is None:
            # A step stands alone: what is wrong with it is said to who set it up, and not listed.
            items: list[RawEvent | SetAside] = [RawEvent(body, self.read(whole).call)]
            self.door.check_size(body)
        else:
            check_count(raws, self.door.limits.array_items)
            items = [self.read_item(raw, self.read) for raw in raws]
        self.take(name, items)
        return success()

    def check_token(self, name: str) -> None:
        """Refuse a request without the token; compared in constant time."""
        secret = self.secret(name, "callback_token")
        given = request.headers.get(HEADER) or bearer_token(request.headers.get("Authorization", ""))
        if not is_accepted(secret, given):
            raise Unauthorised(
                "The token is missing or wrong.",
                field="Authorization",
                hint=f"Send Authorization: Bearer TOKEN, or {HEADER}, with CUEWIRE_{name.upper()}_CALLBACK_TOKEN.",
            )

    def take(self, name: str, items: Sequence[RawEvent | SetAside]) -> None:
        """Let the items act on consent and deliveries, then be events as the file says."""
        words = Words(self.services, self.door.tally, name)
        for item in (one for one in items if isinstance(one, RawEvent)):
            words.hear(heard_of(item, name))
        found = {id(item): self.delivery_of(item, name) for item in items if isinstance(item, RawEvent)}
        for item in (one for one in items if isinstance(one, RawEvent)):
            reference = str(item.call["properties"].get("dispatch_id") or "")
            words.say(found[id(item)], outcome_of(item.call), reference)
        words.settle()
        self.accept(
            name, [words.about(item, found.get(id(item), "")) for item in items], self.services.clock.now()
        )

    def delivery_of(self, item: RawEvent, name: str) -> str:
        """Find the delivery that an event speaks of: by the id we sent along, else by dispatch and person."""
        told = item.call["properties"]
        sent = told.get("external_send_id")
        if isinstance(sent, str) and sent:
            return sent
        dispatch = told.get("dispatch_id")
        if not isinstance(dispatch, str) or not dispatch:
            return ""
        return delivery_among(self.services.reader.deliveries_by_reference(name, dispatch), item.call)

    @staticmethod
    def read(item: dict[str, Any]) -> Notified:
        """Read one event of Currents, of a transactional e-mail, or of a webhook step."""
        return read_item(item)
