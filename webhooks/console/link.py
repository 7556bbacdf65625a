"""Links that sign somebody in once: random, short-lived, and kept by this process alone."""

from __future__ import annotations

import secrets
import threading
from hashlib import sha256

#: A link may be opened for this long, in milliseconds.
LINK_SPAN = 15 * 60_000

#: Used and expired links are remembered for this long, so that their page can say which they are.
MEMORY_SPAN = 24 * 3_600_000

#: More than this many at a time are nobody's need; the oldest go first.
MOST_LINKS = 1_000

OPENED, USED, EXPIRED, UNKNOWN = "opened", "used", "expired", "unknown"


class SignInLinks:
    """Issues tokens and takes each of them once; a restart makes all of them void."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Only digests are kept, with the end of each link's time and whether it was used.
        self._links: dict[bytes, tuple[int, bool]] = {}

    def issue(self, now: int) -> tuple[str, int]:
        """Give a new token and when it expires."""
        token, until = secrets.token_urlsafe(32), now + LINK_SPAN
        with self._lock:
            self._forget(now)
            self._links[_digest(token)] = (until, False)
        return token, until

    def redeem(self, token: str, now: int) -> str:
        """Take a token; it is ``opened`` for exactly one caller."""
        name = _digest(token)
        with self._lock:
            until, is_used = self._links.get(name, (None, False))
            if until is None:
                return UNKNOWN
            if is_used:
                return USED
            if now >= until:
                return EXPIRED
            self._links[name] = (until, True)
        return OPENED

    def _forget(self, now: int) -> None:
        self._links = {
            name: link
            for name, link in list(self._links.items())[-MOST_LINKS + 1 :]
            if link[0] + MEMORY_SPAN > now
        }


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
