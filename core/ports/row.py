"""Events, decisions and the identity log as stored, and how lists are narrowed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import Struct


class EventRow(Struct):
    """An event as stored; ``identifiers`` is ``{namespace: [values]}``, ``raw`` the bytes as they came."""

    seq: int
    id: str
    source: str
    type: str
    event: str
    timestamp: int
    received_at: int
    status: str
    raw: bytes = b""
    profile_id: str = ""
    identifiers: dict[str, list[str]] = {}
    reason: str = ""


class LinkRow(Struct):
    """One entry of the identity log: ``linked``, ``merged``, ``shared_device``, ``over_limit``."""

    kind: str
    profile_id: str
    namespace: str
    value: str
    event_id: str
    at: int
    other_id: str = ""


class DecisionRow(Struct):
    """A decision as stored; ``reasons`` as plain values."""

    id: str
    trigger: str
    outcome: str
    reasons: list[Any]
    at: int
    event_id: str
    profile_id: str
    key: str | None
    version: str
    shadow: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to; ``cursor`` is the ``next`` of the page before, newest first."""

    profile: str = ""
    trigger: str = ""
    status: str = ""
    since: int | None = None
    limit: int = 50
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list and where the next one starts."""

    rows: Sequence[Any]
    next: str | None
