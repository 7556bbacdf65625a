"""HubSpot's three signatures, made with the secret of the app; the newest that came is the one that counts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from core.errors import Unauthorised
from core.ports import Inbound
from core.secret import Secret
from webhooks.signatures import hmac_base64, is_same

V3, TIMESTAMP = "X-HubSpot-Signature-v3", "X-HubSpot-Request-Timestamp"
OLDER, VERSION = "X-HubSpot-Signature", "X-HubSpot-Signature-Version"

#: A request may be this old, in milliseconds, or from a clock that is so far ahead.
WINDOW = 300_000

#: The only escapes of an address that HubSpot resolves before it signs.
ESCAPES = {
    "%3A": ":",
    "%2F": "/",
    "%3F": "?",
    "%40": "@",
    "%21": "!",
    "%24": "$",
    "%27": "'",
    "%28": "(",
    "%29": ")",
    "%2A": "*",
    "%2C": ",",
    "%3B": ";",
}
_ESCAPE = re.compile("|".join(ESCAPES), re.IGNORECASE)


def check(request: Inbound, secret: Secret) -> None:
    """Refuse a request that the app did not sign; ``url`` is the address as HubSpot calls it."""
    if V3.lower() in request.headers:
        check_v3(request, secret)
    else:
        check_older(request, secret)


def is_signed(request: Inbound, secret: Secret) -> bool:
    """Tell whether the app signed a request."""
    try:
        check(request, secret)
    except Unauthorised:
        return False
    return True


def check_v3(request: Inbound, secret: Secret) -> None:
    """Refuse what is not signed by the third version, or too long ago."""
    timestamp = request.headers.get(TIMESTAMP.lower(), "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 16):
        raise refused(TIMESTAMP, "is missing or not a number", "Send milliseconds since 1970.")
    if abs(request.received_at - int(timestamp)) > WINDOW:
        raise refused(TIMESTAMP, "is more than 5 minutes away", "Set this server's clock, or send it anew.")
    given = request.headers[V3.lower()]
    found = [
        hmac_base64("sha256", key, request.method.encode() + url + request.body + timestamp.encode())
        for key in secret.accepted()
        for url in spellings(request.url)
    ]
    if not any(is_same(one, given) for one in found):
        raise by_address(V3)


def check_older(request: Inbound, secret: Secret) -> None:
    """Refuse what is signed by neither of the older versions, as the request says which."""
    version, given = request.headers.get(VERSION.lower(), "v1"), request.headers.get(OLDER.lower(), "")
    if version not in ("v1", "v2"):
        raise refused(VERSION, "is unknown", "HubSpot writes v1 or v2.")
    before = request.method.encode() + request.url.encode() if version == "v2" else b""
    found = [hashlib.sha256(key.encode() + before + request.body).hexdigest() for key in secret.accepted()]
    if any(is_same(one, given) for one in found):
        return
    raise (
        by_address(OLDER)
        if version == "v2"
        else refused(
            OLDER,
            "is missing or does not fit the body",
            "Set CUEWIRE_HUBSPOT_CLIENT_SECRET to the app's secret.",
        )
    )


def spellings(url: str) -> Iterator[bytes]:
    """Yield an address as HubSpot says that it signs it, and as its own libraries check it."""
    yield _ESCAPE.sub(lambda match: ESCAPES[match[0].upper()], url).encode()
    yield url.encode()


def by_address(header: str) -> Unauthorised:
    """Say what is mostly wrong where the address is signed too."""
    return refused(
        header,
        "is missing or does not fit the request",
        "CUEWIRE_PUBLIC_URL must be the address that HubSpot calls, https and path included, "
        "and CUEWIRE_HUBSPOT_CLIENT_SECRET the app's secret.",
    )


def refused(header: str, problem: str, hint: str) -> Unauthorised:
    """Say that a request is not believed."""
    return Unauthorised(f"The {header} header {problem}.", field=header, hint=hint)
