"""Check RSA signatures against certificates that are fetched once and kept."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from core.engine.instant import moment
from core.errors import Busy, Unauthorised
from webhooks.sources.base import Door
from webhooks.sources.custom.envelopes.base import decode

HASHES = {"1": SHA1, "2": SHA256}
#: Amazon has a few at a time; more than this means that somebody makes addresses up.
KEPT = 16


class Certificates:
    """The certificates of addresses that were found to be the sender's own."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._kept: dict[str, x509.Certificate] = {}

    def check(self, address: str, signed: bytes, message: dict[str, Any], now: int) -> None:
        """Refuse a message whose signature the certificate of this address did not make."""
        made = HASHES.get(str(message.get("SignatureVersion")))
        signature = decode(message.get("Signature"))
        if made is None or signature is None:
            raise wrong("Signature" if made else "SignatureVersion")
        key = self.key(address, now)
        try:
            # SHA-1 is what version 1 means; the topic may be set to version 2.
            key.verify(signature, signed, PKCS1v15(), made())
        except (InvalidSignature, UnsupportedAlgorithm):
            raise wrong("Signature") from None

    def key(self, address: str, now: int) -> RSAPublicKey:
        """Give the key of a certificate that is valid now."""
        found = self._kept.get(address) or self.fetch(address)
        at = moment(now).astimezone(UTC)
        key = found.public_key()
        is_valid = found.not_valid_before_utc <= at <= found.not_valid_after_utc
        if not is_valid or not isinstance(key, RSAPublicKey):
            raise wrong("SigningCertURL")
        return key

    def fetch(self, address: str) -> x509.Certificate:
        """Fetch a certificate and keep it."""
        status, body = self._door.services.fetch(address)
        if status >= 500:
            raise Busy("The certificate cannot be fetched.", retry_after=5, hint="Send it again.")
        try:
            found = x509.load_pem_x509_certificate(body)
        except ValueError:
            raise wrong("SigningCertURL") from None
        if len(self._kept) >= KEPT:
            self._kept.clear()
        self._kept[address] = found
        return found


def wrong(field: str) -> Unauthorised:
    """Say that the signature does not hold."""
    return Unauthorised(
        "The signature does not fit the message.",
        field=field,
        hint="Nothing in between may change the message.",
    )
