"""Small stories of messages told by hand: what is asked for, and what becomes of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from reference.engine_leaving import EngineSide
from reference.person import Answer
from reference.policy import Policy
from reference.rules import Measures, Rule, Step
from reference.shell import ModelRun
from reference.small import rule
from reference.timelines import START, Leaves, Paused, Story, Turn

#: What is asked for: ``event/step`` or ``event/key/step``, when and how.
Told = tuple[str, int, str]


@dataclass(frozen=True)
class Posted:
    """Rules, a policy and what happens."""

    rules: Sequence[Rule]
    turns: Sequence[Turn]
    policy: Policy = field(default_factory=Policy)
    measures: Measures = field(default_factory=Measures)

    def answers(self, side: str) -> list[Answer]:
        """Play it to the model or to the engine."""
        story = Story(0, list(self.rules), self.turns, self.measures, self.policy)
        run = ModelRun(story) if side == "model" else EngineSide(story)
        return [answer for turn in story.turns for answer in run.turn(turn)]

    def actions(self, side: str) -> list[Told]:
        """Give what was asked for."""
        asked = [action for answer in self.answers(side) for action in answer.actions]
        return [(named(*one[1:4]), one[4] - START, one[5]) for one in asked]

    def left(self, side: str) -> list[tuple[str, str, int, str]]:
        """Give what became of messages when they were due: which, by which channel, when and how."""
        found = [left for answer in self.answers(side) for left in answer.left]
        return [(named(*name[1:4]), name[4], at - START, how) for name, at, how, _ in found]

    def taken_back(self, side: str) -> list[tuple[str, str]]:
        """Give the messages, and their channels, that exit events took back."""
        found = [name for answer in self.answers(side) for name in answer.taken_back]
        return [(named(*name[1:4]), name[4]) for name in found]

    def decided(self, side: str) -> list[tuple[str, int, str]]:
        """Give trigger, time and outcome of what was decided."""
        found = [made for answer in self.answers(side) for made in answer.decisions]
        return [(trigger, at - START, outcome) for trigger, outcome, at, _, _ in found]


def named(event: str, key: str | None, step: int) -> str:
    """Write which step of which firing."""
    return "/".join([event, *([key] if key else []), str(step)])


def letter(channel: str = "sms", *others: str, **more: Any) -> Step:
    """Make a message that needs no consent unless it says so."""
    return Step("message", channel=channel, others=others, **{"purpose": "transactional", **more})


def sending(*steps: Step, name: str = "t", **more: Any) -> Rule:
    """Make a trigger that ``Add`` fires."""
    return rule("event", *steps, name=name, **more)


def post(at: int, *refuses: str) -> Leaves:
    """Let the dispatcher send what is due up to here."""
    return Leaves(START + at, prompt=True, refuses=refuses)


def paused(trigger: str, at: int, *, is_on: bool = True) -> Paused:
    """Pause a trigger, or let it go on."""
    return Paused(trigger, START + at, is_on)
