"""A delivery and its attempts, as stored."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from msgspec import Struct

from core.engine.decision import Spare


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


class Attempt(Struct, omit_defaults=True):
    """One try of a delivery; times in milliseconds, ``outcome`` is empty while it runs.

    ``confirmed`` says that the vendor reported how it ended, for good; ``redriven_at`` when an operator let the
    delivery begin anew after it. ``unsure_since`` tells since when it may have arrived: the start of the
    first attempt, this one or an earlier, whose answer was lost although another followed.
    """

    number: int
    started_at: int
    ended_at: int | None = None
    outcome: str = ""
    reason: str = ""
    confirmed: bool = False
    redriven_at: int | None = None
    unsure_since: int | None = None


class DeliveryRow(Struct):
    """A delivery as stored. ``position`` orders a person's deliveries to one destination.

    ``spare`` are the channels that follow when it is refused. ``hops`` counts our sends that led up to it, and it.
    """

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
    spare: list[Spare] = []
    position: int = 0
    hops: int = 1

    @property
    def give_up_at(self) -> int | None:
        """Tell from when on the next channel takes over, should this one fail until then; None where none does."""
        patience = self.spare[0].patience if self.spare else None
        begun = self.attempts[0].started_at if self.attempts else self.due_at
        return None if patience is None else begun + patience
