"""Signatures as Standard Webhooks describes them, with every secret that is set, so that one can be changed."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence

from core.errors import OperatorError
from core.secret import Secret

PREFIX = "whsec_"


def read_keys(secret: Secret, *, setting: str) -> tuple[bytes, ...]:
    """Read the keys of a secret, each ``whsec_`` and base64."""
    return tuple(_key(text, setting) for text in secret.accepted())


def _key(text: str, setting: str) -> bytes:
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not text.startswith(PREFIX) or not key:
        raise OperatorError(
            f"{setting} is not a secret of Standard Webhooks: {PREFIX} and then base64.",
            hint='Make one: python3 -c "import base64, secrets; '
            f"print('{PREFIX}' + base64.b64encode(secrets.token_bytes(32)).decode())\"",
        )
    return key


def signed(keys: Sequence[bytes], identifier: str, *, at: int, body: bytes | None) -> dict[str, str]:
    """Give the headers that sign a body for a moment in milliseconds; the id is the same at each try."""
    if not keys:
        return {}
    seconds = str(at // 1000)
    content = f"{identifier}.{seconds}.".encode() + (body or b"")
    marks = [base64.b64encode(hmac.digest(key, content, "sha256")).decode() for key in keys]
    return {
        "webhook-id": identifier,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{mark}" for mark in marks),
    }
