"""The events of one person, what matches in them, and the cases of an absence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from reference.rules import Named, Rule

ACTIVITY = ("track", "page", "screen")

#: A case keeps so many of its last events.
KEPT = 50


class Happening(NamedTuple):
    """An event of one person; tuples of them sort by ``(timestamp, arrival number)``.

    ``page`` is the path in its context, ``title`` the call's name; a ``quiet`` one is imported history.
    """

    timestamp: int
    seq: int
    id: str
    name: str
    properties: dict[str, Any]
    traits: dict[str, Any]
    consent: dict[tuple[str, str], bool]
    lateness: int = 0
    type: str = "track"
    source: str = "segment"
    page: str = ""
    title: str = ""
    quiet: bool = False
    phone: str = ""

    @property
    def place(self) -> tuple[float, float]:
        """Give the place in the person's order."""
        return (self.timestamp, self.seq)

    @property
    def is_activity(self) -> bool:
        """Say whether the person did something, as against being described."""
        return self.type in ACTIVITY


def nothing(at: int) -> Happening:
    """Stand for the event where time alone made a match; it lies behind every event of its moment."""
    return Happening(at, 10**9, "", "", {}, {}, {})


@dataclass
class Case:
    """One open instance of an absence anchor while the history is walked."""

    key: str | None
    anchor: Happening
    due: int
    events: list[Happening] = field(default_factory=list)
    count: int = 0
    sum: float = 0.0


@dataclass(frozen=True)
class Match:
    """An anchor that matched; two of them are the same when trigger, key, time and anchor event are.

    Those that time alone made have a ``number``, for two people may each have one at the same time.
    """

    at: int
    trigger: str
    key: str | None
    anchor: Happening = field(compare=False)
    anchor_id: str
    case: dict[str, Any] = field(compare=False, default_factory=dict)
    timed: bool = field(compare=False, default=False)
    is_kept: bool = field(compare=False, default=True)
    number: int = 0

    @property
    def wake_at(self) -> int:
        """Give the time after which its timer is drained."""
        return self.at + self.anchor.lateness

    @property
    def order(self) -> tuple[int, str, str, int]:
        """Give the order in which matches are judged, and counted."""
        return (self.at, self.trigger, self.key or "", self.anchor.seq)

    @property
    def cut(self) -> tuple[float, float]:
        """Give the place in the order up to which events count: all of its moment, unless that is its event's."""
        return self.anchor.place if self.at == self.anchor.timestamp else (self.at, float("inf"))


def text_of(value: Any) -> str | None:
    """Give a value as a key: text, whole numbers without their fraction."""
    if value is None:
        return None
    return str(int(value)) if isinstance(value, float) else str(value)


def key_of(rule: Rule, event: Happening) -> str | None:
    """Read the key from an event: the value that is the ``same`` where no key is given."""
    return text_of(event.properties.get("k" if rule.keyed else rule.same))


def holds(pattern: Named, event: Happening) -> bool:
    """Say whether a ``where`` holds; unknown does not."""
    return pattern.where is None or pattern.where.ask({"properties": event.properties}) is True


def at_event(rule: Rule, event: Happening) -> Match:
    """Match at an event."""
    return Match(event.timestamp, rule.name, key_of(rule, event), event, event.id)


def is_one_of(patterns: tuple[Named, ...], event: Happening) -> bool:
    """Say whether an event has one of the names and its ``where`` holds."""
    return any(p.name == event.name and not p.is_trigger and holds(p, event) for p in patterns)


def amount(event: Happening) -> float:
    """Compute ``=properties.price * properties.quantity``; what is unknown adds nothing."""
    price, quantity = event.properties.get("price"), event.properties.get("quantity")
    return 0.0 if price is None or quantity is None else price * quantity


def product(event: Happening) -> Any:
    """Name an event's product."""
    found = (event.properties.get(name) for name in ("product_id", "sku", "name"))
    return next((value for value in found if value is not None), None)


def touches(rule: Rule, event: Happening, key: str | None) -> bool:
    """Say whether a cancelling, exit or ``less`` event reaches what carries this key."""
    own = key_of(rule, event)
    return own is None or own == key


def cases(rule: Rule, history: list[Happening]) -> list[Case]:
    """Walk a history and give every case that nothing closed, whether its due has passed or not."""
    ended: list[Case] = []
    running: list[Case] = []
    for event in history:
        ended += [case for case in running if case.due < event.timestamp]
        running = [case for case in running if case.due >= event.timestamp]
        running = after_cancel(rule, event, running)
        running = after_less(rule, event, running)
        after_anchor(rule, event, running)
    return ended + running


def after_cancel(rule: Rule, event: Happening, running: list[Case]) -> list[Case]:
    """Close what a cancelling event reaches, or one that ends journeys; a lapse is ended by activity alone."""
    if rule.anchor != "absence" or not is_one_of(rule.cancels + rule.exits, event):
        return running
    return [case for case in running if not touches(rule, event, case.key)]


def after_less(rule: Rule, event: Happening, running: list[Case]) -> list[Case]:
    """Take an event's sum off and its product out; a case left empty closes."""
    if not is_one_of(rule.less, event):
        return running
    for case in running:
        if touches(rule, event, case.key):
            case.sum -= amount(event) if rule.sums else 0.0
            gone = product(event)
            kept = [held for held in case.events if gone is None or product(held) != gone]
            case.count, case.events = case.count - len(case.events) + len(kept), kept
    return [case for case in running if case.events]


def after_anchor(rule: Rule, event: Happening, running: list[Case]) -> None:
    """Open a case, or join the one of the event's key; neither history nor what came before the rule does."""
    begins = event.is_activity if rule.anchor == "inactive" else is_one_of(rule.names, event)
    if event.quiet or event.seq <= rule.since or not begins:
        return
    key = key_of(rule, event)
    case = next((case for case in running if case.key == key), None)
    if case is None:
        case = Case(key, event, event.timestamp + rule.within)
        running.append(case)
    elif rule.restart:
        case.anchor, case.due = event, event.timestamp + rule.within
    case.events = [*case.events, event][-KEPT:]
    case.count += 1
    case.sum += amount(event) if rule.sums else 0.0


def case_match(rule: Rule, case: Case) -> Match:
    """Give the match of a case whose due passed while it was open."""
    shown = {"count": float(case.count), "sum": case.sum}
    return Match(case.due, rule.name, case.key, case.anchor, case.anchor.id, shown, timed=True)
