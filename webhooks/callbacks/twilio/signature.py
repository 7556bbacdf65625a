"""Twilio's signature: made with the Auth Token, or a shared key, over the address and the form."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qs, parse_qsl, urlsplit, urlunsplit

import structlog
from flask import request

from core.errors import BadRequest, Unauthorised
from core.secret import Secret
from webhooks.callbacks.address import differing
from webhooks.services import Services
from webhooks.signatures import hmac_base64, is_same, wrong_signature

log = structlog.get_logger()

HEADER = "X-Twilio-Signature"
SHARED_KEY_HEADER = "X-Twilio-Webhooks-Signature-Settings"

#: What a shared key may be used with, as the header names it.
ALGORITHMS = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}

PORTS = {"https": 443, "http": 80}

#: Names and values as they came.
Pairs = list[tuple[str, str]]


def check_signature(
    services: Services, instance: str, address: str, params: list[tuple[str, str]], *, body: bytes
) -> None:
    """Refuse what is not signed by a Twilio account's own secret; ``address`` is below the public one."""
    secret, algorithm = signed_with(services, instance)
    given = request.environ.get("HTTP_X_TWILIO_SIGNATURE", "")

    def fits(base: str) -> bool:
        return is_signed(secret, base + address, params, body=body, given=given, algorithm=algorithm)

    if not fits(services.public_url.rstrip("/")):
        refused = wrong_signature(HEADER)
        hint = differing(services.public_url, body, fits) if given else ""
        raise Unauthorised(refused.message, field=HEADER, hint=hint or refused.hint)


def signed_with(services: Services, instance: str) -> tuple[Secret, str]:
    """Give what signs a request: the Auth Token, or the shared key of which a header speaks, and by which algorithm."""
    told = request.headers.get(SHARED_KEY_HEADER)
    if told is None:
        token = services.secrets(instance, "auth_token")
        if not token:
            log.warning("callback_without_secret", callback="twilio", setting="CUEWIRE_TWILIO_AUTH_TOKEN")
        return token, "sha1"
    parts = dict(one.strip().partition("=")[::2] for one in told.split(","))
    algorithm, key = ALGORITHMS.get(parts.get("algorithm", "")), services.secrets(instance, "shared_key")
    if algorithm is None or not key:
        setting = f"CUEWIRE_{instance.upper()}_SHARED_KEY"
        raise Unauthorised(
            "This is signed with a shared key that is not known here."
            if algorithm
            else f"This is signed by none of {', '.join(ALGORITHMS)}.",
            field=SHARED_KEY_HEADER,
            hint=f"Set {setting} to the secret of the key, or let Twilio sign with the Auth Token.",
        )
    return key, algorithm


def parse_form(body: bytes) -> list[tuple[str, str]]:
    """Read the form's pairs as they came: untrimmed, empty ones too."""
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=500)
    except ValueError as error:
        raise BadRequest("This is no form.", field="body", hint="Send the form that Twilio sends.") from error


def is_signed(
    secret: Secret,
    url: str,
    params: Iterable[tuple[str, str]],
    *,
    body: bytes,
    given: str,
    algorithm: str = "sha1",
) -> bool:
    """Tell whether a valid token signed this request, its port written out in the address or not."""
    pairs = list(params)
    digest = parse_qs(urlsplit(url).query).get("bodySHA256", [""])[0]
    if digest:  # a JSON body is covered by its hash in the address, and no parameters are
        if not is_same(hashlib.sha256(body).hexdigest(), digest.lower()):
            return False
        pairs = []
    messages = [message_of(one, pairs) for one in spellings(url)]
    return any(
        is_same(hmac_base64(algorithm, token, message), given)
        for token in secret.accepted()
        for message in messages
    )


def message_of(url: str, params: Iterable[tuple[str, str]]) -> bytes:
    """Give what Twilio signs: the address, then each name and value, sorted, repeated pairs once."""
    return (url + "".join(name + value for name, value in sorted(set(params)))).encode()


def spellings(url: str) -> Iterator[str]:
    """Yield the address with its port and without."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    yield url
    other = host if parts.port else f"{host}:{PORTS.get(parts.scheme, 443)}"
    yield urlunsplit((parts.scheme, other, parts.path, parts.query, ""))
