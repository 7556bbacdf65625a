"""SendGrid's signature: made with a key of which we hold the public half, over the time and the raw body."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode

import structlog
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from core.errors import Unauthorised
from core.secret import Secret
from webhooks.signatures import strict_base64

log = structlog.get_logger()

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"

#: The lines that PEM puts around a key.
PEM_LINE = re.compile(r"-----(BEGIN|END) PUBLIC KEY-----")


def check(public_keys: Secret, body: bytes, *, signature: str, timestamp: str) -> None:
    """Refuse a body that none of the keys has signed; the time is signed as it is written."""
    if not is_signed(public_keys, body, signature=signature, timestamp=timestamp):
        raise refused()


def is_signed(public_keys: Secret, body: bytes, *, signature: str, timestamp: str) -> bool:
    """Tell whether one of the keys has signed a body."""
    given = strict_base64(signature)
    if not given or not timestamp.isascii():
        return False
    signed = timestamp.encode() + body
    return any(is_made_by(key, given, signed) for key in read_keys(public_keys))


def is_made_by(key: EllipticCurvePublicKey, signature: bytes, signed: bytes) -> bool:
    """Tell whether the private half of a key made a signature."""
    try:
        key.verify(signature, signed, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def read_keys(public_keys: Secret) -> list[EllipticCurvePublicKey]:
    """Read the keys as SendGrid shows them; one that cannot be read is logged and opens nothing."""
    found = [read_key(text) for text in public_keys.accepted()]
    return [key for key in found if key is not None]


def read_key(text: str) -> EllipticCurvePublicKey | None:
    """Read one key: base64, with or without the lines that PEM puts around it."""
    plain = "".join(PEM_LINE.sub("", text).split())
    try:
        key = load_der_public_key(b64decode(plain, validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        key = None
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return key
    log.warning("callback_key_unreadable", callback="sendgrid", setting="CUEWIRE_SENDGRID_PUBLIC_KEY")
    return None


def refused() -> Unauthorised:
    """Say that a request is not believed."""
    return Unauthorised(
        f"The {SIGNATURE} header is missing or does not fit the body.",
        field=SIGNATURE,
        hint="Set CUEWIRE_SENDGRID_PUBLIC_KEY to the verification key of the Event Webhook; "
        "nothing in between may change the body.",
    )
