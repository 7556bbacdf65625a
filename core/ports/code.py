"""Pools of codes, as stores give them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from msgspec import Struct


class GivenCode(NamedTuple):
    """A code that a delivery has; it is new where the delivery did not have it before."""

    code: str
    is_new: bool


class PoolRow(Struct):
    """A pool, and how many of its codes are free, were given, and expired before they were."""

    pool: str
    free: int
    given: int
    expired: int


class CodeStore(Protocol):
    """Pools of codes inside one transaction."""

    def add(self, pool: str, codes: Sequence[tuple[str, int | None]], at: int) -> int:
        """Add codes with when they expire, and give how many are new to the pool."""

    def give(self, pool: str, delivery_id: str, *, now: int, good_until: int) -> GivenCode | None:
        """Give the code that a delivery has already, or one of the pool that is good until then."""

    def give_back(self, delivery_id: str) -> None:
        """Let a code be given to somebody else: it never left."""
