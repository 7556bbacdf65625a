"""Conversions and the consent ledger as stored, and what a store does with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from core.ports.row import Filter, Page


class ConversionRow(Struct):
    """A goal event that is credited to a decision; ``decided_at`` is the decision's ``at``."""

    id: str
    decision_id: str
    trigger: str
    event_id: str
    profile_id: str
    at: int
    decided_at: int
    value: float | None = None


class ConversionNumbers(Struct):
    """What a trigger's decisions came to; ``median`` is the time to the first conversion, in milliseconds."""

    trigger: str
    decisions: int
    events: int
    value: float
    median: float


class StepNumbers(Struct):
    """How many deliveries of one step arrived, and how many of these belong to a decision that converted."""

    step: int
    channel: str
    destination: str
    action: str
    message: str
    delivered: int
    converted: int


class ConsentRow(Struct):
    """One entry of the consent ledger; an empty channel means all of them.

    ``profile_id`` is who it was said of at the time. ``evidence`` names what it rests on. ``stands`` tells whether
    it was in force when it was written, or a newer one outweighed it.
    """

    profile_id: str
    purpose: str
    channel: str
    granted: bool
    at: int
    received_at: int
    source: str
    event_id: str
    evidence: dict[str, str] = {}
    stands: bool = True


class ConversionStore(Protocol):
    """Conversions inside one transaction."""

    def add(self, rows: Sequence[ConversionRow]) -> None:
        """Store conversions; an id that is there already stays as it is."""


class ConsentStore(Protocol):
    """The consent ledger inside one transaction."""

    def add(self, rows: Sequence[ConsentRow]) -> None:
        """Append to the ledger."""

    def holders(self, namespace: str, value: str) -> list[str]:
        """Give everyone who has an identifier, also those who came with it while it stayed another's."""


class OutcomeReader(Protocol):
    """Questions about conversions and consent, answered from the last commit."""

    def conversions(self, narrow: Filter) -> Page:
        """List conversions, the latest first."""

    def conversions_of(self, decision_ids: Sequence[str]) -> list[ConversionRow]:
        """Give the conversions of some decisions, the earliest first."""

    def conversion_numbers(self, since: int) -> list[ConversionNumbers]:
        """Add up by trigger what the decisions from a time on came to."""

    def step_numbers(self, trigger: str, since: int) -> list[StepNumbers]:
        """Count what arrived of a trigger's steps from a time on, and what of it converted."""

    def consent_log(self, narrow: Filter) -> Page:
        """List the consent ledger of a person, the newest entry first."""
