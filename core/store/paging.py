"""Lists, newest first: what narrows them, and cursors that neither skip nor repeat."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

import msgspec

from core.errors import BadRequest
from core.ports import Page

_keys = msgspec.json.Decoder(list[int])
_text_keys = msgspec.json.Decoder(tuple[int, str])
LARGEST = 2**63 - 1


class Where:
    """The conditions of one query and their values."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self._terms: list[str] = []

    def add(self, term: str, **values: Any) -> None:
        """Ask for one thing more."""
        self._terms.append(term)
        self.values.update(values)

    def query(self, rows: str, ending: str) -> str:
        """Give the whole statement."""
        where = ("WHERE", " AND ".join(self._terms)) if self._terms else ()
        return " ".join((rows, *where, ending))


def write_cursor(key: Sequence[int | str]) -> str:
    """Name the place of the last row of a page."""
    return urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def read_cursor(text: str, size: int) -> list[int]:
    """Read a place back, refusing what no page gave out."""
    try:
        key = _keys.decode(decoded(text))
    except (ValueError, binascii.Error, msgspec.DecodeError):
        key = []
    if len(key) != size or any(abs(part) > LARGEST for part in key):
        raise not_ours()
    return key


def read_text_cursor(text: str) -> tuple[int, str]:
    """Read a place of a list that is ordered by a number and a text."""
    try:
        number, name = _text_keys.decode(decoded(text))
    except (ValueError, binascii.Error, msgspec.DecodeError):
        raise not_ours() from None
    if abs(number) > LARGEST:
        raise not_ours()
    return number, name


def decoded(text: str) -> bytes:
    """Take a cursor out of its form for addresses."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def not_ours() -> BadRequest:
    """Refuse a cursor that this list did not give out."""
    return BadRequest(
        "The cursor is not one that this list gave out.",
        field="cursor",
        hint="Send the `next` of the page before unchanged, or leave it out to start anew.",
    )


def cut(rows: Sequence[tuple[Sequence[int | str], Any]], limit: int) -> Page:
    """Make a page of rows with their keys, of which one more than ``limit`` was asked for."""
    shown = rows[:limit]
    following = write_cursor(shown[-1][0]) if len(rows) > limit and shown else None
    return Page([row for _, row in shown], following)
