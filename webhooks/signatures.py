"""Prove who sent a request: keys and signatures, compared in constant time."""

from __future__ import annotations

import base64
import binascii
import hmac

from core.errors import Unauthorised
from core.secret import Secret


def hmac_hex(algorithm: str, secret: str, message: bytes) -> str:
    """Give the lower-case hex HMAC of a message."""
    return hmac.digest(secret.encode(), message, algorithm).hex()


def hmac_base64(algorithm: str, secret: str, message: bytes) -> str:
    """Give the base64 HMAC of a message."""
    return base64.b64encode(hmac.digest(secret.encode(), message, algorithm)).decode()


def is_same(expected: str, given: str) -> bool:
    """Compare without telling by the time it takes where they differ; any text is allowed."""
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass"))


def is_accepted(secret: Secret, given: str) -> bool:
    """Tell whether a key is one of those that are valid now."""
    return any(is_same(one, given) for one in secret.accepted())


def has_hmac(algorithm: str, secret: Secret, message: bytes, *, given: str) -> bool:
    """Tell whether a hex signature is one that a valid secret makes."""
    return any(is_same(hmac_hex(algorithm, one, message), given) for one in secret.accepted())


def check_hmac(algorithm: str, secret: Secret, message: bytes, *, given: str, header: str) -> None:
    """Refuse a message whose hex signature no valid secret makes."""
    if not has_hmac(algorithm, secret, message, given=given):
        raise wrong_signature(header)


def wrong_signature(header: str) -> Unauthorised:
    """Say that a signature is missing or wrong, without saying which part."""
    return Unauthorised(
        f"The {header} header is missing or does not fit the body.",
        field=header,
        hint="Set the same secret at the sender and here; nothing in between may change the body.",
    )


def basic_user(header: str) -> str:
    """Give the user name of a Basic header, also of one without a colon; empty when there is none."""
    return basic_pair(header)[0]


def basic_pair(header: str) -> tuple[str, str]:
    """Give the user name and the password of a Basic header; both are empty when there is none."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    found = strict_base64(encoded.strip())
    try:
        user, _, password = (found or b"").decode().partition(":")
    except ValueError:
        return "", ""
    return user, password


def strict_base64(text: str) -> bytes | None:
    """Decode base64 in its one canonical spelling: with several for the same bytes, a changed proof could pass."""
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return found if base64.b64encode(found).decode() == text else None


def bearer_token(header: str) -> str:
    """Give the token of a Bearer header; empty when there is none."""
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
