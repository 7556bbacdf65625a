"""SendGrid: e-mail to people, who may not be written to, and forgetting them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from connectors.base import Destination, action
from connectors.sendgrid.inspection import inspect
from connectors.sendgrid.mail import MAIL, is_address, mail_body, mail_problem, number_of
from core.ports import (
    Delivered,
    DeliveryRow,
    FieldSpec,
    Inspected,
    Outcome,
    Rejected,
    Repeats,
    RetryLater,
    Unknown,
    Written,
)
from core.secret import Secret

if TYPE_CHECKING:
    import requests

PERSON = FieldSpec("email", "The person's e-mail address.")
GROUP = FieldSpec("unsubscribe_group", "The number of an unsubscribe group; without it, every e-mail.")


class SendGrid(Destination):
    """Send e-mail through SendGrid and keep its lists of those who want none."""

    title = "SendGrid"

    @dataclass(frozen=True)
    class Settings:
        """What an operator sets for SendGrid."""

        api_key: Secret  #: API key that may send mail, and change unsubscribe groups where you use them.
        from_: str  #: Sender unless a step names one: a verified address, or a name and it as Name <address>.
        base_url: str = "https://api.sendgrid.com"  #: For EU subusers https://api.eu.sendgrid.com.

    def connect(self) -> None:
        """Open one session for all threads; the vendor's library opens a connection for each mail."""
        from connectors.transport import Bearer, open_session  # requests is slow to import

        self.session = open_session(self.base_url)
        self.session.auth = Bearer(self.settings.api_key.reveal())

    @action(repeats=Repeats.AT_MOST_ONCE, channel="email", fields=MAIL, requires=("to",))
    def send_email(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Send one e-mail."""
        return [self._send_mail(delivery) for delivery in batch]

    @action(repeats=Repeats.IDEMPOTENT, fields=(PERSON, GROUP), requires=("email",))
    def add_suppression(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Keep SendGrid from writing to an address, for one unsubscribe group or altogether."""
        return [self._suppress(delivery) for delivery in batch]

    @action(repeats=Repeats.IDEMPOTENT, fields=(PERSON, GROUP), requires=("email",))
    def remove_suppression(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Let SendGrid write to an address again, for one unsubscribe group or altogether."""
        return [self._unsuppress(delivery) for delivery in batch]

    @action(repeats=Repeats.IDEMPOTENT, fields=(PERSON,), requires=("email",))
    def erase(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Have SendGrid delete what it keeps of the e-mails to an address."""
        return [self._erase(delivery) for delivery in batch]

    def inspect(self, written: Written) -> list[Inspected]:
        """Ask for the scopes of the key."""
        self._connect_once()
        return inspect(self.session, written, self.base_url)

    def refusal(self, delivery: DeliveryRow) -> str:
        """Refuse what SendGrid would refuse, or would send as nobody meant it."""
        if delivery.action == "send_email":
            return mail_problem(delivery)
        if not is_address(delivery.fields["email"]):
            return "the field email is not an e-mail address"
        group = delivery.fields.get("unsubscribe_group")
        # An unreadable group must never come to mean every e-mail.
        if group is not None and number_of(group) is None:
            return "the field unsubscribe_group is not the number of an unsubscribe group"
        return ""

    def _send_mail(self, delivery: DeliveryRow) -> Outcome:
        from requests import HTTPError  # slow to import

        try:
            response = self._call_api("POST", "/v3/mail/send", body=mail_body(delivery, self.settings.from_))
        except HTTPError as error:
            return self._read_refused_mail(error, delivery)
        if response.status_code != 202 or response.text.lstrip().startswith("<"):
            return Unknown(
                f"SendGrid answered {response.status_code}, which does not say that it took the mail"
            )
        return Delivered("accepted", reference=response.headers.get("X-Message-Id", ""))

    def _read_refused_mail(self, error: requests.HTTPError, delivery: DeliveryRow) -> Outcome:
        """Say what a refusal means for one mail, of which a second copy would reach the person."""
        status = error.response.status_code
        if status >= 500:
            # 503 too may come after the mail was accepted; there is no key to send it safely again.
            return Unknown(f"SendGrid answered {status}, which does not say whether it took the mail")
        if status in (400, 403) and is_about_sender(error.response):
            return self._read_refused_sender(error.response, delivery)
        return self.read_error(error)

    def _read_refused_sender(self, response: requests.Response, delivery: DeliveryRow) -> Outcome:
        """Pause for a wrong setting; a sender that one mail alone names must not keep the others waiting."""
        from connectors.transport import vendor_message

        reason = f"SendGrid answered {response.status_code}: {vendor_message(response)}"
        if delivery.fields.get("from"):
            return Rejected(reason)
        return RetryLater(f"{reason} (check {self.variable('from')})", pause=True)

    def _suppress(self, delivery: DeliveryRow) -> Outcome:
        from connectors.transport import json_object

        body = {"recipient_emails": [str(delivery.fields["email"])]}
        response = self._call_api("POST", list_of(delivery), body=body)
        if response.status_code != 201 or not json_object(response).get("recipient_emails"):
            return Unknown("SendGrid gave an answer that does not name the address")
        return Delivered("suppressed")

    def _unsuppress(self, delivery: DeliveryRow) -> Outcome:
        from requests import HTTPError

        from connectors.transport import json_object

        address = quote(str(delivery.fields["email"]), safe="")
        try:
            response = self._call_api("DELETE", f"{list_of(delivery)}/{address}")
        except HTTPError as error:
            # So it is after a lost answer too; a page of HTML would be somebody else's 404.
            if error.response.status_code == 404 and json_object(error.response):
                return Delivered("there was nothing to remove")
            raise
        if response.status_code != 204:
            return Unknown(
                f"SendGrid answered {response.status_code}, which does not say that it was removed"
            )
        return Delivered("removed")

    def _erase(self, delivery: DeliveryRow) -> Outcome:
        from connectors.transport import json_object

        body = {"email_addresses": [str(delivery.fields["email"])]}
        job = json_object(self._call_api("POST", "/v3/recipients/erasejob", body=body)).get("job_id")
        if not job:
            return Unknown("SendGrid gave an answer without the id of a job")
        return Delivered("queued", reference=str(job))

    def _call_api(self, method: str, path: str, *, body: object = None) -> requests.Response:
        from connectors.transport import TIMEOUT

        return self.session.request(method, self.base_url + path, json=body, timeout=TIMEOUT)


def list_of(delivery: DeliveryRow) -> str:
    """Give the path of the list of addresses that a delivery is about."""
    group = number_of(delivery.fields.get("unsubscribe_group"))
    return "/v3/asm/suppressions/global" if group is None else f"/v3/asm/groups/{group}/suppressions"


def is_about_sender(response: requests.Response) -> bool:
    """Say whether a refusal is about the field from."""
    from connectors.transport import json_object

    errors = json_object(response).get("errors")
    fields = [error.get("field") for error in errors or () if isinstance(error, dict)]
    return any(str(field).startswith("from") for field in fields)
