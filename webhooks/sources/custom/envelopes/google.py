"""Check the tokens that Google signs for a service account: OpenID Connect, RS256."""

from __future__ import annotations

import base64
import threading
from typing import Any, TypeGuard

import jwt
import msgspec

from core.errors import Busy, Unauthorised
from webhooks.signatures import bearer_token, is_accepted
from webhooks.sources.base import Door
from webhooks.sources.custom.proof import Environ
from webhooks.sources.loose import a_map, maps_in

GOOGLE = "https://www.googleapis.com"
KEYS_PATH = "/oauth2/v3/certs"
ISSUERS = ("https://accounts.google.com", "accounts.google.com")
ALGORITHM = "RS256"

#: Clocks differ; Google's tokens are good for an hour, its keys for days.
LEEWAY = 60_000
KEYS_GOOD_FOR = 3_600_000
#: An unknown key may be a new one; but whoever makes keys up must not make us ask each time.
ASK_AGAIN_AFTER = 60_000


class GoogleTokens:
    """Google's keys, fetched when a token names one that is not known."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._lock = threading.Lock()
        self._keys: dict[str, tuple[int, dict[str, Any]]] = {}

    def check(self, source: str, environ: Environ, now: int) -> None:
        """Refuse a request without a token for us, of our service account, that is good now."""
        token = bearer_token(environ.get("HTTP_AUTHORIZATION", ""))
        claims = self.claims(source, token, now)
        audience = self._door.services.secrets(source, "audience").accepted() or (self.own_address(source),)
        expires, begins = claims.get("exp"), claims.get("iat", 0)
        is_timely = (
            is_time(expires) and is_time(begins) and begins * 1000 - LEEWAY <= now <= expires * 1000 + LEEWAY
        )
        accounts = self._door.services.secrets(source, "service_account")
        is_ours = claims.get("email_verified") is True and is_accepted(accounts, str(claims.get("email")))
        if not is_timely:
            raise wrong("The token is too old, or of the future.", "Set the clock of this server.")
        if claims.get("iss") not in ISSUERS or not is_ours:
            raise wrong(
                "The token is of another service account.", "Name the account in the subscription and here."
            )
        if claims.get("aud") not in audience:
            raise wrong(
                "The token is for another audience.", f"Set the subscription's audience to {audience[0]}."
            )

    def own_address(self, source: str) -> str:
        """Give the address that is the audience where the subscription names none."""
        return f"{self._door.services.public_url}/webhooks/{source}"

    def claims(self, source: str, token: str, now: int) -> dict[str, Any]:
        """Give what a token says once its signature holds."""
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") != ALGORITHM or not is_strict(token):
                raise jwt.InvalidTokenError
            key = self.key(source, str(header.get("kid")), now)
            unchecked = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False}
            found: dict[str, Any] = jwt.decode(token, key, algorithms=[ALGORITHM], options=unchecked)  # type: ignore[arg-type]
        except (jwt.PyJWTError, ValueError):
            hint = "Switch authentication on in the push subscription."
            raise wrong("The Bearer token is missing or not signed by Google.", hint) from None
        return found

    def key(self, source: str, name: str, now: int) -> Any:
        """Give one of Google's keys; an unknown one is asked for, but not too often."""
        base = self._door.services.secrets(source, "base_url").reveal().rstrip("/") or GOOGLE
        with self._lock:
            asked, keys = self._keys.get(base, (None, {}))
            is_stale = asked is None or now - asked > (KEYS_GOOD_FOR if name in keys else ASK_AGAIN_AFTER)
            if is_stale:
                keys = self.fetch(base)
                self._keys[base] = now, keys
        if name not in keys:
            raise jwt.InvalidTokenError
        return keys[name]

    def fetch(self, base: str) -> dict[str, Any]:
        """Fetch Google's keys by their names."""
        status, body = self._door.services.fetch(base + KEYS_PATH)
        if status != 200:
            raise Busy("Google's keys cannot be fetched.", retry_after=5, hint="Send it again.")
        try:
            listed = maps_in(a_map(msgspec.json.decode(body)).get("keys"))
            return {str(one.get("kid")): jwt.PyJWK(one, algorithm=ALGORITHM).key for one in listed}
        except (msgspec.DecodeError, jwt.PyJWTError):
            raise Busy("Google's keys cannot be read.", retry_after=5, hint="Send it again.") from None


def is_strict(token: str) -> bool:
    """Tell whether each part is base64 in its one canonical spelling, so that no changed token passes."""
    parts = token.split(".")
    try:
        raw = [base64.b64decode(one + "=" * (-len(one) % 4), altchars=b"-_", validate=True) for one in parts]
    except ValueError:
        return False
    return [base64.urlsafe_b64encode(one).decode().rstrip("=") for one in raw] == parts


def is_time(value: object) -> TypeGuard[float]:
    """Tell whether a claim is a number of seconds."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**53


def wrong(message: str, hint: str) -> Unauthorised:
    """Refuse a token."""
    return Unauthorised(message, field="Authorization", hint=hint)
