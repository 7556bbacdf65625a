"""A server that has sent e-mails, and the vendors that tell what became of them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from embedded.crm import NO_SETTINGS, Crm
from werkzeug.test import TestResponse

from core.ports import Attempt, DeliveryRow, Filter, Status, Transaction

ADA = "ada@example.com"
TOKEN = "braze-token-of-tests"
SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"

HELLO = """
message: hello
purpose: transactional
valid_for: 30d
channels:
  email: {via: sendgrid.send_email, subject: Hello, text: Hello}
  sms: {via: twilio.send_message, body: Hello}
"""
WELCOME = """
trigger: welcome
status: live
when: {event: Signed Up}
limits: {cap: {times: 100, per: 1d}}
do: [{send: hello}]
"""
CLICKED = """
trigger: clicked
status: live
when: {event: Email Link Clicked, where: '=context.delivery.trigger == "welcome"'}
limits: {cap: {times: 100, per: 1d}}
do: [{braze.track_event: {external_id: =profile.id, name: Clicked}}]
"""
SOLD = """
trigger: sold
status: live
when: {event: Bought}
limits: {cap: {times: 100, per: 1d}}
do: [{braze.track_event: {external_id: '=profile.identifiers.user_id[0]', name: Sold}}]
"""
FILES = {
    "messages/hello.yaml": HELLO,
    "triggers/welcome.yaml": WELCOME,
    "triggers/clicked.yaml": CLICKED,
    "triggers/sold.yaml": SOLD,
}


class Mailing(Crm):
    """One server with keys of SendGrid and a token of Braze."""

    def __init__(
        self, folder: Path, *, files: Mapping[str, str] = FILES, more: Mapping[str, str] = NO_SETTINGS
    ) -> None:
        self.keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
        told = ",".join(public(key) for key in self.keys)
        settings = {"CUEWIRE_SENDGRID_PUBLIC_KEY": told, "CUEWIRE_BRAZE_CALLBACK_TOKEN": TOKEN, **more}
        super().__init__(folder, None, files, settings)

    def sendgrid(self, *events: dict[str, Any], key: int = 0) -> TestResponse:
        """Send what SendGrid sends, signed."""
        raw, headers = self.signed_mail(*events, key=key)
        return self.client.post("/callbacks/sendgrid", data=raw, headers=headers)

    def signed_mail(self, *events: dict[str, Any], key: int = 0) -> tuple[bytes, dict[str, str]]:
        """Write events with the headers that prove them."""
        raw = msgspec.json.encode([{"email": ADA, "timestamp": 1_772_445_600, **one} for one in events])
        made = self.keys[key].sign(b"1772445600" + raw, ec.ECDSA(SHA256()))
        return raw, {SIGNATURE: base64.b64encode(made).decode(), TIMESTAMP: "1772445600"}

    def braze(self, body: Any, token: str = TOKEN) -> TestResponse:
        """Send what Braze sends."""
        headers = {"Authorization": f"Bearer {token}"}
        return self.client.post("/callbacks/braze", data=msgspec.json.encode(body), headers=headers)

    def sent(self, name: str = "Signed Up", reference: str = "") -> DeliveryRow:
        """Let a person's delivery be made, and be taken by its destination."""
        traits = {"email": ADA, "phone": "+4915112345678"}
        assert self.tell(name, context={"traits": traits}) == "applied"
        row: DeliveryRow = self.deliveries()[-1]

        def take(tx: Transaction) -> None:
            row.status, row.reference = Status.DELIVERED, reference
            row.attempts = [Attempt(1, row.created_at, row.created_at + 5, "delivered", "accepted")]
            tx.deliveries.save(row)

        self.runtime.store.write(take)
        return row

    def deliveries(self) -> list[DeliveryRow]:
        """List deliveries in the order in which they were made."""
        return list(self.runtime.store.read.deliveries(Filter(limit=100)).rows)[::-1]

    def consent(self, namespace: str, value: str) -> dict[str, bool]:
        """Give what a person agrees to."""
        person = self.person(namespace, value)
        assert person is not None
        return {name: one.granted for name, one in person.consent.items()}


def public(key: ec.EllipticCurvePrivateKey) -> str:
    """Write the public half as SendGrid shows it."""
    return base64.b64encode(
        key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).decode()
