"""Salesforce calling back in: records that a workflow rule or a flow tells of by an outbound message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import msgspec
import structlog
from flask import Blueprint, Response, request

from core.engine.instant import iso, parse_time
from core.errors import BadRequest, Unauthorised
from core.ports import RawEvent, SetAside
from webhooks.api.openapi.operation import OPEN, Operation, Parameter
from webhooks.callbacks.base import Callback, Notified
from webhooks.callbacks.salesforce.soap import ACK, Message, Notification, read_message
from webhooks.receiver import read_body
from webhooks.signatures import is_accepted, is_same
from webhooks.sources.base import Setting

log = structlog.get_logger()

PATH = "/callbacks/salesforce/<token>"

#: The two fields that say when a record changed, where the admin picked one of them.
TIMES = ("SystemModstamp", "LastModifiedDate")

#: An id's last three letters only guard against lost capitals.
ID_LENGTH = 15

_encoder = msgspec.json.Encoder()


class SalesforceCallback(Callback):
    """Take outbound messages; they carry no signature, so their address is the secret."""

    name = "salesforce"
    settings = (
        Setting("callback_token", "The end of the address that outbound messages are sent to."),
        Setting(
            "org_id", "Id of the organisation that may send, or several, comma-separated.", is_secret=False
        ),
    )
    operations = (
        Operation(
            "POST",
            "/callbacks/salesforce/{token}",
            "Take outbound messages of Salesforce; the address is the secret.",
            OPEN,
            takes="OutboundMessage",
            gives="Acknowledgement",
            refuses=(400, 401, 404, 413, 415, 503),
            parameters=(
                Parameter("token", "path", "The value of SALESFORCE_CALLBACK_TOKEN.", is_required=True),
            ),
            takes_type="text/xml",
            gives_type="text/xml",
        ),
    )
    schemas: ClassVar[Mapping[str, dict[str, Any]]] = {
        "OutboundMessage": {"type": "string", "description": "SOAP with 1 to 100 notifications."},
        "Acknowledgement": {"type": "string", "description": "SOAP that says Ack."},
    }

    def routes(self) -> Sequence[Blueprint]:
        """Give the one route."""
        routes = Blueprint("salesforce_callbacks", __name__)
        routes.add_url_rule(PATH, "notify", self.notify, methods=["POST"])
        return (routes,)

    def notify(self, token: str) -> Response:
        """Take the notifications of one message, all or none: one answer stands for all of them."""
        name = self.account(token)
        message = read_message(read_body(request.environ, self.door.limits.array))
        self.check_organization(name, message.organization)
        items = [self.taken(one, message) for one in message.notifications]
        self.accept(name, items, self.services.clock.now())
        return Response(ACK, mimetype="text/xml")

    def account(self, token: str) -> str:
        """Find whose address was called; compared in constant time, and never logged."""
        names = [one.name for one in self.services.rules().callbacks.values() if one.uses == self.name]
        if not names:
            self.mapping(self.name)
        found = [name for name in names if is_accepted(self.services.secrets(name, "callback_token"), token)]
        if not found:
            for name in names:
                self.secret(name, "callback_token")
            raise Unauthorised(
                "This address is not ours.",
                field="token",
                hint="End it with the value of CUEWIRE_SALESFORCE_CALLBACK_TOKEN.",
            )
        return found[0]

    def check_organization(self, name: str, organization: str) -> None:
        """Refuse a message of another organisation than those that may send."""
        accepted = self.secret(name, "org_id").accepted()
        if not any(is_same(one[:ID_LENGTH], organization[:ID_LENGTH]) for one in accepted):
            log.warning("callback_of_another_organisation", callback=name)
            raise Unauthorised(
                "The message is of another organisation.",
                field="OrganizationId",
                hint=f"Set CUEWIRE_{name.upper()}_ORG_ID to the id of the organisation that sends.",
            )

    def taken(self, one: Notification, message: Message) -> RawEvent | SetAside:
        """Write a notification down as it is kept: without the session that came with it."""
        item = {
            "notification": one.id,
            "object": one.object,
            "fields": one.fields,
            "organization": message.organization,
            "action": message.action,
        }
        return self.read_item(_encoder.encode(item), self.read)

    @staticmethod
    def read(item: dict[str, Any]) -> Notified:
        """Read one notification: ``{notification, object, fields}``."""
        fields, kind = item.get("fields"), item.get("object")
        if not isinstance(fields, dict) or not isinstance(kind, str) or not kind:
            raise BadRequest("needs the kind of record and its fields", field="sObject")
        changed = next((at for name in TIMES if (at := parse_time(fields.get(name))) is not None), None)
        call: dict[str, Any] = {
            "type": "track",
            "event": kind,
            "messageId": item.get("notification"),
            "properties": fields,
            "traits": fields,
            "context": {"salesforce": told_by(item)},
        }
        return Notified(call | ({"timestamp": iso(changed)} if changed is not None else {}))


def told_by(item: Mapping[str, Any]) -> dict[str, Any]:
    """Name the organisation and the rule that sent a notification."""
    return {name: item[name] for name in ("organization", "action") if item.get(name)}
