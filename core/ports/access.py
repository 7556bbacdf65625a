"""A key that lets somebody in: a sender of events, a page of a shop, or a caller of the API."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Kind = Literal["server", "browser", "api"]

#: What a key of the API may do: read, fire triggers, state consent, or operate the server.
SCOPES = ("read", "trigger", "consent", "operate")


class AccessKey(Struct, frozen=True, omit_defaults=True):
    """One key; its text is known to its holder only, here there is a hash of it. Times in milliseconds.

    ``source`` is whose events a server's or browser's key brings, ``scopes`` is what one of the API may do, ``quota``
    how many events or calls a minute, 0 for any number.
    """

    id: str
    name: str
    kind: Kind
    hash: str
    created_at: int
    source: str = ""
    scopes: tuple[str, ...] = ()
    quota: int = 0
    expires_at: int | None = None
    revoked_at: int | None = None

    def is_good(self, now: int) -> bool:
        """Tell whether it still lets anybody in."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
