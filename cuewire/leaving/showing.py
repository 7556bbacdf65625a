"""A request as it is shown: at the vendor's address, and with the names of settings where secrets stood."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote

from cuewire.leaving.stand_in import StandIn
from cuewire.leaving.wire import TOKEN, Sent

#: Headers of the connection, which say nothing of the delivery.
OF_CONNECTION = ("Host", "Content-Length", "Connection", "Accept-Encoding")

#: What comes of a secret, and is as secret.
SIGNATURE = "Webhook-Signature"
SIGN_INS = ("/oauth", "/services/Soap/", "/identity/")

FORM = "application/x-www-form-urlencoded"


def is_sign_in(sent: Sent) -> bool:
    """Tell whether a request only asks for a token."""
    return any(part in sent.path for part in SIGN_INS)


def shown(sent: Sent, stand_in: StandIn) -> dict[str, Any]:
    """Give a request for people and machines."""
    headers = {name: text for name, text in sent.headers.items() if name not in OF_CONNECTION}
    return {
        "method": sent.method,
        "url": hide(stand_in.address(sent.path).rstrip("/"), stand_in.hidden),
        "headers": {name: _header(name, text, stand_in.hidden) for name, text in headers.items()},
        "body": _body(sent, stand_in.hidden),
    }


def hide(text: str, hidden: Mapping[str, str]) -> str:
    """Put names where secrets are, also where these are quoted."""
    for secret, name in hidden.items():
        text = text.replace(secret, name).replace(quote(secret, safe=""), name)
    return text


def _header(name: str, text: str, hidden: Mapping[str, str]) -> str:
    if name == SIGNATURE:
        return "<the signature>"
    if name != "Authorization":
        return hide(text, hidden)
    scheme, _, proof = text.partition(" ")
    told = hide(_opened(proof) if scheme == "Basic" else proof, hidden)
    # What is no secret of the settings was given by the vendor for a while.
    return f"{scheme} {told if '<' in told else TOKEN}"


def _opened(proof: str) -> str:
    try:
        return base64.b64decode(proof).decode()
    except (binascii.Error, UnicodeDecodeError):
        return proof


def _body(sent: Sent, hidden: Mapping[str, str]) -> Any:
    """Give JSON and forms as what they hold, anything else as text."""
    text = hide(sent.body.decode(errors="replace"), hidden)
    if is_sign_in(sent):
        return "<the credentials>"
    if text and sent.headers.get("Content-Type", "").startswith(FORM):
        found: dict[str, Any] = {}
        for name, value in parse_qsl(text, keep_blank_values=True):
            found[name] = (
                [*found[name], value]
                if isinstance(found.get(name), list)
                else ([found[name], value] if name in found else value)
            )
        return found
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text
