"""What reaches people: campaigns, canvases, messages and transactional e-mail."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from connectors.braze.api import Api, read_answer
from connectors.braze.person import identifier, recipient
from connectors.rows import Rows
from connectors.value import plain_text
from core.ports import Delivered, DeliveryRow, Outcome, Unknown

#: People in one request.
MOST = 50

#: Braze keeps external_send_id for 24 hours; a try after that would be a second e-mail.
KEY_KEPT = 23 * 3_600_000

#: By what Braze knows the people of each call.
OF_STARTED = ("external_id", "user_alias", "email")
OF_MESSAGES = ("external_id", "user_alias")

#: What Braze takes as external_send_id.
SEND_ID = re.compile(r"[a-zA-Z0-9\-_+/=]+", re.ASCII)


class Doubtful(Exception):
    """Braze was not available, and does not say since when: a second message could reach the person."""


def start_campaigns(api: Api, batch: Sequence[DeliveryRow]) -> list[Outcome]:
    """Send campaigns, those of one campaign in one request."""
    return _start(api, batch, "/campaigns/trigger/send", "campaign_id", data="trigger_properties")


def start_canvases(api: Api, batch: Sequence[DeliveryRow]) -> list[Outcome]:
    """Let people enter canvases, those of one canvas in one request."""
    return _start(api, batch, "/canvas/trigger/send", "canvas_id", data="context")


def _start(api: Api, batch: Sequence[DeliveryRow], path: str, what: str, *, data: str) -> list[Outcome]:
    def call(rows: Rows) -> list[Outcome]:
        people = [started(row, data) for row in rows]
        return read_answer(
            post_once(api, path, {what: what_of(rows[0]), "recipients": people}), "recipients", len(rows)
        )

    def what_of(row: DeliveryRow) -> str:
        return plain_text(row.fields[what])

    return api.together(batch, call, limit=MOST, key=lambda row: row.id, group=what_of)


def post_once(api: Api, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Post what must not be doubled."""
    from requests import HTTPError  # slow to import

    try:
        return api.post(path, body)
    except HTTPError as error:
        if error.response.status_code == 503:
            raise Doubtful from error
        raise


def started(row: DeliveryRow, data: str) -> dict[str, Any]:
    """Write the recipient of a campaign or canvas, with what is theirs alone."""
    fields = row.fields
    more = {name: fields[name] for name in (data, "attributes") if fields.get(name)}
    only = fields.get("send_to_existing_only")
    return (
        recipient(fields, OF_STARTED) | more | ({} if only is None else {"send_to_existing_only": bool(only)})
    )


def send_transactional(api: Api, row: DeliveryRow) -> Outcome:
    """Send a transactional e-mail, which Braze sends once for each of our ids within a day."""
    fields = row.fields
    body = {
        "external_send_id": send_id(row.id),
        "recipient": recipient(fields, OF_MESSAGES)
        | ({"attributes": fields["attributes"]} if fields.get("attributes") else {}),
        "trigger_properties": fields.get("trigger_properties") or {},
    }
    campaign = quote(plain_text(fields["campaign_id"]), safe="")
    answer = api.post(f"/transactional/v1/campaigns/{campaign}/send", body)
    if not answer.get("dispatch_id"):
        return Unknown("Braze gave an answer without the id of a dispatch")
    return Delivered(str(answer.get("status") or "accepted"), reference=str(answer["dispatch_id"]))


def send_id(delivery_id: str) -> str:
    """Derive the key by which Braze knows a second try."""
    return delivery_id if SEND_ID.fullmatch(delivery_id) else sha256(delivery_id.encode()).hexdigest()


def send(api: Api, row: DeliveryRow) -> Outcome:
    """Send a message that is written here, to one person."""
    found = identifier(row.fields, OF_MESSAGES)
    people = {
        "external_user_ids" if name == "external_id" else "user_aliases": [one] for name, one in found.items()
    }
    (outcome,) = read_answer(
        post_once(api, "/messages/send", {**people, "messages": WRITTEN[row.action](row)}), "messages", 1
    )
    return outcome


def email(row: DeliveryRow) -> dict[str, Any]:
    """Write an e-mail."""
    fields = row.fields
    made = {
        "app_id": fields["app_id"],
        "subject": fields["subject"],
        "from": fields["from"],
        "body": fields["html"],
        "plaintext_body": fields.get("text"),
        "reply_to": fields.get("reply_to"),
    }
    return {"email": {name: str(value) for name, value in made.items() if value}}


def push(row: DeliveryRow) -> dict[str, Any]:
    """Write a push message for both kinds of phones: which one the person has is Braze's to know."""
    title, body, url = (str(row.fields.get(name) or "") for name in ("title", "body", "url"))
    link = {"custom_uri": url} if url else {}
    return {
        "apple_push": {"alert": {"title": title, "body": body}, **link},
        "android_push": {"title": title, "alert": body, **link},
    }


def sms(row: DeliveryRow) -> dict[str, Any]:
    """Write a text message."""
    return {"sms": {name: str(row.fields[name]) for name in ("subscription_group_id", "app_id", "body")}}


WRITTEN = {"send_email": email, "send_message": push, "send_sms": sms}
