"""What the parts pass to each other, and the shapes that a store, a clock and a destination must have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from msgspec import Struct

T = TypeVar("T")


class Clock(Protocol):
    """Tells the time; tests and rehearsals bring their own."""

    def now(self) -> int:
        """Give milliseconds since 1970, UTC."""


class Repeats(StrEnum):
    """What a second send of the same action does."""

    IDEMPOTENT = "idempotent"
    KEYED = "keyed"
    LOOKUP = "lookup"
    AT_MOST_ONCE = "at_most_once"


class Status(StrEnum):
    """The states of a delivery."""

    SCHEDULED = "scheduled"
    SENDING = "sending"
    DELIVERED = "delivered"
    RETRYING = "retrying"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    DEAD = "dead"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    SUPPRESSED = "suppressed"


#: States in which a delivery still waits for its turn or its answer.
OPEN = (Status.SCHEDULED, Status.SENDING, Status.RETRYING)


@dataclass(frozen=True, slots=True)
class Delivered:
    """The destination accepted it; ``reference`` is its own id for it, when it gives one."""

    reason: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class RetryLater:
    """Not done, and safe to try again; ``until`` (ms) when the destination named a time.

    ``throttled`` says that the destination is alive and only asks us to slow down: breakers ignore it.
    ``pause`` says that nothing will succeed until an operator acts (a wrong key).
    """

    reason: str
    until: int | None = None
    throttled: bool = False
    pause: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """The destination refused it for good."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The answer was lost and a second send could double it."""

    reason: str


Outcome = Delivered | RetryLater | Rejected | Unknown


class Attempt(Struct, omit_defaults=True):
    """One try of a delivery; times in milliseconds, ``outcome`` is empty while it runs."""

    number: int
    started_at: int
    ended_at: int | None = None
    outcome: str = ""
    reason: str = ""


class DeliveryRow(Struct):
    """A delivery as stored. ``position`` orders a person's deliveries to one destination."""

    id: str
    decision_id: str
    trigger: str
    step: int
    destination: str
    action: str
    fields: dict[str, Any]
    profile_id: str
    status: str
    due_at: int
    created_at: int
    channel: str = ""
    purpose: str = ""
    message: str = ""
    reason: str = ""
    reference: str = ""
    expires_at: int | None = None
    attempts: list[Attempt] = []
    position: int = 0


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


class EventStore(Protocol):
    """Events inside one transaction."""

    def next_seq(self) -> int: ...
    def known(self, source: str, ids: Sequence[str], since: int) -> set[str]: ...
    def add(self, rows: Sequence[EventRow]) -> None: ...


class ProfileStore(Protocol):
    """Profiles, identifiers and the identity log inside one transaction."""

    def owners(self, identifiers: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]: ...
    def states(self, ids: Iterable[str]) -> dict[str, bytes]: ...
    def canonical(self, profile_id: str) -> str: ...
    def put(self, rows: Sequence[tuple[str, bytes, int | None]]) -> None: ...
    def link(self, rows: Sequence[tuple[str, str, str]]) -> None: ...
    def merge(self, loser: str, winner: str) -> None: ...
    def log(self, rows: Sequence[LinkRow]) -> None: ...
    def due(self, now: int, limit: int) -> list[str]: ...
    def first_due(self) -> int | None: ...


class DecisionStore(Protocol):
    """Decisions inside one transaction; ``not_met`` ones are kept as one compact record per event."""

    def add(self, rows: Sequence[DecisionRow]) -> None: ...


class DeliveryStore(Protocol):
    """Deliveries inside one transaction."""

    def add(self, rows: Sequence[DeliveryRow]) -> None: ...
    def get(self, delivery_id: str) -> DeliveryRow | None: ...
    def save(self, row: DeliveryRow) -> None: ...
    def ready(self, destination: str, now: int, limit: int) -> list[DeliveryRow]: ...
    def first_due(self, destination: str) -> int | None: ...
    def interrupted(self) -> list[DeliveryRow]: ...


class KeyStore(Protocol):
    """Idempotency keys and small named values inside one transaction."""

    def get(self, key: str) -> str | None: ...
    def put(self, key: str, value: str, at: int) -> None: ...


class Transaction(Protocol):
    """Everything that one commit may change."""

    @property
    def events(self) -> EventStore: ...
    @property
    def profiles(self) -> ProfileStore: ...
    @property
    def decisions(self) -> DecisionStore: ...
    @property
    def deliveries(self) -> DeliveryStore: ...
    @property
    def keys(self) -> KeyStore: ...


class Reader(Protocol):
    """Read-only questions, answered from the last commit."""

    def events(self, narrow: Filter) -> Page: ...
    def decisions(self, narrow: Filter) -> Page: ...
    def deliveries(self, narrow: Filter) -> Page: ...
    def event(self, event_id: str) -> EventRow | None: ...
    def decisions_of_event(self, event_id: str) -> list[DecisionRow]: ...
    def decision(self, decision_id: str) -> DecisionRow | None: ...
    def deliveries_of(self, decision_ids: Sequence[str]) -> list[DeliveryRow]: ...
    def delivery(self, delivery_id: str) -> DeliveryRow | None: ...
    def owner(self, namespace: str, value: str) -> str | None: ...
    def profile(self, profile_id: str) -> bytes | None: ...
    def links(self, profile_id: str) -> list[LinkRow]: ...
    def counts(self) -> dict[str, int]: ...


class Store(Protocol):
    """A durable store with one writer: jobs that wait together share one commit."""

    def submit(self, job: Callable[[Transaction], T]) -> Future[T]:
        """Run a job in the writer; the future resolves only after its commit is durable."""

    def write(self, job: Callable[[Transaction], T]) -> T:
        """Submit and wait."""

    @property
    def read(self) -> Reader:
        """Give the reader; it may be used from any thread."""

    def close(self) -> None:
        """Finish what waits, then close."""


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of an action, as ``check`` and the docs show it."""

    name: str
    help: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """What the loader must know of an action: its fields, its class and whether it reaches a person."""

    name: str
    help: str
    repeats: Repeats
    fields: tuple[FieldSpec, ...]
    channel: str = ""
    batch: int = 1
    horizon: int = 24 * 3_600_000
    open_fields: bool = False


@dataclass(frozen=True, slots=True)
class DestinationSpec:
    """A kind of destination and its actions by name."""

    name: str
    title: str
    actions: Mapping[str, ActionSpec] = field(default_factory=dict)


class Destination(Protocol):
    """Where deliveries leave. It never retries, sleeps, logs or stores; a raised exception is a bug."""

    name: str
    spec: DestinationSpec

    def send(self, action: str, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Call the action for each delivery, answers in the same order."""

    def missing_settings(self) -> list[str]:
        """Name the settings without which nothing can be sent."""


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
    """One call in Segment's spelling, decoded, with the bytes it came as."""

    raw: bytes
    call: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SetAside:
    """One item of a batch that cannot be read, kept with the reason."""

    raw: bytes
    reason: str


class Intake(Protocol):
    """The way in: returns when the items are durably stored and judged."""

    def accept(self, source: str, items: Sequence[RawEvent | SetAside], received_at: int) -> list[str]:
        """Store and apply one request's items; gives each one's status."""
