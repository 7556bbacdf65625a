"""What is wrong, who is told of it, and how: as stores keep it and senders carry it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from msgspec import Struct

from core.ports.outcome import Outcome
from core.ports.row import DayRow

#: The occasions of which somebody is told, and how a telling stands.
OPENED, CLEARED = "opened", "cleared"
WAITING, TOLD, GIVEN_UP = "waiting", "told", "given_up"


class Telling(Struct, omit_defaults=True):
    """One message to one recipient (``email:ADDRESS``, ``slack:SETTING``, ``webhook:SETTING``) on one occasion.

    ``at`` is when the last try was, ``reason`` why it failed.
    """

    to: str
    occasion: str
    due_at: int
    status: str = WAITING
    tries: int = 0
    first_at: int | None = None
    at: int | None = None
    reason: str = ""


class AlertRow(Struct):
    """Something that is wrong with a ``destination``, ``source``, ``trigger`` or the ``server``, until it is cleared.

    ``kind`` is ``paused``, ``silent`` or ``late``.
    """

    id: str
    kind: str
    what: str
    name: str
    reason: str
    hint: str
    opened_at: int
    cleared_at: int | None = None
    tellings: list[Telling] = []

    @property
    def key(self) -> tuple[str, str, str]:
        """Name what is wrong: at most one alert about it is open."""
        return self.kind, self.what, self.name


class ArrivalRow(Struct):
    """How much a source brought in one hour (since 1970, UTC), and when first and last."""

    source: str
    hour: int
    number: int
    first_at: int
    last_at: int


class Notice(NamedTuple):
    """What a recipient is told: as a mail, a line of chat, or data. ``key`` is the same at each try."""

    key: str
    subject: str
    text: str
    body: Mapping[str, Any]


class Teller(Protocol):
    """Carries a notice to a recipient; it never retries."""

    def tell(self, to: str, notice: Notice) -> Outcome:
        """Tell it once; whatever goes wrong is an outcome."""

    def missing(self, to: str) -> list[str]:
        """Name the settings without which this recipient cannot be told."""


class AlertStore(Protocol):
    """Alerts inside one transaction."""

    def open(self) -> list[AlertRow]:
        """Give the alerts that are open, the oldest first."""

    def get(self, alert_id: str) -> AlertRow | None:
        """Give an alert."""

    def add(self, row: AlertRow) -> None:
        """Store a new alert."""

    def save(self, row: AlertRow) -> None:
        """Write back when an alert was cleared and how its tellings stand."""

    def forget(self, before: int) -> None:
        """Forget alerts that were cleared before then, and arrivals that are too old to tell anything."""


class AlertReader(Protocol):
    """Questions about alerts, and about what they are judged by, answered from the last commit."""

    def alerts(self, status: str, limit: int) -> list[AlertRow]:
        """List alerts, ``open`` or ``cleared`` ones or all: the open ones first, then the last to open first."""

    def untold(self) -> list[AlertRow]:
        """Give the alerts of which somebody is still to be told, in the order in which they opened."""

    def open_alerts(self) -> dict[str, int]:
        """Count the open alerts by kind."""

    def arrivals(self) -> list[ArrivalRow]:
        """Give what each source brought in the last two weeks, and when it last did, in order."""

    def firings(self, since: int) -> list[DayRow]:
        """Count the firings of each trigger by day, from a day (since 1970, UTC) on, in order.

        When it last fired is told however long ago that is, with the number 0.
        """

    def first_due(self, destination: str) -> int | None:
        """Give when the next delivery to this destination is due."""
