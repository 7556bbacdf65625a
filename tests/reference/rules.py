"""Rules as the reference model reads them: plain values, with Python beside each formula's text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Scope = Mapping[str, Any]


@dataclass(frozen=True)
class Test:
    """One formula: its CEL text, and the same question in Python (None: cannot be computed)."""

    __test__ = False
    text: str
    ask: Callable[[Scope], bool | None]


@dataclass(frozen=True)
class Tree:
    """``all``, ``any`` or ``not`` over questions."""

    kind: str
    parts: tuple[Question, ...]


Question = Test | Tree


def truth(question: Question, scope: Scope) -> bool | None:
    """Answer a question; unknown stays unknown unless another part settles it."""
    if isinstance(question, Test):
        return question.ask(scope)
    answers = [truth(part, scope) for part in question.parts]
    if question.kind == "not":
        return None if answers[0] is None else not answers[0]
    settled = question.kind == "any"
    if settled in answers:
        return settled
    return None if None in answers else not settled


@dataclass(frozen=True)
class Named:
    """Events of one name for which ``where`` holds."""

    name: str
    where: Test | None = None


@dataclass(frozen=True)
class Step:
    """One step of a journey: ``data``, ``message``, ``wait`` or ``only_if``."""

    kind: str
    duration: int = 0
    purpose: str = ""
    valid_for: int | None = None
    question: Question | None = None


@dataclass(frozen=True)
class Rule:
    """One trigger. ``anchor`` is ``event``, ``count`` or ``absence``; durations in milliseconds."""

    name: str
    anchor: str
    names: tuple[Named, ...]
    steps: tuple[Step, ...]
    keyed: bool = False
    at_least: int = 0
    within: int = 0
    cancels: tuple[Named, ...] = ()
    restart: bool = False
    sums: bool = False
    less: tuple[Named, ...] = ()
    exit_on: tuple[Named, ...] = ()
    only_if: Question | None = None
    cooldown: int = 0
    caps: tuple[tuple[int, int], ...] = ()
    once: bool = False
    per_key: bool = False

    @property
    def exits(self) -> tuple[Named, ...]:
        """Name the events that end a journey: the cancelling ones where none are given."""
        return self.exit_on or self.cancels
