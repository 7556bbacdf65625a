"""Random rule sets and timelines on a coarse grid of time, so that boundaries meet often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from reference.history import Happening
from reference.policy import Policy
from reference.rules import Measures, Named, Question, Rule, Scope, Step, Test, Tree

START = 1_700_000_000_000
NAMES = ("Add", "Remove", "Buy", "View")


@dataclass(frozen=True)
class Arrival:
    """An event reaches its person at ``now``; with ``joins`` it first makes one person of two."""

    person: str
    event: Happening
    now: int
    joins: str = ""


@dataclass(frozen=True)
class Wake:
    """The clock reaches a person's timers at ``now``."""

    person: str
    now: int


@dataclass(frozen=True)
class Published:
    """From here on these rules are in force, for everybody."""

    rules: list[Rule]
    now: int
    policy: Policy | None = None


@dataclass(frozen=True)
class Leaves:
    """The dispatcher looks: each message due is asked for at its due where it is ``prompt``, else at ``now``.

    What leaves is tried again after ``retry``, where that is not 0, unless the vendor of its channel ``refuses`` all.
    """

    now: int
    prompt: bool
    retry: int = 0
    refuses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Paused:
    """A trigger is paused for everybody, or goes on."""

    trigger: str
    now: int
    is_on: bool = True


Turn = Arrival | Wake | Published | Leaves | Paused


@dataclass(frozen=True)
class Story:
    """One random run: its seed, rules and what happens in order."""

    seed: int
    rules: list[Rule]
    turns: Sequence[Turn]
    measures: Measures = field(default_factory=Measures)
    policy: Policy = field(default_factory=Policy)


def more(field: str, than: float) -> Test:
    """Ask for a property over a number; unknown when it is absent."""

    def ask(scope: Scope) -> bool | None:
        value = scope["properties"].get(field)
        return None if value is None else value > than

    return Test(f"properties.{field} > {than:g}", ask)


def tier(name: str) -> Test:
    """Ask for a trait; unknown when it is absent."""

    def ask(scope: Scope) -> bool | None:
        value = scope["traits"].get("tier")
        return None if value is None else value == name

    return Test(f'profile.traits.tier == "{name}"', ask)


def in_case(field: str, least: float) -> Test:
    """Ask for a case's count or sum."""
    return Test(f"case.{field} >= {least:g}", lambda scope: scope["case"][field] >= least)


def random_question(draw: Random, *, absence: bool, depth: int = 2) -> Question:
    """Draw a condition tree."""
    if depth and draw.random() < 0.4:
        kind = draw.choice(["all", "any", "not"])
        size = 1 if kind == "not" else draw.randint(1, 3)
        return Tree(kind, tuple(random_question(draw, absence=absence, depth=depth - 1) for _ in range(size)))
    leaves = [more("x", draw.choice([0, 1])), tier("gold")]
    if absence:
        leaves += [in_case("sum", draw.choice([5, 20])), in_case("count", 2)]
    return draw.choice(leaves)


def random_names(draw: Random, *, most: int = 2) -> tuple[Named, ...]:
    """Draw one or two event names, some with a ``where``."""
    names = draw.sample(NAMES, draw.randint(1, most))
    return tuple(Named(name, more("x", 1) if draw.random() < 0.2 else None) for name in names)


def random_steps(draw: Random, *, absence: bool) -> tuple[Step, ...]:
    """Draw a journey: actions, then perhaps waits, checkpoints and more actions."""
    steps = [random_act(draw)]
    while draw.random() < 0.45 and len(steps) < 7:
        kind = draw.choice(["wait", "wait", "only_if", "act"])
        if kind == "wait":
            steps.append(Step("wait", duration=draw.choice([10, 20, 40])))
        elif kind == "only_if":
            steps.append(Step("only_if", question=random_question(draw, absence=absence)))
        steps.append(random_act(draw))
    return tuple(steps)


def random_act(draw: Random) -> Step:
    """Draw a data action or a message."""
    if draw.random() < 0.35:
        return Step("data")
    purpose = draw.choice(["marketing", "marketing", "news", "transactional"])
    return Step("message", purpose=purpose, valid_for=draw.choice([None, None, 10, 30]))


def random_limits(draw: Random) -> dict[str, Any]:
    """Draw a trigger's limits; half have none."""
    limits: dict[str, Any] = {"per_key": draw.random() < 0.4}
    if draw.random() < 0.35:
        limits["cooldown"] = draw.choice([10, 20, 40])
    if draw.random() < 0.25:
        limits["caps"] = ((draw.randint(1, 2), draw.choice([20, 50])),)
    limits["once"] = draw.random() < 0.08
    return limits


