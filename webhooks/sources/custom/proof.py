"""Prove who sent a request, as the source's file says: a token, a user and password, or a signature."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from core.engine.instant import parse_time
from core.engine.receive import Auth, BasicAuth, HmacAuth, Receive, TokenAuth
from core.errors import SenderError, Unauthorised
from core.secret import Secret
from webhooks.holding import PROVEN_BY, came_at
from webhooks.signatures import basic_pair, bearer_token, is_accepted, is_same, strict_base64, wrong_signature
from webhooks.sources.base import Door, Setting

TOKEN_HEADER = "X-Cuewire-Token"  # noqa: S105  # the header's name

#: Where nothing is said.
USUAL: tuple[Auth, ...] = (TokenAuth(),)

Environ = MutableMapping[str, Any]

_FILLED = re.compile(r"\{([^{}]*)\}")


def auth_of(receive: Receive) -> tuple[Auth, ...]:
    """Give the proofs of which any one opens."""
    return receive.auth or USUAL


def settings_of(auth: Auth) -> tuple[Setting, ...]:
    """Name the secrets of one proof."""
    if isinstance(auth, BasicAuth):
        return Setting("user", "The user name that the sender sends."), Setting("password", "Its password.")
    if isinstance(auth, HmacAuth):
        return (Setting("secret", f"What the sender makes {auth.header} with."),)
    if auth.query:
        return (Setting("token", f"The token that the sender sends as `{auth.query}` in the address."),)
    where = auth.header or f"a Bearer token, in {TOKEN_HEADER}, or as Basic password"
    return (Setting("token", f"The token that the sender sends{' in' if auth.header else ' as'} {where}."),)


class Gate:
    """The way in for one request: its headers, its body when a signature needs it, and the time."""

    def __init__(self, door: Door, source: str, environ: Environ, body: Callable[[], bytes]) -> None:
        self.door = door
        self.source = source
        self.environ = environ
        self.body = body

    def pass_any(self, proofs: tuple[Auth, ...]) -> None:
        """Let the request in by the first proof that holds; else say what the last one that is set up lacks."""
        refusal: SenderError | None = None
        self.environ[PROVEN_BY] = signing_headers(proofs)
        for auth in proofs:
            if not all(self.secret(one.name) for one in settings_of(auth)):
                continue
            try:
                self.check(auth)
            except SenderError as error:
                refusal = refusal if refusal and not self.is_tried(auth) else error
            else:
                return
        raise refusal or self.door.not_set(self.source, settings_of(proofs[0])[0].name)

    def is_tried(self, auth: Auth) -> bool:
        """Tell whether the sender has tried this proof at all."""
        return isinstance(auth, HmacAuth) and bool(header_of(self.environ, auth.header))

    def secret(self, name: str) -> Secret:
        """Give a secret; it is empty when it is not set."""
        return self.door.services.secrets(self.source, name)

    def check(self, auth: Auth) -> None:
        """Check one proof."""
        if isinstance(auth, TokenAuth):
            self.check_token(auth)
        elif isinstance(auth, BasicAuth):
            self.check_basic()
        else:
            self.check_hmac(auth)

    def check_token(self, auth: TokenAuth) -> None:
        """Look for the token where it may stand."""
        secret = self.secret("token")
        if not any(one and is_accepted(secret, one) for one in tokens(auth, self.environ)):
            place = auth.header or (f"{auth.query} in the address" if auth.query else "Authorization")
            hint = f"Send it as {place}." if auth.header or auth.query else USUAL_HINT
            raise Unauthorised("The token is missing or wrong.", field=place, hint=hint)

    def check_basic(self) -> None:
        """Compare user and password, both each time."""
        user, password = basic_pair(self.environ.get("HTTP_AUTHORIZATION", ""))
        known = [is_accepted(self.secret("user"), user), is_accepted(self.secret("password"), password)]
        if not all(known):
            raise Unauthorised(
                "The user name or the password is missing or wrong.",
                field="Authorization",
                hint="Set the same pair at the sender and here, as Basic authentication.",
            )

    def check_hmac(self, auth: HmacAuth) -> None:
        """Compare the signature, then look at its time."""
        given, time = signature_in(auth, self.environ)
        if not given:
            raise wrong_signature(auth.header)
        message = signed(auth, self.environ, self.body(), time)
        keys = keys_of(auth, self.secret("secret"))
        if not keys:
            raise self.door.not_set(self.source, "secret")
        made = [sign(auth, key, message) for key in keys]
        if not any(is_same(one, other) for one in made for other in given):
            raise wrong_signature(auth.header)
        now = came_at(self.environ, self.door.services.clock.now())
        if auth.timestamp and abs(now - (parse_time(time) or 0)) > auth.tolerance:
            raise Unauthorised(
                "The signature is too old, or of the future.",
                field=auth.header,
                hint="Sign each attempt anew, and set the clock.",
            )


USUAL_HINT = f"Send it as a Bearer token, in {TOKEN_HEADER}, or as the password of Basic authentication."


def tokens(auth: TokenAuth, environ: Environ) -> list[str]:
    """Give what may be the token."""
    if auth.header:
        text = header_of(environ, auth.header)
        return [text.removeprefix(auth.prefix)] if text.startswith(auth.prefix) else []
    header = environ.get("HTTP_AUTHORIZATION", "")
    usual = [bearer_token(header), header_of(environ, TOKEN_HEADER), basic_pair(header)[1]]
    if not auth.query:
        return usual
    query = parse_qs(environ.get("QUERY_STRING", ""), errors="replace", max_num_fields=None)
    return [*query.get(auth.query, [])[:1], *usual]


def header_of(environ: Environ, name: str) -> str:
    """Give a header's value as the server does; empty when there is none."""
    found: str = environ.get(f"HTTP_{name.upper().replace('-', '_')}", "")
    return found


