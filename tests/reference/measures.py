"""What is known of a person as of one moment: counts, computed traits, scores, and when time alone changes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from reference.anchors import Mark
from reference.past import Past
from reference.person import Person
from reference.rules import Computed, Counted, Idle, Measures, leaves_of

Place = tuple[float, float]


def end_of(at: int) -> Place:
    """Give the place behind everything that happens at a moment."""
    return (at, float("inf"))


class Facts:
    """A person as of ``at``; of the events of that moment only those up to ``cut`` count."""

    def __init__(self, person: Person, past: Past, measures: Measures, *, at: int, cut: Place) -> None:
        self._person = person
        self._past = past
        self._measures = measures
        self._at = at
        self._cut = cut

    def count(self, asked: Counted) -> int:
        """Count the marks in the window, both ends included."""
        marks = self._past.marks(asked.names)
        if asked.within is None:
            return len(marks)
        marks = self._in_window(marks, asked.within, asked.ago)
        edges = {self._at - asked.ago, self._at - asked.ago - asked.within}
        self._past.seen["condition's window edge"] += any(mark.at in edges for mark in marks)
        return len(marks)

    def _in_window(self, marks: Iterable[Mark], within: int, ago: int = 0) -> list[Mark]:
        last = self._at - ago
        first = last - within
        return [mark for mark in marks if first <= mark.at <= last and mark[:2] <= self._cut]

    def in_segment(self, name: str) -> bool:
        """Give the membership as known."""
        return name in self._person.members

    def score(self, name: str) -> float | None:
        """Give the value of the score's trait where it is a number."""
        value = self.traits().get(self._measures.scores.get(name, name))
        return value if isinstance(value, float) else None

    def agreed(self, purpose: str) -> bool:
        """Say whether a message of this purpose may be sent."""
        return agreed(self._person, purpose)

    def idle(self) -> int | None:
        """Give how long the last activity that is known lies back, imported history included."""
        found = [event.timestamp for event in self._past.history if event.is_activity]
        return self._at - found[-1] if found else None

    def traits(self) -> dict[str, Any]:
        """Give the traits as known, computed ones in the place of others."""
        known = {name: value for name, (_, value) in self._person.traits.items()}
        for computed in self._measures.computed:
            known.pop(computed.name, None)
            marks = self._past.marks(computed.names)
            if computed.within is not None:
                marks = self._in_window(marks, computed.within)
            value = compute(computed, [mark.event.properties.get(computed.field) for mark in marks])
            known |= {} if value is None else {computed.name: value}
        return known


def agreed(person: Person, purpose: str, channel: str = "sms") -> bool:
    """Say whether a message of this purpose may be sent by this channel."""
    return purpose == "transactional" or any(
        granted and said == purpose and by in ("", channel)
        for (said, by), (_, granted) in person.consent.items()
    )


def compute(computed: Computed, values: Sequence[Any]) -> Any:
    """Make a computed trait of the values that its events have, in order; None where it is absent."""
    if computed.kind == "count":
        return float(len(values))
    values = [value for value in values if value is not None]
    numbers = [value for value in values if isinstance(value, float)]
    if computed.kind == "sum":
        return float(sum(numbers))
    if computed.kind == "distinct":
        return float(len(set(values)))
    if computed.kind == "avg":
        values = numbers
    if not values:
        return None
    makers: dict[str, Any] = {
        "avg": lambda: sum(numbers) / len(numbers),
        "min": lambda: min(numbers or values),
        "max": lambda: max(numbers or values),
        "first": lambda: values[0],
        "last": lambda: values[-1],
        "list": lambda: seen_last(values)[-computed.limit :],
    }
    return makers[computed.kind]()


def seen_last(values: Sequence[Any]) -> list[Any]:
    """Give each different value once, in the order in which it was seen last."""
    return list(reversed(dict.fromkeys(reversed(values))))


def moments(past: Past, measures: Measures) -> set[int]:
    """Give every moment at which time alone may change a segment or a score; any may read any computed trait."""
    found: set[int] = set()
    for leaf in (leaf for question in measures.segments.values() for leaf in leaves_of(question)):
        if isinstance(leaf, Counted):
            found |= window_moments(past.marks(leaf.names), leaf.within, leaf.ago)
        elif isinstance(leaf, Idle):
            active = [event.timestamp for event in past.history if event.is_activity]
            found |= {active[-1] + leaf.duration} if active else set()
    for computed in measures.computed:
        marks = past.marks(computed.names)
        having = [
            m for m in marks if not computed.field or m.event.properties.get(computed.field) is not None
        ]
        found |= window_moments(having, computed.within, 0)
    return found


def window_moments(marks: Sequence[Mark], within: int | None, ago: int) -> set[int]:
    """Give the moments at which an event enters a window, and those just after it has been in it."""
    entering = {mark.at + ago for mark in marks} if ago else set()
    return entering | ({mark.at + ago + within + 1 for mark in marks} if within is not None else set())
