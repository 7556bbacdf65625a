"""What a store does: one writer, whole transactions, and a reader of what is committed (``reader.py``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Protocol, TypeVar

from core.engine.event import Identifier
from core.ports.alert import AlertStore
from core.ports.code import CodeStore
from core.ports.delivery import DeliveryRow
from core.ports.outcomes import ConsentStore, ConversionStore
from core.ports.reader import Past, Reader
from core.ports.row import DecisionRow, EventRow, LinkRow, Oldest

T = TypeVar("T")


#: For arguments that are mostly left out.
NO_HEADS: Mapping[str, int] = {}


class EventStore(Past, Protocol):
    """Events inside one transaction."""

    def next_seq(self) -> int:
        """Give the next arrival number."""

    def known(self, source: str, ids: Sequence[str], since: int) -> set[str]:
        """Give those of the ids that came from the source since then."""

    def add(self, rows: Sequence[EventRow]) -> None:
        """Store events."""

    def count_late(self, number: int) -> None:
        """Count events that came later than their source's lateness."""

    def is_aside(self, seq: int) -> bool:
        """Tell whether an event has had no effect so far, and may still have one."""

    def mend(self, seq: int, status: str, reason: str) -> None:
        """Write down what became of such an event; one that took effect has a row of its own, and this one goes."""


class ProfileStore(Protocol):
    """Profiles, identifiers and the identity log inside one transaction."""

    def owners(self, identifiers: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """Give the profile that owns each identifier that has one."""

    def states(self, ids: Iterable[str]) -> dict[str, bytes]:
        """Give the bytes of each profile that exists."""

    def canonical(self, profile_id: str) -> str:
        """Follow aliases to the id that stands for the person now."""

    def put(self, rows: Sequence[tuple[str, bytes, int | None]], heads: Mapping[str, int] = NO_HEADS) -> None:
        """Store profiles: ``(id, bytes, next due)``; ``heads`` names the last event of those that had one."""

    def stamp(self, rows: Sequence[tuple[str, str]]) -> None:
        """Say which measures profiles cover now: ``(measures, id)``."""

    def enter(self, rows: Sequence[tuple[str, str, int]]) -> None:
        """Put people into segments: ``(segment, profile id, since)``."""

    def leave(self, rows: Sequence[tuple[str, str]]) -> None:
        """Take people out of segments: ``(segment, profile id)``."""

    def link(self, rows: Sequence[tuple[str, str, str]]) -> None:
        """Give identifiers to profiles: ``(namespace, value, profile id)``."""

    def merge(self, loser: str, winner: str) -> None:
        """Let ``loser`` be an alias of ``winner`` and hand over what it had."""

    def apart(self) -> Sequence[tuple[int, int, Identifier]]:
        """Give the identifiers that were split by hand: the split's number, the side, and the identifier."""

    def log(self, rows: Sequence[LinkRow]) -> None:
        """Append to the identity log."""

    def due(self, now: int, limit: int) -> list[str]:
        """Name profiles whose timers are due."""

    def first_due(self) -> int | None:
        """Give when the next timer of anyone is due."""


class DecisionStore(Protocol):
    """Decisions inside one transaction; ``not_met`` ones are kept as one compact record per event."""

    def add(self, rows: Sequence[DecisionRow]) -> None:
        """Store decisions; an id that is there already stays as it is."""

    def get(self, decision_id: str) -> DecisionRow | None:
        """Give a decision that came to more than ``not_met``."""


class DeliveryStore(Protocol):
    """Deliveries inside one transaction."""

    def add(self, rows: Sequence[DeliveryRow]) -> None:
        """Store deliveries; an id that is there already stays as it is."""

    def get(self, delivery_id: str) -> DeliveryRow | None:
        """Give a delivery."""

    def save(self, row: DeliveryRow) -> None:
        """Write a delivery back."""

    def alternatives(self, delivery_id: str) -> list[DeliveryRow]:
        """Give what went by other channels in place of a delivery."""

    def to_give_up(self, destination: str, now: int, limit: int) -> list[DeliveryRow]:
        """Give what has waited for a destination for longer than another channel's patience."""

    def ready(self, destination: str, now: int, limit: int, *, fresh: bool = False) -> list[DeliveryRow]:
        """Give what may be sent now: at most one delivery per person, in order; ``fresh``: nothing that retries."""

    def first_due(self, destination: str) -> int | None:
        """Give when the next delivery to this destination is due."""

    def oldest(self, status: str, narrow: Oldest) -> list[DeliveryRow]:
        """Give finished deliveries of a status, the first to be made first; ``delivered`` is no such status."""

    def prolong(self, delivery_id: str, expires_at: int) -> None:
        """Let a delivery be valid for longer."""

    def interrupted(self) -> list[DeliveryRow]:
        """Give the deliveries that were being sent when the process ended."""

    def look_up_at(self, delivery_id: str, at: int | None) -> None:
        """Plan when the destination is asked what became of an ``unknown`` delivery; None for never."""

    def to_look_up(self, destination: str, now: int, limit: int) -> list[DeliveryRow]:
        """Give ``unknown`` deliveries after which the destination is to be asked now, the longest due first."""

    def first_look_up(self, destination: str) -> int | None:
        """Give when the destination is next to be asked after an ``unknown`` delivery."""


class KeyStore(Protocol):
    """Idempotency keys and small named values inside one transaction."""

    def get(self, key: str) -> str | None:
        """Give a named value."""

    def put(self, key: str, value: str, at: int) -> None:
        """Keep a named value."""

    def starting(self, prefix: str) -> dict[str, str]:
        """Give all named values whose names begin so."""

    def drop(self, key: str) -> None:
        """Forget a named value."""


class Transaction(Protocol):
    """Everything that one commit may change."""

    @property
    def events(self) -> EventStore:
        """Give the events."""

    @property
    def profiles(self) -> ProfileStore:
        """Give the profiles."""

    @property
    def decisions(self) -> DecisionStore:
        """Give the decisions."""

    @property
    def deliveries(self) -> DeliveryStore:
        """Give the deliveries."""

    @property
    def conversions(self) -> ConversionStore:
        """Give the conversions."""

    @property
    def consents(self) -> ConsentStore:
        """Give the consent ledger."""

    @property
    def codes(self) -> CodeStore:
        """Give the pools of codes."""

    @property
    def keys(self) -> KeyStore:
        """Give the named values."""

    @property
    def alerts(self) -> AlertStore:
        """Give the alerts."""


class Store(Protocol):
    """A durable store with one writer: jobs that wait together share one commit."""

    def submit(self, job: Callable[[Transaction], T]) -> Future[T]:
        """Run a job in the writer; the future resolves only after its commit is durable."""

    def write(self, job: Callable[[Transaction], T]) -> T:
        """Submit and wait."""

    @property
    def read(self) -> Reader:
        """Give the reader; it may be used from any thread."""

    @property
    def on_commit(self) -> list[Callable[[], None]]:
        """Give the list of what is called, in the writer's thread, after each commit."""

    def purge(self, now: int) -> int:
        """Forget what is kept for a time only; give how many rows went."""

    def close(self) -> None:
        """Finish what waits, then close."""
