"""The sessions of a fake vendor: tokens that were given out and are not over."""

from __future__ import annotations

import secrets
import threading


class Sessions:
    """The sessions that were opened and are not over."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._lock = threading.Lock()
        self._open: set[str] = set()

    def start(self) -> str:
        """Open one, and give its token."""
        token = f"{self._prefix}{secrets.token_hex(24)}"
        with self._lock:
            self._open.add(token)
        return token

    def end_all(self) -> None:
        """End every session, as an administrator can."""
        with self._lock:
            self._open.clear()

    def is_open(self, token: str) -> bool:
        """Say whether a token is good."""
        with self._lock:
            return token in self._open
