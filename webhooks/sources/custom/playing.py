"""Play the sender: make the headers with which it would prove itself."""

from __future__ import annotations

import base64

from core.engine.receive import Auth, BasicAuth, HmacAuth, TokenAuth
from webhooks.sources.base import GiveSecret
from webhooks.sources.custom.proof import keys_of, sign, signed


def headers_of(auth: Auth, body: bytes, secret: GiveSecret, *, now: int) -> dict[str, str]:
    """Give the headers of one proof."""
    if isinstance(auth, BasicAuth):
        pair = f"{secret('user').reveal()}:{secret('password').reveal()}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
    if isinstance(auth, TokenAuth):
        token = secret("token").reveal()
        return {auth.header: auth.prefix + token} if auth.header else {"Authorization": f"Bearer {token}"}
    return signature(auth, body, secret, at=str(now // 1000))


def signature(auth: HmacAuth, body: bytes, secret: GiveSecret, *, at: str) -> dict[str, str]:
    """Sign a body at a time; other headers that are signed too are sent empty."""
    key = next(iter(keys_of(auth, secret("secret"))), b"")
    made = auth.prefix + sign(auth, key, signed(auth, {}, body, at))
    if auth.part:
        parts = [f"{auth.timestamp}={at}"] if auth.timestamp else []
        return {auth.header: ",".join([*parts, f"{auth.part}={made}"])}
    return {auth.header: made, **({auth.timestamp: at} if auth.timestamp else {})}
