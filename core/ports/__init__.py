"""What the parts pass to each other, and the shapes that a store, a clock and a destination must have."""

from core.ports.clock import Clock
from core.ports.delivery import OPEN, Attempt, DeliveryRow, Status
from core.ports.destination import ActionSpec, Destination, DestinationSpec, FieldSpec, Repeats
from core.ports.inbound import Inbound, Intake, RawEvent, SetAside
from core.ports.outcome import Delivered, Outcome, Rejected, RetryLater, Unknown
from core.ports.row import DecisionRow, EventRow, Filter, LinkRow, Page
from core.ports.store import (
    DecisionStore,
    DeliveryStore,
    EventStore,
    KeyStore,
    ProfileStore,
    Reader,
    Store,
    Transaction,
)

__all__ = [
    "OPEN",
    "ActionSpec",
    "Attempt",
    "Clock",
    "DecisionRow",
    "DecisionStore",
    "Delivered",
    "DeliveryRow",
    "DeliveryStore",
    "Destination",
    "DestinationSpec",
    "EventRow",
    "EventStore",
    "FieldSpec",
    "Filter",
    "Inbound",
    "Intake",
    "KeyStore",
    "LinkRow",
    "Outcome",
    "Page",
    "ProfileStore",
    "RawEvent",
    "Reader",
    "Rejected",
    "Repeats",
    "RetryLater",
    "SetAside",
    "Status",
    "Store",
    "Transaction",
    "Unknown",
]
