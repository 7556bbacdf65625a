"""Random stories of every anchor: what people are, what they do, and when it is known."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from typing import Any

from reference.drawing import ANCHORS, TRACKS, Drawing
from reference.history import Happening
from reference.rules import Counted, leaves_of
from reference.timelines import START, Arrival, Published, Story, Turn, Wake

TYPES = {"Page Viewed": "page", "Screen Viewed": "screen", "Identified": "identify", "Grouped": "group"}
ZONES = ("Europe/Berlin", "Europe/Berlin", "America/New_York", "Mars/Base")


@dataclass(frozen=True)
class Setting:
    """A step of the grid of time, the anchors, how many track events come to each page view, and when it begins.

    The ``least`` gap is in milliseconds, the others in steps; where calendar ``units`` matter they are longer.
    """

    unit: int
    anchors: tuple[str, ...]
    tracks: int
    start: int = START
    units: tuple[str, ...] = ()
    gaps: tuple[int, ...] = (0, 0, 1, 1, 1, 1, 2, 3)
    least: int = 1


PAGES = (
    "Page Viewed",
    "Page Viewed",
    "Page Left",
    "Page Heartbeat",
    "Screen Viewed",
    "Identified",
    "Grouped",
)
SATURDAY = int(datetime(2023, 10, 28, 22, tzinfo=UTC).timestamp()) * 1_000

MOMENTS = Setting(10, ANCHORS, 12)
VISITS = Setting(
    600_000, ("session", "session", "dwell", "dwell", "inactive", "count", "enters", "leaves"), 4
)
DAYS = Setting(
    3_600_000,
    ("event", "event", "date", *ANCHORS),
    12,
    SATURDAY,
    ("day", "week"),
    (0, 0, 1, 1, 2, 3, 12, 24, 24),
    0,
)


@dataclass
class Telling:
    """Draws the turns of one story."""

    draw: Random
    setting: Setting
    tracks: tuple[str, ...]
    late: float
    lateness: dict[str, int]
    now: int
    seq: int = 0
    consented_at: int = 0
    clocks: dict[str, int] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Give the names to draw from, the usual ones more than once."""
        return self.tracks * (self.setting.tracks // len(self.tracks)) + PAGES

    def event(self, person: str, *, quiet: bool) -> Happening:
        """Draw a person's next event; late ones say nothing of consent, whose latest statement is then unclear."""
        draw, unit = self.draw, self.setting.unit
        self.seq += 1
        late = draw.random() < self.late
        timestamp = self.now - (draw.choice([1, unit, unit, 2 * unit, 3 * unit, 5 * unit]) if late else 0)
        name = draw.choice(self.names)
        source = draw.choice(["segment", "segment", "shop"])
        return Happening(
            timestamp,
            self.seq,
            f"e{self.seq}",
            name,
            self.properties(name),
            self.traits(),
            self.consent(timestamp),
            self.lateness[source],
            TYPES.get(name, "track"),
            source,
            *self.page(name),
            quiet,
        )

    def page(self, name: str) -> tuple[str, str]:
        """Draw the page of an event and the name of its call; one that enters always has one of them."""
        path = self.draw.choice(["/a", "/a", "/b"])
        if name in ("Page Viewed", "Screen Viewed"):
            return self.draw.choice([(path, ""), ("", path)])
        return self.draw.choice([(path, ""), ("", "")]) if name.startswith("Page") else ("", "")

    def consent(self, timestamp: int) -> dict[tuple[str, str], bool]:
        """Draw what an event says of consent; most say nothing."""
        if timestamp <= self.consented_at or self.draw.random() < 0.5:
            return {}
        self.consented_at = timestamp
        return {("marketing", ""): self.draw.random() < 0.85, ("news", "sms"): self.draw.random() < 0.7}

    def traits(self) -> dict[str, Any]:
        """Draw what an event says of the person; most say nothing."""
        draw = self.draw
        drawn: dict[str, Any] = {}
        if draw.random() < 0.3:
            drawn["tier"] = draw.choice(["gold", "gold", "silver"])
        if draw.random() < 0.4:
            drawn["points"] = float(draw.randint(0, 4))
        if draw.random() < 0.25:
            drawn["ends"] = self.date()
        if self.setting.units and self.seq < 3:
            drawn["timezone"] = "Europe/Berlin"
        elif self.setting.units and draw.random() < 0.15:
            drawn |= draw.choice([{"timezone": draw.choice(ZONES)}, {"country": draw.choice(["JP", "US"])}])
        return drawn

    def date(self) -> str:
        """Draw a date near now, as ISO text; where days matter some have no time of day."""
        at = self.now + self.draw.choice([-2, 0, 1, 2, 3, 5]) * self.setting.unit
        if self.setting.units and self.draw.random() < 0.5:
            later = self.now + self.draw.choice([0, 1, 1, 2]) * 24 * 3_600_000
            return datetime.fromtimestamp(later / 1_000, UTC).date().isoformat()
        return datetime.fromtimestamp(at / 1_000, UTC).isoformat(timespec="milliseconds")

    def properties(self, name: str) -> dict[str, Any]:
        """Draw an event's properties; each may be absent."""
        choices: dict[str, list[Any]] = {
            "k": ["a", "a", "b", 7.0, None],
            "x": [1.0, 2.0, 2.0, None],
            "n": [1.0, 2.0, 2.0, 3.0, None],
            "cat": ["r", "r", "g", None],
            "mixed": ["r", 1.0, 2.0, None],
            "price": [5.0, 10.0, None],
            "quantity": [1.0, 2.0, None],
            "product_id": ["p", "q", None],
            "sku": ["s", None],
        }
        if name.startswith(("Page", "Screen")):
            choices["seconds"] = [steps * self.setting.unit / 1_000 for steps in (1, 2, 3, 5)] + [None]
        drawn = {field: self.draw.choice(values) for field, values in choices.items()}
        return {field: value for field, value in drawn.items() if value is not None}

    def turns(self, *, people: int, length: int, imported: int, watchful: bool) -> list[Arrival | Wake]:
        """Draw a timeline, and then let the clock run until no timer is left."""
        alive = [f"p{number}" for number in range(people)]
        told: list[Arrival | Wake] = []
        unit = self.setting.unit
        for number in range(length):
            self.now += self.draw.choice([self.setting.least, *(steps * unit for steps in self.setting.gaps)])
            if watchful and number >= imported:
                told += [Wake(person, self.now) for person in alive if person in self.clocks]
            if number < imported:
                told.append(self.arrival(alive, quiet=True))
            elif self.draw.random() < 0.15:
                self.now += self.draw.choice([0, 0, 1])
                told.append(Wake(self.draw.choice(alive), self.now))
            else:
                told.append(self.arrival(alive, quiet=False, imports=imported > 0))
        later = [self.now + steps * unit for steps in (1, 6, 40, 200, 1_000)]
        return told + [Wake(person, now) for now in later for person in alive]

    def arrival(self, alive: list[str], *, quiet: bool, imports: bool = False) -> Arrival:
        """Draw an arrival; a live one may make one person of two, and history may still come late."""
        person, other = self.draw.choice(alive), ""
        known = [name for name in alive if name in self.clocks and name != person]
        if not quiet and known and person in self.clocks and self.draw.random() < 0.2:
            other = self.draw.choice(known)
            alive.remove(other)
        event = self.event(person, quiet=quiet)
        clock = max(self.clocks.get(person, 0), self.clocks.get(other, 0))
        if imports and not other and event.timestamp <= clock and self.draw.random() < 0.3:
            event = event._replace(quiet=True)
        self.clocks[person] = max(clock, event.timestamp)
        return Arrival(person, event, self.now, other)


def wide_story(seed: int) -> Story:
    """Draw a whole story from its seed, of all anchors and conditions."""
    draw = Random(seed)
    setting = draw.choice([MOMENTS, MOMENTS, VISITS, DAYS, DAYS])
    tracks = tuple(draw.sample(TRACKS, draw.choice([2, 3, 4])))
    drawing = Drawing(draw, setting.unit, setting.anchors, tracks, setting.units)
    begun = draw.choice([0, 0, 1, 2])
    rules = [drawing.rule(f"t{number}") for number in range(begun)]
    measures = drawing.measures()
    rules += [drawing.rule(f"t{number}") for number in range(begun, begun + draw.randint(1, 3))]
    lateness = draw.choice([(0, 0), (0, 0), (2, 0), (0, 1), (1, 2)])
    telling = Telling(
        draw,
        setting,
        tracks,
        late=draw.choice([0.0, 0.2, 0.45]),
        lateness={"segment": lateness[0] * setting.unit, "shop": lateness[1] * setting.unit},
        now=setting.start,
    )
    turns = telling.turns(
        people=draw.choice([1, 2, 2, 3]),
        length=draw.randint(10, 40),
        imported=draw.randint(1, 8) if draw.random() < 0.25 else 0,
        watchful=draw.random() < 0.4,
    )
    told: list[Turn] = list(turns)
    if draw.random() < 0.35:
        publish(draw, drawing, told)
    return Story(seed, rules, told, measures)


def publish(draw: Random, drawing: Drawing, turns: list[Turn]) -> None:
    """Put one more rule in force somewhere on the way, and perhaps take one out that nothing counts."""
    at = draw.randint(len(turns) // 5, len(turns) // 2)
    arrived = [turn.event.seq for turn in turns[:at] if isinstance(turn, Arrival)]
    later = Drawing(draw, drawing.unit, ("event", "changed", "count", "sequence", "absence"), drawing.tracks)
    new = replace(later.rule("u"), since=max(arrived, default=0))
    rules = [*drawing.rules, new]
    questions = [q for rule in rules for q in (rule.only_if, *(step.question for step in rule.steps)) if q]
    leaves = [leaf for question in questions for leaf in leaves_of(question)]
    names = [name for leaf in leaves if isinstance(leaf, Counted) for name in leaf.names]
    counted = {name.name for name in (*names, *(name for rule in rules for name in rule.names))}
    gone = draw.choice(rules[:-1])
    if gone.name not in counted and not drawing.segments and draw.random() < 0.3:
        rules.remove(gone)
    turns.insert(at, Published(rules, turns[at].now))
