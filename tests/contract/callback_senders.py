"""Vendors that call back in, as ``tests/fixtures/callbacks/NAME.json`` says: how each proves itself, and what it sends.

A proof is made of ``of`` in the way of ``made``, and goes out in ``headers`` for ``$proof``. ``$time`` is the time at
which a request is sent. A setting that is a number is the private half of a key; the app has the public one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from edge.doubles import PUBLIC_URL, Edge, StillClock, edge
from edge.reader import NOW
from recorded_sources import shipped
from werkzeug.test import TestResponse

from core.pipeline.consenting import Heard
from core.runners.workflows import Told

FOLDER = Path(__file__).parents[1] / "fixtures" / "callbacks"
SAMPLES = Path(__file__).parents[3] / "shared/samples/inbound"
SENDERS = sorted(path.stem for path in FOLDER.glob("*.json"))

#: The delivery that the fixtures speak of; the app's ``settle`` knows it.
DELIVERY = "a_1"


@cache
def told(sender: str) -> dict[str, Any]:
    """Read what is said of a sender."""
    found: dict[str, Any] = json.loads((FOLDER / f"{sender}.json").read_text())
    return found


@dataclass(frozen=True)
class Sent:
    """One request, and what its proof is made of."""

    secret: str
    url: str
    body: bytes
    method: str = "POST"
    time: str = str(NOW)

    def part(self, name: str) -> bytes:
        """Give one part of what is signed."""
        if name == "form":
            pairs = sorted(set(parse_qsl(self.body.decode("latin-1"), keep_blank_values=True)))
            return "".join(key + value for key, value in pairs).encode()
        found = getattr(self, name)
        return found if isinstance(found, bytes) else found.encode()

    def message(self, proof: Mapping[str, Any]) -> bytes:
        """Give the bytes that are signed."""
        return b"".join(self.part(name) for name in proof["of"])


def by_key(number: int) -> ec.EllipticCurvePrivateKey:
    """Give the private key of a number."""
    return ec.derive_private_key(number, ec.SECP256R1())


MAKERS: Mapping[str, Callable[[str, bytes], bytes]] = {
    "sha256": lambda secret, message: hashlib.sha256(message).digest(),
    "hmac-sha1": lambda secret, message: hmac.digest(secret.encode(), message, "sha1"),
    "hmac-sha256": lambda secret, message: hmac.digest(secret.encode(), message, "sha256"),
    "p256": lambda secret, message: by_key(int(secret)).sign(message, ec.ECDSA(SHA256())),
    "itself": lambda secret, message: message,
}
WRITERS: Mapping[str, Callable[[bytes], str]] = {
    "hex": bytes.hex,
    "base64": lambda made: base64.b64encode(made).decode(),
    "text": bytes.decode,
}


def proven(proof: Mapping[str, Any], sent: Sent) -> str:
    """Make the proof of a request."""
    maker, writer = proof["made"].split()
    return WRITERS[writer](MAKERS[maker](sent.secret, sent.message(proof)))


def headers_of(proof: Mapping[str, Any], made: str, time: str) -> dict[str, str]:
    """Give the headers that carry a proof."""
    return {
        name: text.replace("$proof", made).replace("$time", time) for name, text in proof["headers"].items()
    }


@dataclass
class Listening:
    """Stands where consent is recorded and where workflows are told; remembers what it heard."""

    heard: list[Heard] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)
    is_settled: bool = True

    def hear(self, heard: Heard) -> int:
        """Take what a number or an address said."""
        self.heard.append(heard)
        return 1

    def told(self, call_id: str) -> Told:
        """Say that a call was sent, or is on its way."""
        status = "delivered" if self.is_settled else "scheduled"
        return Told("fired", "", status, self.is_settled)

    def block(self, account: str, callback_id: str, call_id: str) -> None:
        """Let a workflow wait."""
        self.blocked.append(callback_id)


@dataclass
class Called:
    """An app that vendors call, and what came of it."""

    app: Edge
    ear: Listening

    @property
    def has_acted(self) -> bool:
        """Tell whether anything at all came of what was sent."""
        intake, triggers, settle = self.app.intake, self.app.triggers, self.app.settle
        return bool(intake.calls or triggers.fired or settle.settled or self.ear.heard or self.ear.blocked)


def setting_of(value: str | int) -> str:
    """Give a setting as the app has it."""
    if isinstance(value, str):
        return value
    public = by_key(value).public_key()
    return base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


@cache
def built(sender: str, now: int, other: tuple[tuple[str, str | int], ...]) -> Called:
    """Build an app with the settings of a sender."""
    values = told(sender)["settings"] | dict(other)
    ear = Listening()
    secrets = {(sender, name): setting_of(value) for name, value in values.items()}
    ports = {"consents": ear, "workflows": ear, "clock": StillClock(now)}
    app = edge(secrets=secrets, rule_set=shipped(), ports=ports)
    return Called(app, ear)


def called(sender: str, *, now: int = NOW, **other: str | int) -> Called:
    """Give that app, of which nothing has come yet; ``other`` takes the place of some of the settings."""
    one = built(sender, now, tuple(other.items()))
    for taken in (one.app.intake.calls, one.app.triggers.fired, one.app.settle.settled):
        taken.clear()
    one.app.triggers.keys.clear()
    one.ear.heard.clear()
    one.ear.blocked.clear()
    one.ear.is_settled = True
    return one


def secret_of(sender: str) -> str:
    """Give what a sender proves itself by."""
    return str(next(iter(told(sender)["settings"].values())))


def target(path: str, secret: str) -> str:
    """Give where a request goes, its secret in it where the address is the proof."""
    return path.replace("$secret", quote(secret, safe="")).replace("$delivery", DELIVERY)


def content_of(sender: str, name: str) -> bytes:
    """Give the body of a sample; those of forms begin with their headers, and some need what no sample has."""
    text = (SAMPLES / name).read_text()
    if name.endswith(".txt"):
        return text.partition("\n\n")[2].strip().encode()
    more = told(sender)["samples"][name].get("with")
    if more is not None:
        return json.dumps(merged(json.loads(text), more)).encode()
    return text.encode()


def merged(one: dict[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Put one object into another, also into the objects in it."""
    inner = {
        name: merged(one[name], value) if isinstance(value, dict) else value for name, value in other.items()
    }
    return one | inner


def request_of(sender: str, path: str, body: bytes, proof: Mapping[str, Any], **other: Any) -> dict[str, Any]:
    """Give a request with its proof; ``other`` says what differs of what is signed."""
    where = target(path, secret_of(sender))
    sent = Sent(**{"secret": secret_of(sender), "url": PUBLIC_URL + where, "body": body} | other)
    headers = headers_of(proof, proven(proof, sent), sent.time)
    kind = told(sender).get("content_type", "application/json")
    return {"path": where, "data": body, "headers": headers, "content_type": kind}


def send(one: Called, made: Mapping[str, Any]) -> TestResponse:
    """Post a request to the app."""
    return one.app.client.post(**made)
