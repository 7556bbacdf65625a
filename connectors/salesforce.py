"""Salesforce: contacts kept in step with profiles, found by an external id."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from connectors.base import Destination, action
from connectors.value import choices, is_no_number, plain_text, whole
from core.errors import OperatorError
from core.ports import Delivered, DeliveryRow, FieldSpec, Outcome, Rejected, Repeats, RetryLater, Unknown
from core.secret import Secret

if TYPE_CHECKING:
    import requests

#: Named here, or the SDK's own default would change what we send with its next release.
API_VERSION = "62.0"
OBJECT = "Contact"

#: Every host that Salesforce may name as an organisation's own.
HOSTS = ".salesforce.com"
DEFAULT_BASE_URL = "https://salesforce.com"
TOKEN_PATH = "/services/oauth2/token"  # noqa: S105  # an address, not a secret

#: The daily allowance is a rolling one, so some of it is back before it is all back.
PARKED = 3_600_000

FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*", re.ASCII)

PASSING = {"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE"}
PASSING_WORDS = "Too many SOQL"

CONTACT = (
    FieldSpec("external_id_field", "The API name of the External ID field that finds the contact."),
    FieldSpec("external_id", "Its value for this person, such as your user_id."),
    FieldSpec("LastName", "Last name; Salesforce creates no contact without one."),
    FieldSpec("FirstName", "First name."),
    FieldSpec("Email", "E-mail address."),
    FieldSpec("Phone", "Phone number."),
)


class Salesforce(Destination):
    """Create and update Salesforce contacts."""

    title = "Salesforce"

    @dataclass(frozen=True)
    class Settings:
        """What an operator sets for Salesforce."""

        consumer_key: Secret  #: Consumer key of an app with the client credentials flow.
        consumer_secret: Secret  #: Consumer secret of the same app.
        domain: str  #: Your My Domain, such as acme.my for https://acme.my.salesforce.com.
        base_url: str = DEFAULT_BASE_URL  #: Where requests go instead of your domain; change it only to test.

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.domain = self.settings.domain.lower().removeprefix("https://").strip("/").removesuffix(HOSTS)
        if self.settings.domain and (not DOMAIN.fullmatch(self.domain) or self.domain in ("login", "test")):
            raise OperatorError(
                f"{self.variable('domain')} is not a My Domain.",
                hint="Set it to what stands before .salesforce.com at your sign-in, such as acme.my.",
            )

    def connect(self) -> None:
        """Open one session; the SDK knows neither timeouts nor addresses other than https."""
        from connectors.transport import OneHost, open_session  # requests is slow to import

        # Its hook raises for every answer but 2xx: the SDK never sees a 401, and so never logs in by itself.
        self.session = open_session(self.base_url)
        self.session.auth = as_it_is
        elsewhere = "" if self.base_url == DEFAULT_BASE_URL else self.base_url
        self.session.mount("https://", OneHost(HOSTS, elsewhere))
        self._signing_in = threading.Lock()
        self._client: Any = None

    @action(
        repeats=Repeats.IDEMPOTENT,
        fields=CONTACT,
        requires=("external_id_field", "external_id"),
        open_fields=True,
    )
    def upsert_contact(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Create the contact, or update the one with this external id; every other field is a field there."""
        return [self._upsert(delivery) for delivery in batch]

    def refusal(self, delivery: DeliveryRow) -> str:
        """Refuse what would address something else than one contact."""
        field = str(delivery.fields["external_id_field"])
        if not FIELD_NAME.fullmatch(field):
            return "the field external_id_field is not the API name of a field, such as Cuewire_Id__c"
        if plain_text(delivery.fields["external_id"]) in (".", ".."):
            return "the field external_id names no contact"
        for name, value in delivery.fields.items():
            if name.lower() == "id":
                return f"the field {name} is Salesforce's own; the contact is found by the external id"
            if is_no_number(value):
                return f"the field {name} is not a number"
        return ""

    def read_error(self, error: Exception) -> Outcome:
        """Read Salesforce's codes; the base class reads other statuses and transport faults."""
        response: requests.Response | None = getattr(error, "response", None)
        # The SDK calls a page of HTML a failed authentication; refused credentials have a response here.
        if hasattr(error, "auth_message"):
            return RetryLater("Salesforce gave an answer to the sign-in that cannot be read")
        if response is None:
            return super().read_error(error)
        outcome = super().read_error(error)
        if is_sign_in(response):
            return self._read_sign_in(response, outcome)
        found = problems(response)
        said = "; ".join(f"{one.get('errorCode')}: {one.get('message')}" for one in found)
        codes = {str(one.get("errorCode")) for one in found}
        if response.status_code == 300:
            return Rejected("several contacts in Salesforce have this external id; merge them there")
        if "REQUEST_LIMIT_EXCEEDED" in codes:
            return RetryLater(f"Salesforce: {said}", until=self.clock.now() + PARKED, throttled=True)
        if found and all(is_passing(one) for one in found):
            return RetryLater(f"Salesforce asks to try again: {said}")
        if any(code.startswith("INSUFFICIENT_ACCESS") for code in codes):
            return Rejected(f"Salesforce refused it: {said}")
        return replace(outcome, reason=f"{outcome.reason} ({said})" if said else outcome.reason)

    def _read_sign_in(self, response: requests.Response, outcome: Outcome) -> Outcome:
        """Tell an outage of the sign-in from credentials that are refused."""
        from connectors.transport import json_object  # requests is slow to import

        status = response.status_code
        if status >= 500 or status in (408, 425, 429):
            return (
                outcome if isinstance(outcome, RetryLater) else RetryLater(f"{outcome.reason} at the sign-in")
            )
        body = json_object(response)
        said = f"{body.get('error')}: {body.get('error_description')}" if body else f"status {status}"
        names = ", ".join(map(self.variable, ("consumer_key", "consumer_secret", "domain")))
        return RetryLater(f"Salesforce refused the sign-in with {said} (check {names})", pause=True)

    def _upsert(self, delivery: DeliveryRow) -> Outcome:
        """Write one contact; a session that is over is renewed once."""
        from requests import HTTPError, codes

        client = self._signed_in()
        try:
            answer = write(client, delivery)
        except HTTPError as error:
            if error.response.status_code != codes.unauthorized:
                raise
            answer = write(self._signed_in(instead_of=client), delivery)
        return read_answer(answer)

    def _signed_in(self, *, instead_of: Any = None) -> Any:
        """Give a client with a session, new where the one given is over; one thread signs in for all."""
        with self._signing_in:
            if self._client is None or self._client is instead_of:
                self._client = None
                self._client = self._sign_in()
            return self._client

    def _sign_in(self) -> Any:
        from simple_salesforce.api import Salesforce as Client  # heavy: imported on first use
        from simple_salesforce.login import SalesforceLogin

        token, instance = SalesforceLogin(
            consumer_key=self.settings.consumer_key.reveal(),
            consumer_secret=self.settings.consumer_secret.reveal(),
            domain=self.domain,
            session=self.session,
        )
        return Client(session_id=token, instance=instance, session=self.session, version=API_VERSION)


