"""What a destination is, and what the loader and the docs know of its actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from core.engine.telling import Hears
from core.ports.delivery import DeliveryRow
from core.ports.outcome import Outcome

if TYPE_CHECKING:
    from core.ports.request import Described


class Repeats(StrEnum):
    """What a second send of the same action does."""

    IDEMPOTENT = "idempotent"
    KEYED = "keyed"
    LOOKUP = "lookup"
    AT_MOST_ONCE = "at_most_once"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of an action, as ``check`` and the docs show it.

    ``words`` are all that it may hold, where these are few; of a map, all that its values may be.
    """

    name: str
    help: str
    required: bool = False
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """What the loader must know of an action: its fields, its class and whether it reaches a person.

    ``batch`` is how many deliveries, each of another person, one call takes. ``settle`` is how long after a lost
    answer, in milliseconds, the destination is asked by ``look_up`` what became of it; 0 where it cannot be asked.
    ``gives`` names the identifier of ``identity.yaml`` that the destination's own id for the person is.
    """

    name: str
    help: str
    repeats: Repeats
    fields: tuple[FieldSpec, ...]
    channel: str = ""
    batch: int = 1
    horizon: int = 24 * 3_600_000
    open_fields: bool = False
    settle: int = 0
    gives: str = ""


@dataclass(frozen=True, slots=True)
class DestinationSpec:
    """A kind of destination and its actions by name; ``requests`` are those that files describe, not code.

    ``is_open`` where a mapping file may describe actions of its own; ``hears`` how it is told of people and decisions
    by itself, where that makes sense.
    """

    name: str
    title: str
    actions: Mapping[str, ActionSpec] = field(default_factory=dict)
    requests: Mapping[str, Described] = field(default_factory=dict)
    is_open: bool = False
    hears: Hears | None = None


class Destination(Protocol):
    """Where deliveries leave. It never retries, sleeps, logs or stores; a raised exception is a bug."""

    name: str
    spec: DestinationSpec

    def send(self, action: str, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Call the action for each delivery, answers in the same order."""

    def missing_settings(self) -> list[str]:
        """Name the settings without which nothing can be sent."""


@runtime_checkable
class LooksUp(Protocol):
    """A destination that can say what became of a delivery whose answer was lost."""

    def look_up(self, row: DeliveryRow) -> Outcome | None:
        """Ask for one delivery that is ``unknown``, never sending anything.

        ``Delivered`` and ``Rejected`` settle it. None says that the destination knows nothing of it: an action of the
        class ``lookup`` is then sent again, one of the class ``at_most_once`` stays unknown. Any other answer says that
        it cannot be told now; the destination is asked again later.
        """
