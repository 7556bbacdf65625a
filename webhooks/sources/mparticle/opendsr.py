"""OpenDSR callbacks: what a processor tells of a data subject's request, signed with its certificate."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from flask import Response, request

from core.engine.instant import moment
from core.errors import BadRequest, Busy, NotFound, Unauthorised
from core.ports import RawEvent
from webhooks.payload import read_object
from webhooks.receiver import read_body
from webhooks.sources.base import Door
from webhooks.sources.loose import derived_id, text_of

DOMAIN, SIGNATURE = "X-OpenDSR-Processor-Domain", "X-OpenDSR-Signature"
DISCOVERY = "https://{domain}/v3/discovery"
CERTIFICATE = "processor_certificate"
STATUSES = ("pending", "in_progress", "completed", "cancelled")
ACCEPTED = 202

#: An hour, in milliseconds: a certificate is fetched again after it, so that a withdrawn one does not stay.
FRESH = 3_600_000


class OpenDsr:
    """Verify a callback by the certificate of its domain, which must be one of ours."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self._kept: dict[str, tuple[int, x509.Certificate]] = {}

    def receive(self, name: str) -> Response:
        """Take the status of one request; the signature is checked before anything is read."""
        now = self.door.services.clock.now()
        if name not in self.door.sources("mparticle"):
            raise NotFound(f"There is no mParticle source {name!r}.", hint="Name it in mappings/sources/.")
        domain = request.environ.get("HTTP_X_OPENDSR_PROCESSOR_DOMAIN", "")
        if domain not in self.door.secret(name, "opendsr_domains").accepted():
            raise Unauthorised(
                "The processor's domain is missing or not one of ours.",
                field=DOMAIN,
                hint=f"Whoever runs this server names it in CUEWIRE_{name.upper()}_OPENDSR_DOMAINS.",
            )
        signature = decoded(request.environ.get("HTTP_X_OPENDSR_SIGNATURE", ""))
        body = read_body(request.environ, self.door.limits.callback)
        try:
            self.key(domain, now).verify(signature, body, PKCS1v15(), SHA256())
        except InvalidSignature:
            raise wrong(SIGNATURE, "The signature does not fit the body.") from None
        self.door.accept(name, [RawEvent(body, told(read_object(body)))], now)
        return Response(b"", status=ACCEPTED)

    def key(self, domain: str, now: int) -> RSAPublicKey:
        """Give the key of a domain's certificate, which must be its own, of another's making, and valid now."""
        fetched_at, found = self._kept.get(domain, (0, None))
        if found is None or now - fetched_at > FRESH:
            found = self.fetch(domain)
            self._kept[domain] = (now, found)
        at, key = moment(now).astimezone(UTC), found.public_key()
        if not found.not_valid_before_utc <= at <= found.not_valid_after_utc:
            raise wrong(DOMAIN, "The processor's certificate is not valid now.")
        if (
            domain not in names_in(found)
            or found.issuer == found.subject
            or not isinstance(key, RSAPublicKey)
        ):
            raise wrong(DOMAIN, "The processor's certificate is not its domain's own, made by an authority.")
        return key

    def fetch(self, domain: str) -> x509.Certificate:
        """Ask the domain where its certificate is, and fetch it; both by https, so that nobody else can answer."""
        try:
            found = read_object(self._ask(DISCOVERY.format(domain=domain)))
        except BadRequest:
            raise wrong(DOMAIN, "The processor's discovery cannot be read.") from None
        address = text_of(found.get(CERTIFICATE))
        if not address.startswith("https://"):
            raise wrong(DOMAIN, "The processor's discovery names no certificate.")
        try:
            return x509.load_pem_x509_certificate(self._ask(address))
        except ValueError:
            raise wrong(DOMAIN, "The processor's certificate cannot be read.") from None

    def _ask(self, address: str) -> bytes:
        status, body = self.door.services.fetch(address)
        if status != 200:
            raise Busy("The processor does not tell its certificate.", retry_after=5, hint="Send it again.")
        return body


def told(body: dict[str, Any]) -> dict[str, Any]:
    """Give the call that says how a request stands with the processor."""
    number, status = text_of(body.get("subject_request_id")), text_of(body.get("request_status"))
    if not number or status not in STATUSES:
        raise BadRequest(
            "The callback names no request or no status.",
            field="request_status" if number else "subject_request_id",
            hint=f"The status is one of {', '.join(STATUSES)}.",
        )
    return {
        "type": "delete",
        "messageId": derived_id("opendsr", number, status),
        "context": {"privacy": {"request_id": number, "status": status}, "opendsr": body},
    }


def names_in(certificate: x509.Certificate) -> set[str]:
    """Give the domains that a certificate is for; a wildcard is none."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return set()
    return set(found.value.get_values_for_type(x509.DNSName))


def decoded(given: str) -> bytes:
    """Read a signature strictly."""
    try:
        found = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not found:
        raise wrong(SIGNATURE, "The signature is missing or no base64.")
    return found


def wrong(field: str, message: str) -> Unauthorised:
    """Refuse a callback that is not proven."""
    return Unauthorised(message, field=field, hint="Nothing in between may change the body.")