def random_rule(draw: Random, name: str) -> Rule:
    """Draw one trigger."""
    anchor = draw.choice(["event", "count", "absence", "absence"])
    absence = anchor == "absence"
    details: dict[str, Any] = {"within": draw.choice([20, 30, 50])}
    if anchor == "count":
        details["at_least"] = draw.randint(1, 3)
    if absence:
        cancels = random_names(draw)
        less = random_names(draw, most=1) if draw.random() < 0.4 else ()
        details |= {
            "cancels": cancels,
            "less": less,
            "restart": draw.random() < 0.5,
            "sums": draw.random() < 0.6,
        }
    return Rule(
        name,
        anchor,
        random_names(draw),
        random_steps(draw, absence=absence),
        keyed=draw.random() < 0.6,
        exit_on=random_names(draw, most=1) if draw.random() < 0.3 else (),
        only_if=random_question(draw, absence=absence) if draw.random() < 0.35 else None,
        **details,
        **random_limits(draw),
    )


def random_properties(draw: Random) -> dict[str, Any]:
    """Draw an event's properties; each may be absent."""
    choices: dict[str, list[Any]] = {
        "k": ["a", "a", "b", 7.0, None],
        "x": [1.0, 2.0, 2.0, None],
        "price": [5.0, 10.0, None],
        "quantity": [1.0, 2.0, None],
        "product_id": ["p", "q", None],
        "sku": ["s", None],
        "name": ["n", None],
    }
    drawn = {field: draw.choice(values) for field, values in choices.items()}
    return {field: value for field, value in drawn.items() if value is not None}


class Teller:
    """Draws the turns of one story."""

    def __init__(self, draw: Random, *, lateness: tuple[int, ...], late: float) -> None:
        self.draw = draw
        self.lateness = lateness
        self.late = late
        self.now = START
        self.seq = 0
        self.consented_at = 0

    def event(self) -> Happening:
        """Draw the next event; late ones say nothing of consent, whose latest statement is then unclear."""
        draw, late = self.draw, self.draw.random() < self.late
        self.seq += 1
        timestamp = self.now - (draw.choice([1, 10, 10, 20, 30, 50]) if late else 0)
        consent: dict[tuple[str, str], bool] = {}
        if timestamp > self.consented_at and draw.random() < 0.5:
            self.consented_at = timestamp
            consent = {("marketing", ""): draw.random() < 0.85, ("news", "sms"): draw.random() < 0.7}
        traits = {"tier": draw.choice(["gold", "gold", "silver"])} if draw.random() < 0.3 else {}
        name, properties = draw.choice(NAMES), random_properties(draw)
        return Happening(
            timestamp, self.seq, f"e{self.seq}", name, properties, traits, consent, draw.choice(self.lateness)
        )

    def turns(self, *, people: int, length: int) -> list[Arrival | Wake]:
        """Draw a timeline, and then let the clock run until no timer is left."""
        alive = [f"p{number}" for number in range(people)]
        told: list[Arrival | Wake] = []
        for _ in range(length):
            self.now += self.draw.choice([0, 0, 1, 10, 10, 10, 20, 30])
            if self.draw.random() < 0.2:
                told.append(Wake(self.draw.choice(alive), self.now + self.draw.choice([0, 0, 1])))
                self.now = max(self.now, told[-1].now)
                continue
            person = self.draw.choice(alive)
            other = ""
            if len(alive) > 1 and self.draw.random() < 0.12:
                other = self.draw.choice([name for name in alive if name != person])
                alive.remove(other)
            told.append(Arrival(person, self.event(), self.now, other))
        later = [self.now + after for after in (10, 60, 400, 2_000)]
        return told + [Wake(person, now) for now in later for person in alive]


def random_story(seed: int, *, late: float | None = None, lateness: tuple[int, ...] | None = None) -> Story:
    """Draw a whole story from its seed."""
    draw = Random(seed)
    rules = [random_rule(draw, f"t{number}") for number in range(draw.randint(1, 4))]
    if lateness is None:
        lateness = draw.choice([(0,), (0,), (20,), (0, 10, 20)])
    teller = Teller(draw, lateness=lateness, late=draw.choice([0.0, 0.15, 0.4]) if late is None else late)
    return Story(seed, rules, teller.turns(people=draw.choice([1, 2, 3]), length=draw.randint(8, 30)))
