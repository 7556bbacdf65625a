"""HubSpot CRM: contacts and companies kept in step with profiles, and what happens around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.base import Destination, action
from connectors.hubspot import activity, field, inspection, mail, membership, workflow
from connectors.hubspot.api import Api
from connectors.hubspot.fault import LIMITED, Limits, not_secure, response_of
from connectors.hubspot.fitness import unfit
from connectors.hubspot.record import BATCH, record, upsert
from connectors.hubspot.token import Fixed, Grant, NoToken, read_renewal
from core.errors import OperatorError
from core.ports import DeliveryRow, Inspected, Outcome, Repeats, Written
from core.secret import NO_SECRET, Secret

#: The settings of OAuth; with one of them all are needed, and no private app's token is.
OAUTH = ("client_id", "client_secret", "refresh_token")
EMAIL_APIS = ("v3", "v4")


class HubSpot(Destination):
    """Keep contacts, companies and lists, and send events and e-mail through HubSpot."""

    title = "HubSpot"

    @dataclass(frozen=True)
    class Settings:
        """What an operator sets for HubSpot."""

        access_token: Secret = NO_SECRET  #: Token of a private app; not needed with OAuth.
        client_id: str = ""  #: Client id of an app that signs in by OAuth.
        client_secret: Secret = NO_SECRET  #: Client secret of the same app.
        refresh_token: Secret = NO_SECRET  #: Refresh token that the app got when it was installed.
        email_api: str = "v3"  #: v3 with the transactional e-mail add-on, v4 with Marketing Hub Enterprise.
        base_url: str = "https://api.hubapi.com"  #: Where the API is; change it only to test.

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._limits = Limits(self.clock)
        if self.settings.email_api not in EMAIL_APIS:
            raise OperatorError(
                f"{self.variable('email_api')} is no version of HubSpot's single-send API.",
                hint="Set it to v3 with the transactional e-mail add-on, to v4 with Marketing Hub Enterprise.",
            )

    def connect(self) -> None:
        """Build the client; its API objects are built once each, when they are first used."""
        self.api = Api(self.base_url, self.read_error)
        token = Fixed(self.settings.access_token.reveal())
        self.api.access = Grant(self._renew, self.clock) if self._by_oauth() else token

    def missing_settings(self) -> list[str]:
        """Ask for a private app's token, or for all that OAuth needs once a part of it is there."""
        names = OAUTH if self._by_oauth() else ("access_token",)
        return [self.variable(name) for name in names if not getattr(self.settings, name)]

    @action(
        repeats=Repeats.IDEMPOTENT, fields=field.CONTACT, batch=BATCH, open_fields=True, gives="hubspot_id"
    )
    def upsert_contact(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Create the contact, or update the one with this e-mail; every other field is a property."""
        return upsert(self.api, "contacts", batch, {row.id: record(row.fields) for row in batch})

    @action(
        repeats=Repeats.IDEMPOTENT,
        fields=field.COMPANY,
        requires=("id_property", "id"),
        batch=BATCH,
        open_fields=True,
    )
    def upsert_company(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Create the company, or update the one with this unique property; every other field is a property."""
        return upsert(self.api, "companies", batch, {row.id: record(row.fields) for row in batch})

    @action(repeats=Repeats.IDEMPOTENT, fields=field.ASSOCIATION)
    def associate_company(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Tie a contact to a company."""
        return [membership.associate(self.api, row) for row in batch]

    @action(repeats=Repeats.KEYED, fields=field.EVENT, requires=("event_name",), batch=activity.BATCH)
    def track_event(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Record a custom behavioural event of a contact or a visitor."""
        return activity.track(self.api, batch)

    @action(repeats=Repeats.IDEMPOTENT, fields=field.MEMBERSHIP, requires=("list_id",), batch=BATCH)
    def add_to_list(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Put a contact on a static list."""
        return membership.add(self.api, batch)

    @action(repeats=Repeats.IDEMPOTENT, fields=field.MEMBERSHIP, requires=("list_id",), batch=BATCH)
    def remove_from_list(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Take a contact off a static list."""
        return membership.remove(self.api, batch)

    @action(repeats=Repeats.IDEMPOTENT, fields=field.ENROLMENT, batch=BATCH)
    def enrol_contact(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Start a workflow for a contact, by the list or the property that the workflow starts from."""
        return membership.enrol(self.api, batch)

    @action(repeats=Repeats.KEYED, channel="email", fields=field.MAIL, requires=("to", "email_id"))
    def send_email(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Send one e-mail that was made in HubSpot."""
        return [mail.send(self.api, row, self.settings.email_api) for row in batch]

    @action(
        repeats=Repeats.IDEMPOTENT,
        fields=field.SUBSCRIPTION,
        requires=("email", "subscription_id", "status"),
    )
    def set_subscription(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Say whether an address gets e-mail of one subscription type."""
        return [mail.set_subscription(self.api, row) for row in batch]

    @action(repeats=Repeats.AT_MOST_ONCE, fields=field.TASK, requires=("subject",))
    def create_task(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Create a task for a contact."""
        return [activity.create_task(self.api, row) for row in batch]

    @action(repeats=Repeats.AT_MOST_ONCE, fields=field.MERGE, requires=("contact_id", "merged_contact_id"))
    def merge_contacts(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Merge one contact into another, which cannot be undone."""
        return [activity.merge(self.api, row) for row in batch]

    @action(repeats=Repeats.IDEMPOTENT, fields=field.PERSON)
    def erase(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Have HubSpot delete a contact for good, as the GDPR asks."""
        return [activity.erase(self.api, row) for row in batch]

    @action(repeats=Repeats.IDEMPOTENT, fields=field.COMPLETION, requires=("callback_id",), open_fields=True)
    def complete_action(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Let a workflow go on that waits in one of its steps."""
        return [workflow.complete(self.api, row) for row in batch]

    def inspect(self, written: Written) -> list[Inspected]:
        """Ask for the scopes of the token, and for the properties that are written."""
        self._connect_once()
        token, setting = self.settings.access_token.reveal(), self.variable("access_token")
        return inspection.inspect(
            self.api,
            written,
            token="" if self._by_oauth() else token,
            base_url=self.base_url,
            setting=setting,
        )

    def refusal(self, delivery: DeliveryRow) -> str:
        """Refuse what HubSpot has no place for."""
        return unfit(delivery.action, delivery.fields)

    def read_error(self, error: Exception) -> Outcome:
        """Tell HubSpot's limits apart; the base class reads other statuses and transport faults."""
        if isinstance(error, NoToken):
            return error.outcome
        early, response = not_secure(error), response_of(error)
        if early or response is None:
            return early or super().read_error(error)
        from requests import HTTPError  # slow to import

        outcome = super().read_error(HTTPError(response=response))
        return self._limits.read(response, outcome.reason) if response.status_code in LIMITED else outcome

    def scrub(self, text: str) -> str:
        """Take our secrets out of a text, and the token that OAuth gave us."""
        api = getattr(self, "api", None)
        token = api.access.held if api else ""
        return super().scrub(text.replace(token, "***") if token else text)

    def _by_oauth(self) -> bool:
        # The client secret alone only proves what HubSpot sends here.
        return bool(self.settings.client_id or self.settings.refresh_token)

    def _renew(self) -> Mapping[str, Any]:
        """Ask for a new access token; what goes wrong here was never sent."""
        from hubspot.oauth.exceptions import OpenApiException
        from urllib3.exceptions import HTTPError

        from connectors.transport import json_object

        given = self.settings
        secrets = {name: getattr(given, name).reveal() for name in OAUTH[1:]}
        try:
            return self.api.renew(grant_type="refresh_token", client_id=given.client_id, **secrets)
        except (OpenApiException, HTTPError) as error:
            outcome, response = self.read_error(error), response_of(error)
            body = {} if response is None else json_object(response)
            status = 0 if response is None else response.status_code
            said = f"{body.get('status')}: {body.get('message')}"
            names = ", ".join(map(self.variable, OAUTH))
            raise NoToken(read_renewal(outcome, status=status, said=said, names=names)) from error
