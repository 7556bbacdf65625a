"""What is asked of a store: questions that are answered from the last commit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from core.engine.event import Identifier
from core.ports.alert import AlertReader
from core.ports.code import PoolRow
from core.ports.delivery import DeliveryRow
from core.ports.outcomes import OutcomeReader
from core.ports.row import Aside, DayRow, DecisionRow, EventRow, Filter, LinkRow, Page, StateRow


class Past(Protocol):
    """The stored events of a person, whoever keeps them."""

    def past(self, profile_id: str, names: Collection[str] | None, limit: int) -> list[EventRow]:
        """Give the person's applied events in order, of more than ``limit`` the last to arrive.

        ``names`` are those of the events that are wanted; None for all.
        """


class Reader(Past, OutcomeReader, AlertReader, Protocol):
    """Read-only questions, answered from the last commit."""

    def events(self, narrow: Filter) -> Page:
        """List events."""

    def aside(self, wanted: Aside) -> Page:
        """List events without effect whole, the first to arrive first."""

    def decisions(self, narrow: Filter) -> Page:
        """List decisions."""

    def deliveries(self, narrow: Filter) -> Page:
        """List deliveries."""

    def event(self, event_id: str) -> EventRow | None:
        """Give an event by id."""

    def decisions_of_event(self, event_id: str) -> list[DecisionRow]:
        """Give the decisions of an anchor event."""

    def decision(self, decision_id: str) -> DecisionRow | None:
        """Give a decision by id."""

    def to_give_up(self, now: int) -> list[str]:
        """Name the destinations for which something has waited for longer than another channel's patience."""

    def deliveries_of(self, decision_ids: Sequence[str]) -> list[DeliveryRow]:
        """Give the deliveries of some decisions."""

    def delivery(self, delivery_id: str) -> DeliveryRow | None:
        """Give a delivery by id."""

    def deliveries_by_reference(self, destination: str, reference: str) -> list[DeliveryRow]:
        """Give what a destination knows under an id of its own; several may have gone in one request."""

    def owner(self, namespace: str, value: str) -> str | None:
        """Give the profile that owns an identifier."""

    def profile(self, profile_id: str) -> bytes | None:
        """Give a profile's bytes by id or alias."""

    def links(self, profile_id: str) -> list[LinkRow]:
        """Give the identity log of a profile."""

    def identity_log(self, narrow: Filter) -> Page:
        """List the identity log of a person, newest first; the status is the kind."""

    def apart(self) -> Sequence[tuple[int, int, Identifier]]:
        """Give the identifiers that were split by hand: the split's number, the side, and the identifier."""

    def members(self, segment: str, narrow: Filter) -> Page:
        """List who is in a segment, the last to enter first."""

    def people(self, after: str, limit: int) -> list[StateRow]:
        """Give profiles in the order of their ids, which is as good as drawn by lot."""

    def timed(self, place: tuple[str, int], limit: int) -> list[StateRow]:
        """Give profiles with a timer, the next due first, from the place of one of them on."""

    def unfilled(self, measures: str, after: tuple[str, int], limit: int) -> list[StateRow]:
        """Give profiles that do not cover these measures."""

    def count_unfilled(self, measures: str) -> int:
        """Count the profiles that do not cover these measures."""

    def days(self, since: int) -> list[DayRow]:
        """Count decisions by trigger and day, from a day (since 1970) on."""

    def last_fired(self) -> dict[str, int]:
        """Give for each trigger that ever fired when it last did."""

    def published(self) -> dict[str, int]:
        """Give for each trigger since when its present anchor applies; 0 where that is not known."""

    def code_pools(self, now: int) -> list[PoolRow]:
        """Give every pool of codes, and how many are free, given and expired."""

    def counts(self) -> dict[str, int]:
        """Count events, decisions and deliveries by state, and people by segment."""
