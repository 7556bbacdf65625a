"""Rules as the reference model reads them: plain values, with Python beside each formula's text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Scope = Mapping[str, Any]
Unit = Literal["day", "week"]
Kind = Literal["count", "sum", "avg", "min", "max", "first", "last", "distinct", "list"]

#: Anchors whose matches are made by a timer, and those made by what a person has become.
TIMED, STATES = ("absence", "inactive", "date"), ("enters", "leaves", "score")


@dataclass(frozen=True)
class Test:
    """One formula: its CEL text, and the same question in Python (None: cannot be computed)."""

    __test__ = False
    text: str
    ask: Callable[[Scope], bool | None]


@dataclass(frozen=True)
class Named:
    """Events of one name for which ``where`` holds, or the matches of a trigger of this name."""

    name: str
    where: Test | None = None
    is_trigger: bool = False


@dataclass(frozen=True)
class Counted:
    """A count condition: how many marks there are in ``[at - ago - within, at - ago]``, or ever."""

    names: tuple[Named, ...]
    within: int | None = None
    ago: int = 0
    at_least: int | None = None
    at_most: int | None = None

    def ask(self, scope: Scope) -> bool | None:
        """Compare the number with the bounds."""
        number = scope["facts"].count(self)
        enough = self.at_least is None or number >= self.at_least
        return enough and (self.at_most is None or number <= self.at_most)


@dataclass(frozen=True)
class Member:
    """Ask for a segment."""

    segment: str

    def ask(self, scope: Scope) -> bool | None:
        """Ask for the membership as known."""
        return bool(scope["facts"].in_segment(self.segment))


@dataclass(frozen=True)
class Scored:
    """Ask for a score; unknown when it is."""

    score: str
    above: float | None = None
    below: float | None = None

    def ask(self, scope: Scope) -> bool | None:
        """Compare with the bounds."""
        value = scope["facts"].score(self.score)
        if value is None:
            return None
        high = self.above is None or value > self.above
        return high and (self.below is None or value < self.below)


@dataclass(frozen=True)
class Agreed:
    """Ask for consent to a purpose by a channel."""

    purpose: str
    channel: str

    def ask(self, scope: Scope) -> bool | None:
        """Ask as for a message."""
        return bool(scope["facts"].agreed(self.purpose))


@dataclass(frozen=True)
class Idle:
    """Ask whether the last activity lies at least this long back; unknown without any."""

    duration: int

    def ask(self, scope: Scope) -> bool | None:
        """Compare with how long it lies back."""
        idle = scope["facts"].idle()
        return None if idle is None else idle >= self.duration


@dataclass(frozen=True)
class Tree:
    """``all``, ``any`` or ``not`` over questions."""

    kind: str
    parts: tuple[Question, ...]


Leaf = Test | Counted | Member | Scored | Agreed | Idle
Question = Leaf | Tree


def truth(question: Question, scope: Scope) -> bool | None:
    """Answer a question; unknown stays unknown unless another part settles it."""
    if not isinstance(question, Tree):
        return question.ask(scope)
    answers = [truth(part, scope) for part in question.parts]
    if question.kind == "not":
        return None if answers[0] is None else not answers[0]
    settled = question.kind == "any"
    if settled in answers:
        return settled
    return None if None in answers else not settled


def leaves_of(question: Question) -> list[Leaf]:
    """Give every leaf of a question."""
    if not isinstance(question, Tree):
        return [question]
    return [leaf for part in question.parts for leaf in leaves_of(part)]


@dataclass(frozen=True)
class Computed:
    """A trait computed from the property ``field`` of events, or from their number."""

    name: str
    kind: Kind
    names: tuple[Named, ...]
    field: str = ""
    within: int | None = None
    limit: int = 50


@dataclass(frozen=True)
class Measures:
    """What is measured of a person besides triggers; a score is the trait of its name's value."""

    computed: tuple[Computed, ...] = ()
    segments: Mapping[str, Question] = field(default_factory=dict)
    scores: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One step of a journey: ``data``, ``message``, ``wait`` or ``only_if``.

    A wait with a ``clock`` ends when the person's clock next shows that minute of the day, one that is ``best`` at the
    hour with the greatest weight before that; one with ``until`` at the date in that trait. A message with ``others``
    may go by these channels too, each to the address in the trait of its name; ``digest`` is for how long those of one
    ``letter`` are gathered.
    """

    kind: str
    duration: int = 0
    purpose: str = ""
    valid_for: int | None = None
    question: Question | None = None
    channel: str = "sms"
    tags: tuple[str, ...] = ()
    clock: int | None = None
    best: bool = False
    until: str = ""
    others: tuple[str, ...] = ()
    letter: str = "note"
    digest: int | None = None


@dataclass(frozen=True)
class Rule:
    """One trigger: its anchor's kind and what that kind needs; durations in milliseconds, fields are properties.

    ``chain`` holds a sequence's steps. A page that measures itself has ``seconds``. ``trait`` is a date's.
    ``since`` is the arrival number of the last event before it was published.
    """

    name: str
    anchor: str
    names: tuple[Named, ...]
    steps: tuple[Step, ...]
    keyed: bool = False
    at_least: int = 0
    within: int = 0
    distinct: str = ""
    same: str = ""
    value: str = ""
    to: tuple[str | float, ...] = ()
    chain: tuple[tuple[Named, ...], ...] = ()
    strict: bool = False
    unless: tuple[Named, ...] = ()
    cancels: tuple[Named, ...] = ()
    restart: bool = False
    sums: bool = False
    less: tuple[Named, ...] = ()
    longer_than: int = 0
    where: Test | None = None
    seconds: str = ""
    visits: int = 0
    segment: str = ""
    score: str = ""
    above: float = 0.0
    reset_below: float = 0.0
    trait: str = ""
    offset: int = 0
    exit_on: tuple[Named, ...] = ()
    only_if: Question | None = None
    cooldown: int = 0
    caps: tuple[tuple[int, int | Unit], ...] = ()
    once: bool = False
    per_key: bool = False
    since: int = 0
    debounce: int = 0
    trailing: bool = False
    group: str = ""
    priority: int = 0
    priorities: tuple[tuple[str, int], ...] = ()
    shadow: bool = False

    @property
    def exits(self) -> tuple[Named, ...]:
        """Name the events that end a journey: the cancelling ones where none are given."""
        return self.exit_on or self.cancels

    @property
    def remembers(self) -> set[str]:
        """Name the events that are kept whole for it; what stays and sessions look at is not."""
        chain = tuple(name for step in self.chain for name in step)
        named = (*self.names, *self.cancels, *self.less, *self.unless, *self.exits, *chain)
        return {name.name for name in named if not name.is_trigger}

    @property
    def is_timed(self) -> bool:
        """Say whether a timer, and not an event, makes its matches."""
        return self.anchor in TIMED

    @property
    def is_state(self) -> bool:
        """Say whether it matches at what a person becomes."""
        return self.anchor in STATES
