"""What arrives by HTTP, before and after it is split into items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Inbound:
    """One HTTP request as it came, before anything was parsed; header names in lower case."""

    method: str
    path: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    received_at: int


@dataclass(frozen=True, slots=True)
class RawEvent:
    """One call in Segment's spelling, decoded, with the bytes it came as.

    ``is_public``: anyone could have sent it, so it is not believed on addresses and consent. ``echo`` says why it is
    known to come of our own writes; empty where it does not. ``is_history``: it happened long ago and sets nothing off.
    """

    raw: bytes
    call: Mapping[str, Any]
    is_public: bool = False
    echo: str = ""
    is_history: bool = False


@dataclass(frozen=True, slots=True)
class SetAside:
    """One item of a batch that cannot be read, kept with the reason."""

    raw: bytes
    reason: str


class Judged(str):
    """What became of one item: its status, and why it is not ``applied``."""

    __slots__ = ("reason",)

    reason: str

    @classmethod
    def of(cls, status: str, reason: str) -> Judged:
        """Give a status with its reason."""
        made = cls(status)
        made.reason = reason
        return made


class Intake(Protocol):
    """The way in: returns when the items are durably stored and judged."""

    def accept(self, source: str, items: Sequence[RawEvent | SetAside], received_at: int) -> list[str]:
        """Store and apply one request's items; gives each one's status, ``Judged`` where it may have a reason."""
