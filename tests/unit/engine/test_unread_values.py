"""An event that an anchor asks for and that lacks the value it compares leaves a decision that names the value."""

from __future__ import annotations

from typing import Any

import pytest
from one_person import DAY, HOUR, Person, rules, trigger

from core.engine.formula import compile_formula
from core.engine.hits.lacking import lacking
from core.engine.rule import (
    Anchor,
    ChangedAnchor,
    CountAnchor,
    DwellAnchor,
    Pattern,
    SequenceAnchor,
    SessionAnchor,
)
from core.engine.scope import Scope

A, B = Pattern("A"), Pattern("B")
V, K = compile_formula("properties.v"), compile_formula("properties.k")
SAME = CountAnchor((A,), 3, DAY, same=V)
DISTINCT = CountAnchor((A,), 3, DAY, distinct=V, key=K)
CHANGED = ChangedAnchor((A,), V, key=K)
CHAIN = SequenceAnchor(((B,), (A,)), HOUR, same=V, key=K)


def left(when: Anchor, name: str, properties: dict[str, Any], **more: Any) -> list[tuple[Any, ...]]:
    """Tell what one event leaves: outcome, gate, what was seen, and the key."""
    person = Person(rules(trigger("t", when)))
    person.event(name, 0, properties, **more)
    reasons = [(one, one.reasons[0]) for one in person.decisions]
    return [(one.outcome, reason.gate, reason.saw, one.key) for one, reason in reasons]


@pytest.mark.parametrize(
    ("when", "key"),
    [(SAME, None), (DISTINCT, "7"), (CHANGED, "7"), (CHAIN, "7")],
    ids=["same", "distinct", "changed", "sequence"],
)
def test_a_missing_value_is_named(when: Anchor, key: str | None) -> None:
    """The event counts for nothing, and says which value it would have needed."""
    assert left(when, "A", {"k": 7}) == [("not_met", "anchor", "properties.v is missing", key)]


def test_a_value_that_cannot_be_computed_is_named() -> None:
    """A text where a number is needed is as good as none."""
    when = CountAnchor((A,), 3, DAY, same=compile_formula("properties.v * 2.0"))
    ((outcome, gate, saw, _),) = left(when, "A", {"v": "x"})
    assert (outcome, gate) == ("not_met", "anchor") and "properties.v" in saw


def test_only_what_could_have_matched_is_asked() -> None:
    """An earlier step leaves nothing."""
    assert left(CHAIN, "B", {}) == []


@pytest.mark.parametrize("when", [SessionAnchor(longer_than=HOUR), DwellAnchor(HOUR)], ids=["visit", "stay"])
def test_visits_and_stays_ask_for_no_value(when: SessionAnchor | DwellAnchor) -> None:
    """Whatever an event lacks, they can time it."""
    assert lacking(when, "Page Viewed", Scope(event={}, profile={}, now=0)) is None


def test_where_alone_speaks_of_an_event_for_which_it_does_not_hold() -> None:
    """One event is told of once."""
    when = CountAnchor((Pattern("A", compile_formula("properties.k == 1")),), 3, DAY, same=V)
    assert [saw for _, _, saw, _ in left(when, "A", {"k": 7})] == [{"properties.k == 1": False}]


def test_imported_history_is_told_nothing_of() -> None:
    """It makes no decisions."""
    assert left(SAME, "A", {}, quiet=True) == []
