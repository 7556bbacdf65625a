"""HubSpot calling back in: what changed in the CRM, what a workflow tells, and workflows that fire a trigger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from flask import Blueprint, Response, request

from core.errors import Unauthorised
from core.ports import Inbound, RawEvent
from core.secret import Secret
from webhooks.answers import json_answer
from webhooks.callbacks.address import differing
from webhooks.callbacks.base import Callback, Notified
from webhooks.callbacks.hubspot.action import WorkflowActions, person_call
from webhooks.callbacks.hubspot.description import OPERATIONS, SCHEMAS, SIGNATURE
from webhooks.callbacks.hubspot.notice import read_subscription, read_workflow
from webhooks.callbacks.hubspot.signature import check, is_signed
from webhooks.holding import came_at
from webhooks.payload import read_array, read_object
from webhooks.receiver import read_body, too_large
from webhooks.sources.base import Setting, check_count, success

PATH = "/callbacks/hubspot"
ACTION_PATH = "/callbacks/hubspot/action"


class HubSpotCallback(Callback):
    """Take what HubSpot's subscriptions and workflows send, signed with the app's secret."""

    name = "hubspot"
    ways = (SIGNATURE,)
    settings = (
        Setting("client_secret", "Client secret of the app that calls back in."),
        Setting("app_id", "Id of the app; more may follow whose writes are ours too.", is_secret=False),
        Setting("developer_key", "Key of the developer account, for `cuewire connect hubspot --create`."),
    )
    operations = OPERATIONS
    schemas = SCHEMAS

    def routes(self) -> Sequence[Blueprint]:
        """Give the routes of notifications and of the workflow action."""
        routes = Blueprint("hubspot_callbacks", __name__)
        routes.add_url_rule(PATH, "notify", self.notify, methods=["POST"])
        routes.add_url_rule(ACTION_PATH, "act", self.act, methods=["POST"])
        return (routes,)

    def notify(self) -> Response:
        """Take a list of changes, or what one workflow tells of one contact."""
        name, told = self.signed(PATH)
        apps = self.services.secrets(name, "app_id").accepted()
        if told.body.lstrip()[:1] == b"[":
            raws = read_array(told.body)
            check_count(raws, self.door.limits.array_items)
            items = [self.read_item(raw, partial(read_subscription, apps=apps)) for raw in raws]
        else:
            # A contact with all its properties may be larger than an event, and not without end.
            if len(told.body) > self.door.limits.batch:
                raise too_large(self.door.limits.batch)
            call = read_workflow(read_object(told.body), request.args.get("workflow", "")[:80]).call
            items = [RawEvent(told.body, call)]
        self.accept(name, items, told.received_at)
        return success()

    def act(self) -> Response:
        """Fire a trigger for a workflow, and tell it what came of it."""
        name, told = self.signed(ACTION_PATH)
        mapping = self.mapping(name)
        self.door.tally.callbacks.inc()
        answer = WorkflowActions(self.services, name).act(read_object(told.body), mapping)
        return json_answer({"outputFields": answer})

    def signed(self, path: str) -> tuple[str, Inbound]:
        """Read a request that the app has signed; ``?destination=`` names the account where there are several."""
        name = request.args.get("destination", self.name)
        self.mapping(name)
        secret = self.secret(name, "client_secret")
        query = request.environ.get("QUERY_STRING", "")
        told = Inbound(
            method=request.method,
            path=path,
            url=self.services.public_url.rstrip("/") + path + (f"?{query}" if query else ""),
            headers={header.lower(): value for header, value in request.headers.items()},
            body=read_body(request.environ, self.door.limits.array),
            received_at=came_at(request.environ, self.services.clock.now()),
        )
        try:
            check(told, secret)
        except Unauthorised as error:
            rest = told.url.removeprefix(self.services.public_url.rstrip("/"))
            raise self.advised(error, told, rest, name=name, secret=secret) from None
        return name, told

    def advised(
        self, error: Unauthorised, told: Inbound, rest: str, *, name: str, secret: Secret
    ) -> Unauthorised:
        """Name the address that was signed, where it is another than ours; ``rest`` is what follows it."""
        hint = differing(
            self.services.public_url,
            told.body,
            lambda base: is_signed(replace(told, url=base + rest), secret),
        )
        hint = hint or self.belongs_to(name, "client_secret", lambda one: is_signed(told, one))
        return Unauthorised(error.message, field=error.field, hint=hint or error.hint)

    @staticmethod
    def read(item: dict[str, Any]) -> Notified:
        """Read one change, what a workflow tells, or the person of a workflow's action."""
        if "callbackId" in item:
            return Notified(person_call(item))
        if "subscriptionType" in item or "eventType" in item:
            return read_subscription(item)
        return read_workflow(item)
