"""What the parts pass to each other, and the shapes that a store, a clock and a destination must have."""

from core.ports.clock import Clock
from core.ports.code import CodeStore, GivenCode, PoolRow
from core.ports.delivery import OPEN, Attempt, DeliveryRow, Status
from core.ports.destination import ActionSpec, Destination, DestinationSpec, FieldSpec, Repeats
from core.ports.inbound import Inbound, Intake, RawEvent, SetAside
from core.ports.outcome import Delivered, Outcome, Rejected, RetryLater, Unknown
from core.ports.outcomes import (
    ConsentRow,
    ConsentStore,
    ConversionNumbers,
    ConversionRow,
    ConversionStore,
    OutcomeReader,
    StepNumbers,
)
from core.ports.row import (
    DayRow,
    DecisionRow,
    EventRow,
    Filter,
    LinkRow,
    MemberRow,
    Page,
    StateRow,
)
from core.ports.store import (
    DecisionStore,
    DeliveryStore,
    EventStore,
    KeyStore,
    Past,
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
    "CodeStore",
    "ConsentRow",
    "ConsentStore",
    "ConversionNumbers",
    "ConversionRow",
    "ConversionStore",
    "DayRow",
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
    "GivenCode",
    "Inbound",
    "Intake",
    "KeyStore",
    "LinkRow",
    "MemberRow",
    "Outcome",
    "OutcomeReader",
    "Page",
    "Past",
    "PoolRow",
    "ProfileStore",
    "RawEvent",
    "Reader",
    "Rejected",
    "Repeats",
    "RetryLater",
    "SetAside",
    "StateRow",
    "Status",
    "StepNumbers",
    "Store",
    "Transaction",
    "Unknown",
]
