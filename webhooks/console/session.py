"""Who is signed in: a signed cookie that ends twelve hours after the sign-in, whatever happens."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeSerializer

from core.secret import Secret
from webhooks.signatures import hmac_hex, is_same

COOKIE = "cuewire_console"
SESSION_SPAN = 12 * 3_600_000


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in; ``csrf`` proves that a form came from one of its pages."""

    id: str
    until: int
    csrf: str


class Sessions:
    """Makes and reads the cookie; who signed out is remembered until the cookie would have ended."""

    def __init__(self, keys: Secret) -> None:
        self._key = keys.reveal()
        # The newest key stands last there and signs; the older ones are still believed.
        self._signer = URLSafeSerializer(list(reversed(keys.accepted())), salt="cuewire.console")
        self._ended: dict[str, int] = {}

    def begin(self, now: int) -> str:
        """Give the cookie of a new session."""
        signed = self._signer.dumps({"id": secrets.token_urlsafe(18), "until": now + SESSION_SPAN})
        return signed if isinstance(signed, str) else signed.decode()

    def read(self, cookie: str, now: int) -> Session | None:
        """Read a cookie; None when it is not ours, over, or signed out."""
        try:
            held = self._signer.loads(cookie)
        except BadData:
            return None
        name, until = held["id"], held["until"]
        if now >= until or name in self._ended:
            return None
        return Session(name, until, hmac_hex("sha256", self._key, f"csrf {name}".encode()))

    def end(self, session: Session, now: int) -> None:
        """Believe this session's cookie no more."""
        self._ended = {name: until for name, until in self._ended.items() if until > now}
        self._ended[session.id] = session.until

    def is_own_form(self, session: Session, given: str) -> bool:
        """Tell whether a form's token is this session's."""
        return is_same(session.csrf, given)
