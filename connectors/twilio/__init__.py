"""Twilio: text messages, pictures and WhatsApp to phones, with their status called back, and Studio flows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from connectors.base import Destination, action
from connectors.rows import Rows, Together, send_together
from connectors.setting import is_loopback
from connectors.twilio import field
from connectors.twilio.consent import ACCOUNTS_HOST, MOST, problem_of_consent, set_consent
from connectors.twilio.erasure import erase
from connectors.twilio.inspection import MESSAGING_HOST, inspect
from connectors.twilio.look_up import OPTED_OUT, look_up
from connectors.twilio.message import address, message_of, problem_of, sender_of
from connectors.twilio.scheduled import cancel
from core.ports import (
    Delivered,
    DeliveryRow,
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

API_HOST = "api.twilio.com"
STUDIO_HOST = "studio.twilio.com"

#: Seconds for the connection and for each part of the answer; the SDK has no default.
TIMEOUT = 10.0

#: After a lost answer Twilio is asked two minutes later: by then its list shows what it took.
SETTLE = 120_000


class Twilio(Destination):
    """Send text messages, pictures and WhatsApp messages, and start Studio flows through Twilio."""

    title = "Twilio"

    @dataclass(frozen=True)
    class Settings:
        """What an operator sets for Twilio."""

        account_sid: str  #: Account SID of the Twilio project, AC and 32 characters.
        auth_token: Secret  #: Auth token of the project; also proves that callbacks come from Twilio.
        from_: str  #: Sender unless a step names one: a number, a name or a Messaging Service (MG...).
        whatsapp_from: str = ""  #: Sender on WhatsApp unless a message names one; without it, the one above.
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
        # A region of Twilio has an API of its own, and no Studio.
        is_twilio = (urlsplit(self.base_url).hostname or "").endswith(".twilio.com")
        for host in (STUDIO_HOST, MESSAGING_HOST, ACCOUNTS_HOST):
            http.session.mount(f"https://{host}", OneHost(host, "" if is_twilio else self.base_url))
        http.session.trust_env = not is_loopback(self.base_url)
        self.client = Client(self.settings.account_sid, self.settings.auth_token.reveal(), http_client=http)

    @action(
        repeats=Repeats.AT_MOST_ONCE,
        channel="sms",
        fields=field.MESSAGE,
        requires=("to", "body"),
        settle=SETTLE,
    )
    def send_message(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Send one text message, with pictures where it has some."""
        return [self._create(delivery) for delivery in batch]

    @action(
        repeats=Repeats.AT_MOST_ONCE,
        channel="whatsapp",
        fields=field.WHATSAPP,
        requires=("to",),
        settle=SETTLE,
    )
    def send_whatsapp(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Send one message on WhatsApp, from a content template or as text."""
        return [self._create(delivery) for delivery in batch]

    @action(
        repeats=Repeats.AT_MOST_ONCE,
        channel="sms",
        fields=field.FLOW,
        requires=("flow_sid", "to"),
        settle=SETTLE,
    )
    def start_flow(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Start a Studio flow for a phone number."""
        return [self._start(delivery) for delivery in batch]

    @action(repeats=Repeats.IDEMPOTENT, fields=field.CANCELLING)
    def cancel_scheduled(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Cancel messages that wait at Twilio for their time."""
        return [cancel(self.client, delivery, self.sender(delivery)) for delivery in batch]

    @action(repeats=Repeats.IDEMPOTENT, fields=field.CONSENT, requires=("to", "status"), batch=MOST)
    def set_consent(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Tell Twilio that a person wants text messages, or none."""
        how = Together(self._tell_consent, self.read_error, key=lambda row: address(row, row.fields["to"]))
        return send_together(batch, how)

    @action(repeats=Repeats.IDEMPOTENT, fields=field.ERASING)
    def erase(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Delete what Twilio keeps of the messages to and from a number."""
        return [erase(self.client, delivery) for delivery in batch]

    def inspect(self, written: Written) -> list[Inspected]:
        """Ask how the account stands, and whether it has the sender."""
        self._connect_once()
        return inspect(self.client, written, self.settings.from_)

    def refusal(self, delivery: DeliveryRow) -> str:
        """Refuse what is no phone number or no message; Twilio would refuse it too, at the cost of a call."""
        wrong = problem_of_consent(delivery.fields) if delivery.action == "set_consent" else ""
        return wrong or problem_of(delivery, self.sender(delivery))

    def look_up(self, row: DeliveryRow) -> Outcome | None:
        """Ask Twilio's lists what became of a delivery; a question that fails settles nothing."""
        try:
            self._connect_once()
            return look_up(self.client, row, sender=self.sender(row), now=self.clock.now())
        # The SDK raises anything.
        except Exception as error:  # noqa: BLE001
            outcome = self.read_error(error)
        reason = self.scrub(outcome.reason)
        if isinstance(outcome, RetryLater):
            return RetryLater(reason, until=outcome.until, throttled=outcome.throttled, pause=outcome.pause)
        return Unknown(reason)

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

    def sender(self, delivery: DeliveryRow) -> str:
        """Give the sender of a delivery."""
        of_whatsapp = self.settings.whatsapp_from if delivery.action == "send_whatsapp" else ""
        return sender_of(delivery, of_whatsapp or self.settings.from_)

    def options(self, delivery: DeliveryRow) -> dict[str, Any]:
        """Say where Twilio reports what became of the message."""
        # Twilio refuses a message whose callback address is not public.
        if not self.public_url or (is_loopback(self.public_url) and not is_loopback(self.base_url)):
            return {}
        return {
            "status_callback": f"{self.public_url}/callbacks/twilio/status?delivery={quote(delivery.id, safe='')}"
        }

    def _tell_consent(self, rows: Rows) -> list[Outcome]:
        return set_consent(self.client, rows, self.sender)

    def _create(self, delivery: DeliveryRow) -> Outcome:
        """Create the message and read what Twilio made of it."""
        made = message_of(delivery, self.sender(delivery)) | self.options(delivery)
        message = self.client.messages.create(**made)
        if not message.sid:
            return Unknown("Twilio gave an answer without a message id")
        return Delivered(str(message.status or "accepted"), reference=message.sid)

    def _start(self, delivery: DeliveryRow) -> Outcome:
        """Start the flow and read which execution of it this is."""
        fields = delivery.fields
        flow = self.client.studio.v2.flows(str(fields["flow_sid"]))
        given = fields.get("parameters")
        named = {"to": address(delivery, fields["to"]), "from_": self.sender(delivery)}
        execution = flow.executions.create(**named, **({"parameters": dict(given)} if given else {}))
        if not execution.sid:
            return Unknown("Twilio gave an answer without the id of an execution")
        return Delivered(str(execution.status or "active"), reference=execution.sid)
