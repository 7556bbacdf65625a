"""Conditions that are judged without a person, as in a source's tests."""

from __future__ import annotations

import pytest

from core.engine.condition import Condition, Consented, Count, Inactive, InSegment, ScoreIs, judge
from core.engine.rule import Pattern
from core.engine.scope import Scope
from core.engine.tally import Tally

NOBODY = Scope(event={}, profile={}, now=0)


@pytest.mark.parametrize(
    ("condition", "truth", "saw"),
    [
        (InSegment("vip"), False, "not in it"),
        (Consented("marketing", "sms"), False, "no statement"),
        (ScoreIs("churn", above=0.7), None, {"unknown": "there is no score churn"}),
        (Count(Tally("seen", (Pattern("Seen"),)), at_least=1), False, {"count": 0, "needed": "at least 1"}),
        (Inactive(1_000), None, {"unknown": "no activity yet"}),
    ],
)
def test_nobody_is_anything(condition: Condition, truth: bool | None, saw: object) -> None:
    """Nobody is in a segment, agreed, has a score or did anything; what asks how long ago is unknown."""
    part = judge(condition, NOBODY)
    assert (part.truth, part.saw) == (truth, saw)


def test_nobody_has_a_trait() -> None:
    """A trait of nobody is absent."""
    assert NOBODY.facts.trait("country") is None
