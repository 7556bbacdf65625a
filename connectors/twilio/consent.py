"""What a person said elsewhere of text messages, told to Twilio, which then refuses or takes them itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from connectors.coercion import as_time
from connectors.rows import Rows
from connectors.twilio.message import address
from core.ports import Delivered, DeliveryRow, Outcome, Rejected, Unknown

ACCOUNTS_HOST = "accounts.twilio.com"

#: People in one request.
MOST = 25

STATES = ("opt-in", "opt-out")
SOURCES = ("website", "offline", "opt-in-message", "opt-out-message", "others")


def problem_of_consent(fields: Mapping[str, Any]) -> str:
    """Say which word Twilio does not know."""
    for name, known in (("status", STATES), ("source", SOURCES)):
        if fields.get(name) and fields[name] not in known:
            return f"the field {name} is none of {', '.join(known)}"
    if fields.get("date_of_consent") and as_time(fields["date_of_consent"]) is None:
        return "the field date_of_consent is not a time as ISO text, such as 2026-03-02T10:00:00Z"
    return ""


def set_consent(client: Any, rows: Rows, sender: Callable[[DeliveryRow], str]) -> list[Outcome]:
    """Tell what people said, and read what Twilio made of each."""
    made = client.accounts.v1.bulk_consents.create(items=[item(row, sender(row)) for row in rows])
    listed = made.items if isinstance(made.items, list) else []
    told = {one.get("correlation_id"): one for one in listed if isinstance(one, Mapping)}
    return [read_item(told.get(correlation(row))) for row in rows]


def item(row: DeliveryRow, sender: str) -> dict[str, str]:
    """Write what one person said."""
    fields = row.fields
    at = as_time(fields.get("date_of_consent"))
    return {
        "contact_id": address(row, fields["to"]),
        "correlation_id": correlation(row),
        "sender_id": sender,
        "status": str(fields["status"]),
        "source": str(fields.get("source") or "others"),
        **({"date_of_consent": at.strftime("%Y-%m-%dT%H:%M:%SZ")} if at else {}),
    }


def correlation(row: DeliveryRow) -> str:
    """Derive the 32 characters by which an answer is told apart from the others."""
    return sha256(row.id.encode()).hexdigest()[:32]


def read_item(told: Mapping[str, Any] | None) -> Outcome:
    """Read what Twilio made of one person's word."""
    if told is None or not isinstance(told.get("error_code"), int):
        return Unknown("Twilio gave an answer that does not name the number")
    if not told["error_code"]:
        return Delivered("taken")
    said = told.get("error_messages")
    words = ", ".join(str(one) for one in said) if isinstance(said, list) else ""
    return Rejected(f"Twilio refused it with code {told['error_code']}: {words}")
