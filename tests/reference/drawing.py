"""Draws rules of every anchor, conditions of every kind, and what is measured, on a grid of time."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from reference.rules import (
    TIMED,
    Agreed,
    Computed,
    Counted,
    Idle,
    Kind,
    Measures,
    Member,
    Named,
    Question,
    Rule,
    Scope,
    Scored,
    Step,
    Test,
    Tree,
)
from reference.timelines import in_case, more, random_act, tier

TRACKS = ("Add", "Remove", "Buy", "View")
OTHERS = ("Page Viewed", "Identified", "Screen Viewed", "Page Left")
KINDS: tuple[Kind, ...] = (
    "count",
    "sum",
    "avg",
    "avg",
    "min",
    "min",
    "max",
    "first",
    "last",
    "distinct",
    "list",
)


@dataclass
class Drawing:
    """Draws one story's rules; ``unit`` is a step of its grid."""

    draw: Random
    unit: int
    anchors: tuple[str, ...]
    tracks: tuple[str, ...]
    units: tuple[str, ...] = ()
    computed: list[Computed] = field(default_factory=list)
    segments: dict[str, Question] = field(default_factory=dict)
    scores: dict[str, str] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)

    def some(self, *steps: int) -> int:
        """Draw a duration of so many steps."""
        return self.draw.choice(steps) * self.unit

    def names(self, most: int = 2) -> tuple[Named, ...]:
        """Draw event names, some with a ``where``."""
        pool = self.tracks if self.draw.random() < 0.8 else self.tracks + OTHERS
        names = self.draw.sample(pool, self.draw.randint(1, most))
        return tuple(Named(name, more("x", 1) if self.draw.random() < 0.2 else None) for name in names)

    def counted_names(self) -> tuple[Named, ...]:
        """Draw event names, or another trigger whose matches are counted."""
        bases = [rule.name for rule in self.rules if not rule.is_state]
        if bases and self.draw.random() < 0.4:
            return (Named(self.draw.choice(bases), is_trigger=True),)
        return self.names()

    def measures(self) -> Measures:
        """Draw computed traits, scores and segments; segments may ask for those before them."""
        for number in range(self.draw.choice([0, 1, 2])):
            self.computed.append(self.computed_trait(f"c{number}"))
        numeric = [c.name for c in self.computed if c.kind != "list" and c.field != "cat"]
        falling = [c.name for c in self.computed if c.kind in ("avg", "min") and c.within]
        if self.draw.random() < 0.5:
            self.scores["churn"] = self.draw.choice(["points", *numeric, *falling * 4])
        for number in range(self.draw.choice([0, 1, 1, 2])):
            self.segments[f"s{number}"] = self.question(depth=1, segment=True)
        return Measures(tuple(self.computed), dict(self.segments), dict(self.scores))

    def computed_trait(self, name: str) -> Computed:
        """Draw one computed trait."""
        draw, kind = self.draw, self.draw.choice(KINDS)
        fields = (
            ["n", "cat", "mixed"] if kind in ("min", "max", "first", "last", "list", "distinct") else ["n"]
        )
        within = draw.choice([None, self.some(1, 2, 3), self.some(2, 3, 5)])
        field = "" if kind == "count" else draw.choice(fields)
        return Computed(name, kind, self.names(), field, within, draw.choice([1, 2, 50]))

    def question(self, *, absence: bool = False, depth: int = 2, segment: bool = False) -> Question:
        """Draw a condition tree."""
        draw = self.draw
        if depth and draw.random() < 0.4:
            kind = draw.choice(["all", "any", "not"])
            size = 1 if kind == "not" else draw.randint(1, 3)
            parts = [self.question(absence=absence, depth=depth - 1, segment=segment) for _ in range(size)]
            return Tree(kind, tuple(parts))
        leaves: list[Question] = [tier("gold"), self.counted(), self.counted(), Idle(self.some(2, 3))]
        leaves += [trait_test(draw, computed) for computed in self.computed]
        leaves += [Member(name) for name in self.segments]
        leaves += [Scored(name, *draw.choice([(1.0, None), (None, 3.0), (0.0, 2.0)])) for name in self.scores]
        leaves.append(draw.choice([Agreed("marketing", "sms"), Agreed("news", "sms")]))
        if not segment:
            leaves.append(more("x", draw.choice([0, 1])))
        if absence:
            leaves += [in_case("sum", draw.choice([5, 20])), in_case("count", 2)]
        return draw.choice(leaves)

    def counted(self) -> Counted:
        """Draw a count condition."""
        draw = self.draw
        within = draw.choice([None, self.some(2, 3, 5), self.some(2, 3)])
        bounds = draw.choice([(1, None), (2, None), (2, None), (None, 0), (None, 1), (1, 2), (None, 2)])
        ago = draw.choice([0, 0, self.some(1, 2)]) if within else 0
        return Counted(self.counted_names(), within, ago, *bounds)

    def rule(self, name: str) -> Rule:
        """Draw one trigger."""
        draw = self.draw
        known = [a for a in self.anchors if a not in ("enters", "leaves") or self.segments]
        anchor = draw.choice([a for a in known if a != "score" or self.scores])
        details: dict[str, Any] = getattr(self, f"_{anchor}", dict)()
        details.setdefault("names", self.names())
        timeless = anchor in ("inactive", "date", "enters", "leaves", "score") or details.get("seconds")
        rule = Rule(
            name,
            anchor,
            steps=self.steps(absence=anchor == "absence"),
            keyed=not timeless and draw.random() < 0.4,
            exit_on=self.names(most=1) if draw.random() < 0.25 else (),
            only_if=self.question(absence=anchor == "absence") if draw.random() < 0.4 else None,
            **details,
            **self.limits(),
        )
        self.rules.append(rule)
        return rule

    def _changed(self) -> dict[str, Any]:
        values: dict[str, tuple[Any, ...]] = {"cat": ("r",), "n": (2.0, 3.0), "mixed": ("r", 2.0)}
        value = self.draw.choice(list(values))
        return {"value": value, "to": self.draw.choice([(), values[value]])}

    def _count(self) -> dict[str, Any]:
        draw = self.draw
        return {
            "names": self.counted_names(),
            "at_least": draw.randint(1, 3),
            "within": self.some(2, 3, 5),
            "distinct": draw.choice(["", "", "cat", "n"]),
            "same": draw.choice(["", "", "k", "n"]),
        }

    def _sequence(self) -> dict[str, Any]:
        draw = self.draw
        chain = tuple(self.names() for _ in range(draw.choice([1, 2, 2, 2, 3, 3, 4])))
        return {
            "chain": chain,
            "names": tuple(name for step in chain for name in step),
            "within": self.some(2, 3, 5, 8),
            "strict": draw.random() < 0.35,
            "same": draw.choice(["", "", "k", "n"]),
            "unless": self.names(most=1) if draw.random() < 0.3 else (),
        }

    def _absence(self) -> dict[str, Any]:
        draw = self.draw
        return {
            "within": self.some(2, 3, 5),
            "cancels": self.names(),
            "less": self.names(most=1) if draw.random() < 0.3 else (),
            "restart": draw.random() < 0.5,
            "sums": draw.random() < 0.6,
        }

    def _inactive(self) -> dict[str, Any]:
        return {"names": (), "within": self.some(1, 2, 3), "restart": True}

    def _session(self) -> dict[str, Any]:
        if self.draw.random() < 0.5:
            return {"names": (), "longer_than": self.some(1, 2, 4)}
        return {"names": (), "visits": self.draw.choice([1, 2, 2, 3]), "within": self.some(6, 9, 12)}

    def _dwell(self) -> dict[str, Any]:
        draw = self.draw
        where = more("x", 1) if draw.random() < 0.3 else None
        seconds = "seconds" if draw.random() < 0.3 else ""
        return {"names": (), "longer_than": self.some(1, 2, 3), "where": where, "seconds": seconds}

    def _enters(self) -> dict[str, Any]:
        return {"names": (), "segment": self.draw.choice(list(self.segments))}

    _leaves = _enters

    def _score(self) -> dict[str, Any]:
        low, high = self.draw.choice([(1.0, 1.0), (1.0, 2.0), (2.0, 3.0)])
        return {"names": (), "score": "churn", "above": high, "reset_below": low}

    def _date(self) -> dict[str, Any]:
        return {"names": (), "trait": "ends", "offset": self.some(-2, -1, 0, 0, 1, 2)}

    def steps(self, *, absence: bool) -> tuple[Step, ...]:
        """Draw a journey: actions, then perhaps waits, checkpoints and more actions."""
        steps = [self.act()]
        while self.draw.random() < 0.4 and len(steps) < 7:
            kind = self.draw.choice(["wait", "wait", "only_if", "act"])
            if kind == "wait":
                steps.append(Step("wait", duration=self.some(1, 2, 4)))
            elif kind == "only_if":
                steps.append(Step("only_if", question=self.question(absence=absence)))
            steps.append(self.act())
        return tuple(steps)

    def act(self) -> Step:
        """Draw a data action or a message."""
        step = random_act(self.draw)
        valid = None if step.valid_for is None else self.some(1, 3)
        return Step(step.kind, purpose=step.purpose, valid_for=valid)

    def limits(self) -> dict[str, Any]:
        """Draw a trigger's limits; most have none."""
        draw, limits = self.draw, {"per_key": self.draw.random() < 0.4}
        drawn: dict[str, Any] = dict(limits)
        if draw.random() < 0.25:
            drawn["cooldown"] = self.some(1, 2, 4)
        if draw.random() < (0.7 if self.units else 0.2):
            per = draw.choice([*self.units, *self.units, self.some(2, 5)])
            drawn["caps"] = ((draw.randint(1, 2), per),)
        drawn["once"] = draw.random() < 0.06
        return drawn


def trait_test(draw: Random, computed: Computed) -> Test:
    """Ask for a computed trait in a way that suits its kind."""
    path = f"profile.traits.{computed.name}"
    if computed.kind == "list":
        most = draw.choice([0, 1])
        return Test(f"size({path}) > {most}", lambda scope: _of(scope, computed, lambda v: len(v) > most))
    if computed.field == "cat" and computed.kind != "distinct":
        return Test(f'{path} == "r"', lambda scope: _of(scope, computed, lambda v: v == "r"))
    least = draw.choice([0, 1, 2, 3])
    return Test(
        f"{path} > {least}",
        lambda scope: _of(scope, computed, lambda v: v > least if isinstance(v, float) else None),
    )


def _of(scope: Scope, computed: Computed, ask: Any) -> bool | None:
    value = scope["traits"].get(computed.name)
    return None if value is None else ask(value)


ANCHORS = ("event", "changed", "count", "count", "sequence", "enters", "enters", "leaves", "score", *TIMED)
