"""HubSpot CRM: contacts kept in step with profiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.base import Destination, action
from connectors.value import choices, is_nested, is_no_number, plain_text
from core.ports import Delivered, DeliveryRow, FieldSpec, Outcome, Rejected, Repeats, RetryLater, Unknown
from core.secret import Secret

HOUR = 3_600_000
DAY = 24 * HOUR

#: How long, in milliseconds, HubSpot's short limits last; their answers carry no ``Retry-After``.
LIMITS = {"TEN_SECONDLY_ROLLING": 10_000, "SECONDLY": 1_000}

#: After 423 (too much written at once) HubSpot asks for a pause of at least two seconds.
LOCKED = 2_000

CONTACT = (
    FieldSpec("email", "The person's e-mail address, by which HubSpot finds the contact."),
    FieldSpec("firstname", "First name."),
    FieldSpec("lastname", "Last name."),
    FieldSpec("phone", "Phone number."),
    FieldSpec("lifecyclestage", "Lifecycle stage, by its internal name, such as lead."),
)


class HubSpot(Destination):
    """Create and update HubSpot contacts."""

    title = "HubSpot"

    @dataclass(frozen=True)
    class Settings:
        """What an operator sets for HubSpot."""

        access_token: Secret  #: Token of a private app that may read and write contacts.
        base_url: str = "https://api.hubapi.com"  #: Where the API is; change it only to test.

    def connect(self) -> None:
        """Build the API object once: each access through the client would open a new pool of connections."""
        from hubspot import HubSpot as Client  # heavy: imported on first use

        # Without retry=False the SDK sleeps and tries again by itself, behind the back of our own policy.
        client = Client(access_token=self.settings.access_token.reveal(), host=self.base_url, retry=False)
        self.contacts = client.crm.contacts.batch_api
        self._daily_limit_until = 0

    @action(repeats=Repeats.IDEMPOTENT, fields=CONTACT, requires=("email",), open_fields=True)
    def upsert_contact(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Create the contact, or update the one with this e-mail; every other field is a property."""
        from connectors.transport import TIMEOUT, as_response, json_object  # requests is slow to import

        # Read raw: the SDK's models turn a 201 into nothing, and a page of HTML into fields that are empty.
        answer = self.contacts.upsert(
            {"inputs": [contact(delivery) for delivery in batch]},
            _request_timeout=TIMEOUT,
            _preload_content=False,
        )
        body = answer.data.decode(errors="replace")
        return read_rows(batch, json_object(as_response(answer.status, answer.headers, body)))

    def refusal(self, delivery: DeliveryRow) -> str:
        """Refuse what HubSpot has no place for."""
        email = delivery.fields["email"]
        if not isinstance(email, str) or "@" not in email:
            return "the field email is not an e-mail address"
        for name, value in delivery.fields.items():
            if is_nested(value) or is_no_number(value):
                return f"the field {name} is not a text, a number, true or false, or a list of these"
        return ""

    def read_error(self, error: Exception) -> Outcome:
        """Tell HubSpot's limits apart; the base class reads other statuses and transport faults."""
        # Each package of the SDK has an exception class of its own: what they share is the status.
        status = getattr(error, "status", None)
        if not isinstance(status, int):
            return super().read_error(error)
        if not status:
            return RetryLater(f"no secure connection to HubSpot: {getattr(error, 'reason', '')}")
        from requests import HTTPError  # slow to import

        from connectors.transport import as_response

        body = getattr(error, "body", "") or ""
        response = as_response(status, getattr(error, "headers", None) or {}, body)
        outcome = super().read_error(HTTPError(response=response))
        return self._read_limit(response, outcome.reason) if status in (423, 429, 477) else outcome

    def _read_limit(self, response: Any, reason: str) -> RetryLater:
        """Say how long a limit lasts: by ``Retry-After`` where HubSpot sends it, else by what is documented."""
        from connectors.transport import json_object, retry_after

        now = self.clock.now()
        until = retry_after(response, now)
        policy = json_object(response).get("policyName")
        if until is None and response.status_code == 423:
            until = now + LOCKED
        elif until is None and policy == "DAILY":
            until = self._wait_for_midnight(now)
            reason += " (it waits for midnight in UTC, as HubSpot does not say the account's time zone)"
        elif until is None and policy in LIMITS:
            until = now + LIMITS[policy]
        return RetryLater(reason, until=until, throttled=True)

    def _wait_for_midnight(self, now: int) -> int:
        """Give the next midnight in UTC, but each hour once one has passed: the account's may be any of them."""
        if 0 < self._daily_limit_until <= now < self._daily_limit_until + DAY:
            return now + HOUR
        self._daily_limit_until = (now // DAY + 1) * DAY
        return self._daily_limit_until


def contact(delivery: DeliveryRow) -> dict[str, Any]:
    """Build HubSpot's row; without the trace id a refused row could not be told from the others."""
    properties = {
        name: property_text(value)
        for name, value in delivery.fields.items()
        # The e-mail is the key: written as a property too, it would replace a primary by a secondary address.
        if name != "email" and value is not None
    }
    return {
        "id": delivery.fields["email"].strip(),
        "idProperty": "email",
        "properties": properties,
        "objectWriteTraceId": delivery.id,
    }


def property_text(value: Any) -> str:
    """Write a property as HubSpot wants all of them: as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return choices(value) if isinstance(value, list) else plain_text(value)


def read_rows(batch: Sequence[DeliveryRow], body: Mapping[str, Any]) -> list[Outcome]:
    """Tell which contacts of an accepted request were written, and which were refused."""
    written, refused = rows(body, "results"), rows(body, "errors")
    # In an answer about one contact everything is about it.
    alone = batch[0].id if len(batch) == 1 else ""
    by_trace = {alone or row.get("objectWriteTraceId"): row for row in written if row.get("id")}
    reasons = {trace: row for row in refused for trace in ([alone] if alone else traces(row))}
    is_whole = not refused and len(written) == len(batch) and all(row.get("id") for row in written)
    return [read_row(by_trace.get(row.id), reasons.get(row.id), is_whole=is_whole) for row in batch]


def read_row(
    written: Mapping[str, Any] | None, refused: Mapping[str, Any] | None, *, is_whole: bool
) -> Outcome:
    """Say what became of one contact."""
    if refused is not None:
        return Rejected(f"HubSpot refused it: {refused.get('message') or refused.get('category')}")
    if written is not None:
        return Delivered("created" if written.get("new") else "updated", reference=str(written["id"]))
    # 2xx with neither results nor errors has been seen: it is no success.
    return Delivered("written") if is_whole else Unknown("HubSpot did not say what became of the contact")


def rows(body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Give one of the lists of an answer."""
    found = body.get(name)
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []


def traces(error: Mapping[str, Any]) -> list[str]:
    """Name the rows that an error is about."""
    context = error.get("context")
    found = context.get("objectWriteTraceId") if isinstance(context, Mapping) else None
    return [str(trace) for trace in found] if isinstance(found, list) else []