def as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Leave a request's Authorization alone; without this, requests would let ~/.netrc replace it."""
    return request


def write(client: Any, delivery: DeliveryRow) -> Any:
    """Send the upsert; the path is ours alone, as the SDK takes any attribute for an object's name."""
    fields = delivery.fields
    key, value = str(fields["external_id_field"]), plain_text(fields["external_id"])
    # The SDK puts the value into the path as it is.
    path = f"sobjects/{OBJECT}/{key}/{quote(value, safe='')}"
    return client.restful(path, method="PATCH", json=record(fields, key))


def record(fields: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Build the record; the external id stands in the path and must not stand here too."""
    named = {"external_id_field", "external_id", key}
    return {
        name: choices(value) if isinstance(value, list) else whole(value)
        for name, value in fields.items()
        if name not in named
    }


def read_answer(answer: Any) -> Outcome:
    """Read what Salesforce made of an upsert; 204, an update without a body, is None here."""
    if answer is None:
        return Delivered("updated")
    if not isinstance(answer, Mapping) or not answer.get("success"):
        return Unknown("Salesforce gave an answer that does not say success")
    return Delivered("created" if answer.get("created") else "updated", reference=str(answer.get("id", "")))


def is_sign_in(response: requests.Response) -> bool:
    """Say whether an answer is one to the sign-in."""
    return urlsplit(response.request.url or "").path.endswith(TOKEN_PATH)


def problems(response: requests.Response) -> list[Mapping[str, Any]]:
    """Read Salesforce's list of problems; anything else is none."""
    try:
        body = response.json()
    except ValueError:
        return []
    return (
        [one for one in body if isinstance(one, Mapping) and "errorCode" in one]
        if isinstance(body, list)
        else []
    )


def is_passing(problem: Mapping[str, Any]) -> bool:
    """Say whether a problem goes away by itself."""
    return problem.get("errorCode") in PASSING or PASSING_WORDS in str(problem.get("message"))
