"""What the parts pass to each other, and the shapes that a store, a clock and a destination must have."""

from core.ports.alert import AlertReader, AlertRow, AlertStore, ArrivalRow, Notice, Teller, Telling
from core.ports.clock import Clock
from core.ports.code import CodeStore, GivenCode, PoolRow
from core.ports.delivery import OPEN, Attempt, DeliveryRow, Status
from core.ports.destination import (
    ActionSpec,
    Destination,
    DestinationSpec,
    FieldSpec,
    LooksUp,
    Repeats,
)
from core.ports.inbound import Inbound, Intake, Judged, RawEvent, SetAside
from core.ports.inspection import Inspected, Inspects, Written
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
from core.ports.pace import Budget, Pace
from core.ports.reader import Past, Reader
from core.ports.row import (
    Aside,
    DayRow,
    DecisionRow,
    EventRow,
    Filter,
    LinkRow,
    MemberRow,
    Oldest,
    Page,
    StateRow,
)
from core.ports.store import (
    DecisionStore,
    DeliveryStore,
    EventStore,
    KeyStore,
    ProfileStore,
    Store,
    Transaction,
)

__all__ = [
    "OPEN",
    "ActionSpec",
    "AlertReader",
    "AlertRow",
    "AlertStore",
    "ArrivalRow",
    "Aside",
    "Attempt",
    "Budget",
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
    "Inspected",
    "Inspects",
    "Intake",
    "Judged",
    "KeyStore",
    "LinkRow",
    "LooksUp",
    "MemberRow",
    "Notice",
    "Oldest",
    "Outcome",
    "OutcomeReader",
    "Pace",
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
    "Teller",
    "Telling",
    "Transaction",
    "Unknown",
    "Written",
]