def signature_in(auth: HmacAuth, environ: Environ) -> tuple[list[str], str]:
    """Give the signatures that a header holds, and the time that was signed with them."""
    text = header_of(environ, auth.header)
    if auth.part:
        parts = [re.split("[=:]", one.strip(), maxsplit=1) for one in text.split(",")]
        pairs = [(one[0], one[1]) for one in parts if len(one) > 1]
        given = [value for name, value in pairs if name == auth.part]
        time = next((value for name, value in pairs if name == auth.timestamp), "")
    else:
        given = text.split()
        time = header_of(environ, auth.timestamp) if auth.timestamp else ""
    return [one.removeprefix(auth.prefix) for one in given if one.startswith(auth.prefix)], time


def signing_headers(proofs: tuple[Auth, ...]) -> frozenset[str]:
    """Give the headers that signatures are in or made of, in small letters; none that may be a secret itself."""
    found = {name.lower() for auth in proofs if isinstance(auth, HmacAuth) for name in headers_of(auth)}
    tokens_in = {auth.header.lower() for auth in proofs if isinstance(auth, TokenAuth)}
    return frozenset(found - tokens_in - {TOKEN_HEADER.lower(), "authorization", "cookie"})


def headers_of(auth: HmacAuth) -> Iterator[str]:
    """Yield the headers that a signature is in, and those that are signed with it."""
    yield auth.header
    if auth.timestamp and not auth.part:
        yield auth.timestamp
    yield from (one for one in _FILLED.split(auth.over)[1::2] if one not in ("body", "timestamp"))


def signed(auth: HmacAuth, environ: Environ, body: bytes, time: str) -> bytes:
    """Put together the bytes that were signed."""
    message = b""
    for index, piece in enumerate(_FILLED.split(auth.over)):
        if index % 2 == 0:
            message += piece.encode()
        elif piece == "body":
            message += body
        else:
            text = time if piece == "timestamp" else header_of(environ, piece)
            message += text.encode("utf-8", "surrogatepass")
    return message


def sign(auth: HmacAuth, key: bytes, message: bytes) -> str:
    """Make the signature as the sender writes it."""
    digest = hmac.digest(key, message, auth.algorithm)
    return digest.hex() if auth.encoding == "hex" else base64.b64encode(digest).decode()


def keys_of(auth: HmacAuth, secret: Secret) -> list[bytes]:
    """Give the keys of all secrets that are accepted; one that is not base64 where it should be is none."""
    if auth.key == "text":
        return [one.encode() for one in secret.accepted()]
    found = [strict_base64(one.removeprefix("whsec_")) for one in secret.accepted()]
    return [one for one in found if one]
