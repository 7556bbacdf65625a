"""Salesforce: contacts, leads and other records kept in step with profiles, and what happens around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connectors.base import Destination, action
from connectors.salesforce import activity, field, inspection
from connectors.salesforce.access import (
    HOSTS,
    NEEDED,
    NoSession,
    credentials,
    domain_of,
    is_domain,
    unusable_key,
    way_of,
)
from connectors.salesforce.fault import is_sign_in, read_answer_problems, read_sign_in
from connectors.salesforce.fitness import unfit
from connectors.salesforce.lead import upsert_leads
from connectors.salesforce.org import API_VERSION, Org
from connectors.salesforce.record import COLLECTION, upsert
from core.errors import OperatorError
from core.ports import DeliveryRow, Inspected, Outcome, Repeats, RetryLater, Unknown, Written
from core.secret import NO_SECRET, Secret

if TYPE_CHECKING:
    import requests

DEFAULT_BASE_URL = "https://salesforce.com"
FOUND_BY = ("external_id_field", "external_id")

#: The identifier that a record's id is, of a contact as of a lead.
ID = "salesforce_id"


class Salesforce(Destination):
    """Keep contacts, leads and other records, campaigns and tasks, and publish events in Salesforce."""

    title = "Salesforce"

    @dataclass(frozen=True)
    class Settings:
        """What an operator sets for Salesforce."""

        consumer_key: Secret = NO_SECRET  #: Consumer key of a connected app.
        consumer_secret: Secret = NO_SECRET  #: Consumer secret of the same app; a JWT needs none.
        domain: str = ""  #: Your My Domain, such as acme.my for https://acme.my.salesforce.com.
        username: str = ""  #: The user to sign in as, with a JWT or a password.
        private_key: Secret = NO_SECRET  #: PEM key of the app's certificate, to sign in with a JWT.
        password: Secret = NO_SECRET  #: The user's password, where no other way is open; without a comma.
        security_token: Secret = NO_SECRET  #: The user's security token, where Salesforce asks for it.
        base_url: str = DEFAULT_BASE_URL  #: Where requests go instead of your domain; change it only to test.

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.domain = domain_of(self.settings)
        if self.settings.domain and not is_domain(self.domain, way_of(self.settings)):
            raise OperatorError(
                f"{self.variable('domain')} is not a My Domain.",
                hint="Set it to what stands before .salesforce.com at your sign-in, such as acme.my.",
            )

    def connect(self) -> None:
        """Open one session; the SDK knows neither timeouts nor addresses other than https."""
        elsewhere = "" if self.base_url == DEFAULT_BASE_URL else self.base_url
        self.org = Org(elsewhere, sign_in=self._sign_in, read_error=self.read_error)

    def missing_settings(self) -> list[str]:
        """Ask for what the way of signing in needs that the settings show."""
        names = NEEDED[way_of(self.settings)]
        return [self.variable(name) for name in names if not getattr(self.settings, name)]

    @action(
        repeats=Repeats.IDEMPOTENT,
        fields=field.CONTACT,
        requires=FOUND_BY,
        batch=COLLECTION,
        open_fields=True,
        gives=ID,
    )
    def upsert_contact(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Create the contact, or update the one with this external id; every other field is a field there."""
        return upsert(self.org, batch, lambda _row: "Contact", now=self.clock.now())

    @action(
        repeats=Repeats.IDEMPOTENT,
        fields=field.LEAD,
        requires=FOUND_BY,
        batch=COLLECTION,
        open_fields=True,
        gives=ID,
    )
    def upsert_lead(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Create the lead, or update the one with this external id, or the contact that it became."""
        return upsert_leads(self.org, batch, now=self.clock.now())

    @action(
        repeats=Repeats.IDEMPOTENT,
        fields=field.RECORD,
        requires=("object", *FOUND_BY),
        batch=COLLECTION,
        open_fields=True,
    )
    def upsert_record(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Create the record of any object, or update the one with this external id."""
        return upsert(self.org, batch, lambda row: str(row.fields["object"]), now=self.clock.now())

    @action(repeats=Repeats.IDEMPOTENT, fields=field.MEMBER, requires=("campaign_id",), batch=COLLECTION)
    def add_to_campaign(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Make a contact or lead a member of a campaign."""
        return activity.add_members(self.org, batch, now=self.clock.now())

    @action(repeats=Repeats.AT_MOST_ONCE, fields=field.TASK, requires=("subject",))
    def create_task(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Create a task for a contact or lead."""
        return [activity.create_task(self.org, row) for row in batch]

    @action(repeats=Repeats.AT_MOST_ONCE, fields=field.EVENT, requires=("event",), open_fields=True)
    def publish_event(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Publish a platform event; every other field is a field of it."""
        return [activity.publish(self.org, row, now=self.clock.now()) for row in batch]

    def inspect(self, written: Written) -> list[Inspected]:
        """Sign in, and have the objects described that are written to."""
        self._connect_once()
        is_usual = self.base_url == DEFAULT_BASE_URL
        return inspection.inspect(
            self.org, written, host=f"https://{self.domain}{HOSTS}" if is_usual else self.base_url
        )

    def refusal(self, delivery: DeliveryRow) -> str:
        """Refuse what would address something else than the record that is meant."""
        return unfit(delivery)

    def read_error(self, error: Exception) -> Outcome:
        """Read Salesforce's codes; the base class reads other statuses and transport faults."""
        if isinstance(error, NoSession):
            return error.outcome
        # The SDK calls a page of HTML a failed authentication; refused credentials have a response here.
        if hasattr(error, "auth_message"):
            return RetryLater("Salesforce gave an answer to the sign-in that cannot be read")
        response: requests.Response | None = getattr(error, "response", None)
        outcome = super().read_error(error)
        if response is None:
            return outcome
        if is_sign_in(response):
            return read_sign_in(response, outcome, self._names())
        return read_answer_problems(response, outcome, self.clock.now())

    def scrub(self, text: str) -> str:
        """Take our secrets out of a text, and the token of the session."""
        org = getattr(self, "org", None)
        token = org.token() if org else ""
        return super().scrub(text.replace(token, "***") if token else text)

    def _names(self) -> str:
        return ", ".join(map(self.variable, dict.fromkeys((*NEEDED[way_of(self.settings)], "domain"))))

    def _sign_in(self, session: requests.Session) -> Any:
        """Open a session; whatever goes wrong here, nothing of a delivery was sent yet."""
        try:
            return self._open_session(session)
        # The SDK raises anything, an XML parser's errors too.
        except Exception as error:
            outcome = self.read_error(error)
            is_lost = isinstance(outcome, Unknown)
            raise NoSession(RetryLater(outcome.reason) if is_lost else outcome) from error

    def _open_session(self, session: requests.Session) -> Any:
        from jwt import PyJWTError
        from simple_salesforce.api import Salesforce as Client  # heavy: imported on first use
        from simple_salesforce.login import SalesforceLogin

        given = credentials(self.settings)
        try:
            token, instance = SalesforceLogin(
                **given, domain=self.domain, session=session, sf_version=API_VERSION
            )
        except (PyJWTError, ValueError) as error:
            # Salesforce's own refusals come as answers: this is the key, before anything left.
            if "privatekey" not in given or hasattr(error, "response"):
                raise
            raise unusable_key(self.variable("private_key")) from error
        return Client(session_id=token, instance=instance, session=session, version=API_VERSION)
