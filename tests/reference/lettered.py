"""Random stories in which messages go by several channels, are gathered, and wait for dates and best hours.

Each is a story under a policy, dressed: the same people and events, and more that is said of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from typing import Any

from reference.drawing import TRACKS
from reference.governed import HOUR, governed_story
from reference.policy import Policy
from reference.rules import Named, Rule, Step, Test
from reference.timelines import START, Arrival, Leaves, Paused, Published, Story, Turn, tier

CHANNELS = ("sms", "email", "push")
REFUSING = ((), (), ("sms",), ("email",), ("push", "sms"))
BY_DAY = [float(hour in (9, 10)) for hour in range(24)]
WEIGHTS: tuple[Any, ...] = (
    [float(hour in (2, 3)) for hour in range(24)],
    [float(hour == 2) for hour in range(24)],
    [float(hour == 23) for hour in range(24)],
    BY_DAY,
    [1.0] * 24,
    [float(hour in (0, 1)) + 0.5 * (hour == 2) for hour in range(24)],
    [float((hour // 24 == 6) + (hour % 24 == 20)) for hour in range(168)],
    [0.0] * 24,
    [1.0] * 23,
    [1.0] * 23 + [-1.0],
    [True] * 24,
    "mornings",
)


def points(more: float) -> Test:
    """Ask for a trait over a number; unknown when it is absent."""

    def ask(scope: Any) -> bool | None:
        value = scope["traits"].get("points")
        return None if value is None else value > more

    return Test(f"profile.traits.points > {more:g}", ask)


@dataclass
class Letters:
    """Dresses one story; what is drawn for a rule is drawn once."""

    draw: Random
    unit: int
    is_days: bool
    letters: list[Step] = field(default_factory=list)
    dressed: dict[str, Rule] = field(default_factory=dict)
    tiers: tuple[tuple[str, Test], ...] = ()

    def begin(self) -> None:
        """Draw the letters that all triggers send, and the tiers."""
        draw = self.draw
        self.letters = [self.letter(name) for name in ("news", "offer")]
        if draw.random() < 0.5:
            found = draw.sample([("high", points(2)), ("medium", tier("gold")), ("low", points(0))], 2)
            self.tiers = tuple(found)

    def letter(self, name: str) -> Step:
        """Draw a message: its channels in order, and whether it is gathered."""
        draw = self.draw
        first, *others = draw.sample(CHANNELS, draw.choice([1, 2, 2, 3]))
        valid = draw.choice([None, None, 1, 3, 12])
        return Step(
            "message",
            purpose=draw.choice(["marketing", "news", "transactional", "transactional"]),
            channel=first,
            others=tuple(others),
            valid_for=valid and valid * self.unit + draw.choice([0, 1]),
            tags=draw.choice([(), ("promo",)]),
            letter=name,
            digest=draw.choice([1, 2, 2, 3, 5]) * self.unit if draw.random() < 0.6 else None,
        )

    def rule(self, rule: Rule) -> Rule:
        """Let a trigger send letters, wait until dates and best hours, and count more for some tiers."""
        known = self.dressed.get(rule.name)
        if known is None:
            draw = self.draw
            priorities = ((draw.choice(["high", "medium", "low"]), draw.choice([0, 1, 3])),)
            exits = (Named(draw.choice(TRACKS)),) if draw.random() < 0.5 else rule.exit_on
            known = self.dressed[rule.name] = replace(
                rule,
                steps=self.steps(rule.steps),
                exit_on=exits,
                debounce=rule.debounce if draw.random() < 0.4 else 0,
                group=rule.group if draw.random() < 0.6 else "",
                once=False,
                priorities=priorities if draw.random() < 0.6 else (),
            )
        return known

    def steps(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        """Draw which letters the steps send, and until when they wait."""
        draw = self.draw
        told = [self.step(step) for step in steps]
        if draw.random() < 0.4:
            told += [self.wait(), draw.choice(self.letters)]
        return tuple(told)

    def step(self, step: Step) -> Step:
        """Draw which letter a step sends, or until when it waits."""
        draw = self.draw
        if step.kind == "message" or (step.kind == "data" and draw.random() < 0.6):
            return draw.choice(self.letters)
        return self.wait() if step.kind == "wait" and draw.random() < 0.6 else step

    def wait(self) -> Step:
        """Draw a wait for a date or for a person's best hour."""
        draw = self.draw
        if self.is_days and draw.random() < 0.6:
            return Step("wait", best=True, clock=draw.choice([150, 120, 540, 0]))
        return Step("wait", until="ends")

    def policy(self, policy: Policy) -> Policy:
        """Put tiers into a policy, and some of its caps under one of them."""
        draw = self.draw
        names = ["", *(name for name, _ in self.tiers)]
        caps = tuple(replace(cap, tier=draw.choice(names)) for cap in policy.caps)
        return replace(policy, caps=caps, tiers=self.tiers)

    def turn(self, turn: Turn) -> Turn:
        """Let events say more, vendors refuse, and what is published be dressed."""
        draw = self.draw
        if isinstance(turn, Arrival):
            event = turn.event
            consent = {**event.consent, **({("news", "email"): draw.random() < 0.7} if event.consent else {})}
            return replace(
                turn, event=event._replace(traits=event.traits | self.traits(turn), consent=consent)
            )
        if isinstance(turn, Leaves):
            return replace(turn, refuses=draw.choice(REFUSING))
        if isinstance(turn, Published):
            policy = self.policy(turn.policy) if turn.policy else None
            return replace(turn, rules=[self.rule(rule) for rule in turn.rules], policy=policy)
        return turn

    def traits(self, turn: Arrival) -> dict[str, Any]:
        """Draw what an event says of how a person is reached, and when best."""
        draw, drawn = self.draw, dict[str, Any]()
        for channel in ("email", "push"):
            if draw.random() < 0.5:
                drawn[channel] = draw.choice([*["an address"] * 5, None])
        if draw.random() < 0.2:
            drawn["preferred_channel"] = draw.choice(
                ["push", "email", "SMS, push", ["fax", "email"], None, 7.0]
            )
        if draw.random() < 0.1:
            drawn["channel_preference"] = draw.choice(["sms", "email"])
        if self.is_days and draw.random() < 0.3:
            drawn["best_hours"] = draw.choice(WEIGHTS)
        if draw.random() < 0.3:
            drawn["ends"] = self.date(turn.now)
        return drawn

    def date(self, now: int) -> str | None:
        """Draw a date near now, or none that can be told."""
        draw = self.draw
        at = datetime.fromtimestamp((now + draw.choice([-1, 0, 0, 1, 2, 3, 8]) * self.unit) / 1_000, UTC)
        text = at.isoformat(timespec="milliseconds")
        return draw.choice([text, text, text, at.date().isoformat(), "soon", None])

    def paused(self, turns: list[Turn]) -> list[Turn]:
        """Let a trigger be paused for some of the story."""
        draw = self.draw
        if draw.random() < 0.7:
            return turns
        name = draw.choice(list(self.dressed))
        first, last = sorted(draw.sample(range(len(turns)), 2))
        stopped, resumed = Paused(name, turns[first].now), Paused(name, turns[last].now, is_on=False)
        return [*turns[:first], stopped, *turns[first:last], resumed, *turns[last:]]


def lettered_story(seed: int) -> Story:
    """Draw a whole story of letters."""
    story, draw = governed_story(seed), Random(f"letters {seed}")
    is_days = abs(story.turns[0].now - START) > 24 * HOUR
    letters = Letters(draw, HOUR if is_days else 10, is_days)
    letters.begin()
    rules = [letters.rule(rule) for rule in story.rules]
    turns = letters.paused([letters.turn(turn) for turn in story.turns])
    return replace(story, rules=rules, turns=turns, policy=letters.policy(story.policy))
