"""Twilio: text messages to phones, with their status called back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import phonenumbers

from connectors.base import Destination, action
from connectors.setting import is_loopback
from core.ports import Delivered, DeliveryRow, FieldSpec, Outcome, Rejected, Repeats, Unknown
from core.secret import Secret

if TYPE_CHECKING:
    import requests

API_HOST = "api.twilio.com"

#: The code of a number that has told Twilio to be left alone.
OPTED_OUT = 21610

#: Seconds for the connection and for each part of the answer; the SDK has no default.
TIMEOUT = 10.0

TO = FieldSpec("to", "The phone number to write to, with country code, such as +4915112345678.")
BODY = FieldSpec("body", "The text of the message.")
FROM = FieldSpec(
    "from", "The sender: a number, a sender name or a Messaging Service (MG...); else the setting."
)


class Twilio(Destination):
    """Send text messages through Twilio."""

    title = "Twilio"

    @dataclass(frozen=True)
    class Settings:
        """What an operator sets for Twilio."""

        account_sid: str  #: Account SID of the Twilio project, AC and 32 characters.
        auth_token: Secret  #: Auth token of the project; also proves that callbacks come from Twilio.
        from_: str  #: Sender unless a step names one: a number, a name or a Messaging Service (MG...).
        base_url: str = "https://api.twilio.com"  #: Where the API is; change it only to test.

    def connect(self) -> None:
        """Build one client for all threads.

        The SDK cannot be told another address, has no timeout, and its exceptions lose ``Retry-After``.
        """
        from twilio.http.http_client import TwilioHttpClient  # heavy: imported on first use
        from twilio.rest import Client

        from connectors.transport import OneHost, only_success

        http = TwilioHttpClient(timeout=TIMEOUT, request_hooks={"response": [only_success]})
        http.session.mount("https://", OneHost(API_HOST, self.base_url))
        http.session.trust_env = not is_loopback(self.base_url)
        self.client = Client(self.settings.account_sid, self.settings.auth_token.reveal(), http_client=http)

    @action(repeats=Repeats.AT_MOST_ONCE, channel="sms", fields=(TO, BODY, FROM), requires=("to", "body"))
    def send_message(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Send one text message."""
        return [self._create(delivery) for delivery in batch]

    def refusal(self, delivery: DeliveryRow) -> str:
        """Refuse what is no phone number; a wrong one would cost a call and be refused there."""
        if not e164(delivery.fields["to"]):
            return "the field to is not a phone number with its country code, such as +4915112345678"
        return ""

    def read_error(self, error: Exception) -> Outcome:
        """Tell Twilio's own codes apart; the base class reads statuses and transport faults."""
        response: requests.Response | None = getattr(error, "response", None)
        if response is None:
            return super().read_error(error)
        from connectors.transport import json_object  # requests is slow to import

        body = json_object(response)
        code = body.get("code")
        # Codes 21000 to 21999 judge this message (21211 no such number, 21610 opted out).
        if isinstance(code, int) and 21000 <= code < 22000:
            reason = f"Twilio refused it with code {code}: {body.get('message', '')}"
            return Rejected(reason, opted_out=code == OPTED_OUT)
        # A 5xx, 503 too, may come after the message was accepted; there is no key to send it safely again.
        if response.status_code >= 500:
            return Unknown(
                f"Twilio answered {response.status_code}, which does not say whether it was accepted"
            )
        return super().read_error(error)

    def _create(self, delivery: DeliveryRow) -> Outcome:
        """Create the message and read what Twilio made of it."""
        message = self.client.messages.create(
            to=e164(delivery.fields["to"]), body=str(delivery.fields["body"]), **self.options(delivery)
        )
        if not message.sid:
            return Unknown("Twilio gave an answer without a message id")
        return Delivered(str(message.status or "accepted"), reference=message.sid)

    def options(self, delivery: DeliveryRow) -> dict[str, Any]:
        """Choose the sender, and where Twilio reports what became of the message."""
        sender = str(delivery.fields.get("from") or self.settings.from_)
        options = {"messaging_service_sid" if sender.startswith("MG") else "from_": sender}
        # Twilio refuses a message whose callback address is not public.
        if self.public_url and (is_loopback(self.base_url) or not is_loopback(self.public_url)):
            options["status_callback"] = (
                f"{self.public_url}/callbacks/twilio/status?delivery={quote(delivery.id, safe='')}"
            )
        return options


def e164(value: object) -> str:
    """Write a phone number as Twilio wants it; empty when it is none."""
    try:
        number = phonenumbers.parse(str(value), None)
    except phonenumbers.NumberParseException:
        return ""
    # Possible is enough: the list of numbers in use is Twilio's to know.
    if not phonenumbers.is_possible_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
