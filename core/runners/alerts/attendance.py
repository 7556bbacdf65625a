"""When this server was there to hear: what came not while it was away was nobody's silence."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from core.ports import Store, Transaction

#: Under this key stands when the server was last there, and when it was not.
KEY = "alerts.attendance"

#: It says that it is there this often; being away for less is not worth remembering.
EVERY = 60_000

#: Absences older than this, in milliseconds, and more of them than this are forgotten.
KEPT, MOST = 400 * 24 * 3_600_000, 500


class _Book(Struct):
    last: int
    away: list[tuple[int, int]] = []


class Attendance:
    """Keeps the times of absence in the store."""

    def __init__(self, store: Store, now: int) -> None:
        self._store = store
        self._book = store.write(_read) or _Book(now)
        if now - self._book.last > EVERY:
            kept = [one for one in self._book.away if one[1] > now - KEPT]
            self._book.away = [*kept, (self._book.last, now)][-MOST:]
        self._sign(now)

    @property
    def away(self) -> list[tuple[int, int]]:
        """Give when the server was not there: from, until."""
        return self._book.away

    def sign(self, now: int) -> None:
        """Say that the server is there, where it has not for a while."""
        if now - self._book.last >= EVERY:
            self._sign(now)

    def _sign(self, now: int) -> None:
        self._book.last = max(now, self._book.last)
        text = msgspec.json.encode(self._book).decode()
        self._store.write(lambda tx: tx.keys.put(KEY, text, now))


def _read(tx: Transaction) -> _Book | None:
    text = tx.keys.get(KEY)
    return msgspec.json.decode(text, type=_Book) if text else None
