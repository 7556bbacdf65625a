"""How many of our own sends led to an event: read from what came, kept for formulas, and counted on."""

from __future__ import annotations

from typing import Any

import pytest
from one_person import ACT, DAY, HOUR, Person, rules

from core.engine.formula import compile_formula
from core.engine.mapping import map_event
from core.engine.own import hops_of, keep_hops
from core.engine.rule import EventAnchor, IdentityRules, Pattern, SourceMapping, Trigger, Wait
from core.engine.scope import Scope

SOURCE = SourceMapping("segment", "segment", {})


def mark(hops: Any) -> dict[str, Any]:
    """Write the mark of a call that Cuewire sent."""
    return {"context": {"cuewire": {"hops": hops}}}


def told(hops: Any) -> dict[str, Any]:
    """Write the property that a workflow hands back."""
    return {"properties": {"cuewire_hops": hops}}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, 0),
        (mark(2.0), 2),
        (mark(2), 2),
        (told("3"), 3),
        ({**mark(2.0), **told(5.0)}, 5),
        ({**mark(7.0), **told("5")}, 7),
        (mark(-4.0), 0),
        (mark(1.9), 1),
        (mark(1e300), 99),
        (told("9" * 400), 99),
        (told(float("nan")), 0),
        (told("-1"), 0),
        (told("two"), 0),
        (told("٣"), 0),
        (told(True), 0),
        (told([3]), 0),
        ({"context": {"cuewire": 4}}, 0),
        ({"context": "cuewire", "properties": "cuewire_hops"}, 0),
    ],
)
def test_the_larger_of_both_counts_holds_and_nonsense_is_none(data: dict[str, Any], expected: int) -> None:
    """Whoever hands an event on may keep our mark, hand a property back, or both."""
    assert hops_of(data) == expected


def test_a_count_is_kept_where_formulas_find_it() -> None:
    """A step hands on one more than it was told; what began by itself stays as it came."""
    plain: dict[str, Any] = {"properties": {"a": 1.0}}
    keep_hops(plain)
    assert plain == {"properties": {"a": 1.0}}
    call = {"type": "track", "event": "Came Back", "context": {"ip": "::1"}, **told("2")}
    event = map_event(call, SOURCE, IdentityRules(()), seq=0, received_at=0, raw_id="e")
    assert event.data["context"] == {"ip": "::1", "cuewire": {"hops": 2.0}}
    following = compile_formula("has(context.cuewire) ? context.cuewire.hops + 1 : 1")
    assert following.evaluate(Scope(event=event.data, profile={}, now=0)) == 3
    assert following.evaluate(Scope(event=plain, profile={}, now=0)) == 1


def person() -> Person:
    """Make somebody whose trigger acts at once and a day later."""
    when = EventAnchor((Pattern("Added"),))
    steps = (ACT, Wait(DAY), ACT)
    return Person(rules(Trigger("t", when, steps, status="live", anchor_hash="a", journey_hash="j")))


def test_an_action_counts_one_more_than_its_anchor_also_behind_a_wait() -> None:
    """What happens meanwhile does not change it."""
    ada = person()
    ada.event("Added", 0, context={"cuewire": {"hops": 2.0}})
    ada.event("Seen", HOUR)
    ada.until(2 * DAY)
    assert [action.hops for action in ada.actions] == [3, 3]
    bob = person()
    bob.event("Added", 0)
    assert [action.hops for action in bob.actions] == [1]
