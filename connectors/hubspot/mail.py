"""E-mail that HubSpot sends to one person, and what the person subscribed to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from connectors.hubspot.api import Answer, Api
from connectors.hubspot.record import property_text
from connectors.value import plain_text
from core.ports import Delivered, DeliveryRow, Outcome, Rejected, RetryLater, Unknown

SENT = {"SENT", "QUEUED", "IDEMPOTENT_IGNORE"}

#: The person wants no e-mail of this account at all; other refusals are about one kind of it.
OPTED_OUT = {"PREVIOUSLY_UNSUBSCRIBED_PORTAL", "ADDRESS_OPTED_OUT"}
LATER = {"THROTTLED", "PORTAL_OVER_LIMIT"}

STATUSES = ("SUBSCRIBED", "UNSUBSCRIBED", "NOT_SPECIFIED")


def send(api: Api, row: DeliveryRow, version: str) -> Outcome:
    """Send one e-mail, under an id by which HubSpot knows a second request for it."""
    body = mail(row)
    answer = (
        api.post("/marketing/v4/email/single-send", body)
        if version == "v4"
        else api.call("marketing.transactional.single_send_api.send_email", body)
    )
    return read_sent(answer)


def mail(row: DeliveryRow) -> dict[str, Any]:
    """Build HubSpot's request."""
    fields = row.fields
    lists = {"cc": fields.get("cc"), "bcc": fields.get("bcc"), "replyTo": fields.get("reply_to")}
    message = {"to": str(fields["to"]).strip(), "sendId": row.id, "from": fields.get("from")}
    message |= {name: addresses(value) for name, value in lists.items() if value}
    contact = fields.get("contact_properties") or {}
    return {
        "emailId": int(plain_text(fields["email_id"])),
        "message": {name: value for name, value in message.items() if value},
        "contactProperties": {
            name: property_text(value) for name, value in contact.items() if value is not None
        },
        "customProperties": dict(fields.get("custom_properties") or {}),
    }


def addresses(value: object) -> list[str]:
    """Write one address, or several, as a list."""
    return [str(one).strip() for one in (value if isinstance(value, list) else [value])]


def read_sent(answer: Answer) -> Outcome:
    """Say what became of an e-mail; HubSpot takes it before it knows, and then says no result yet."""
    result, reference = answer.body.get("sendResult"), answer.body.get("statusId")
    if result is None:
        return (
            Delivered("accepted", reference=str(reference))
            if reference
            else Unknown("HubSpot gave an answer that does not name the e-mail")
        )
    if result in SENT:
        said = "was sent before" if result == "IDEMPOTENT_IGNORE" else str(result).lower()
        return Delivered(said, reference=str(reference or ""))
    if result in LATER:
        return RetryLater(f"HubSpot sends no e-mail at present: {result}", throttled=True)
    return Rejected(f"HubSpot did not send the e-mail: {result}", opted_out=result in OPTED_OUT)


def set_subscription(api: Api, row: DeliveryRow) -> Outcome:
    """Set what an address subscribed to; only this version of the API can subscribe who had opted out."""
    fields = row.fields
    address = quote(str(fields["email"]).strip(), safe="")
    answer = api.post(f"/communication-preferences/v4/statuses/{address}", subscription(fields))
    if not answer.body:
        return Unknown("HubSpot gave an answer that does not name the subscription")
    return Delivered(str(fields["status"]).lower())


def subscription(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Build HubSpot's request; HubSpot keeps consent for e-mail alone."""
    reasons = {
        "legalBasis": fields.get("legal_basis"),
        "legalBasisExplanation": fields.get("legal_basis_explanation"),
    }
    return {
        "channel": "EMAIL",
        "statusState": str(fields["status"]),
        "subscriptionId": int(plain_text(fields["subscription_id"])),
        **{name: str(value) for name, value in reasons.items() if value},
    }
