"""Goals: which firing a goal event is credited to, and what it is worth."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from one_person import HOUR, MINUTE, START, Person, rules, trigger

from core.engine import apply
from core.engine.decision import Conversion
from core.engine.event import Event, Identifier
from core.engine.formula import compile_formula
from core.engine.rule import EventAnchor, Goal, Pattern, Trigger

GOAL = Goal((Pattern("Buy"),), HOUR, compile_formula("properties.total"))
HOPES = trigger("hopes", EventAnchor((Pattern("Add"),), key=compile_formula("properties.cart")), goal=GOAL)


def bought(person: Person, at: int, *, quiet: bool = False, **properties: Any) -> list[Conversion]:
    """Let the person buy, and give what that is credited to."""
    data = {"type": "track", "event": "Buy", "properties": properties}
    event = Event(
        f"b{at}",
        1_000 + at,
        "segment",
        "track",
        "Buy",
        START + at,
        START + at,
        data,
        quiet=quiet,
        identifiers=(Identifier("user_id", "p"),),
    )
    return list(apply(person.profile, event, person.rules, START + at).conversions)


def added(hopes: Trigger = HOPES) -> Person:
    """Make someone for whom the trigger fired at once and a minute later, for two carts."""
    person = Person(rules(hopes))
    person.event("Add", 0, {"cart": "a"})
    person.event("Add", MINUTE, {"cart": "b"})
    return person


def test_the_last_firing_before_the_goal_is_credited() -> None:
    """Name the decision, the time it took and the value; the edge of the window counts."""
    (found,) = bought(added(), HOUR + MINUTE, total=40.0)
    assert (found.event_id, found.after, found.value) == (f"b{HOUR + MINUTE}", HOUR, 40.0)
    assert bought(added(), HOUR + MINUTE + 1) == []


def test_the_first_firing_is_credited_where_the_goal_says_so() -> None:
    """Credit the touch that began it."""
    first = replace(HOPES, goal=replace(GOAL, touch="first"))
    assert [one.after for one in bought(added(first), 2 * MINUTE)] == [2 * MINUTE]


def test_the_key_matches_as_that_of_a_cancelling_event() -> None:
    """Credit the firing of the same cart; a goal without a cart may be any."""
    assert [one.after for one in bought(added(), 2 * MINUTE, cart="a")] == [2 * MINUTE]
    assert bought(added(), 2 * MINUTE, cart="c") == []


def test_only_what_follows_is_credited_and_history_is_not() -> None:
    """Count no goal before the firing, none of an import, and no worth that is no number."""
    assert bought(added(), 2 * MINUTE, quiet=True) == []
    assert bought(Person(rules(HOPES)), 0) == []
    assert [one.value for one in bought(added(), 2 * MINUTE, total="much")] == [None]
    asked = replace(
        HOPES, goal=replace(GOAL, value=None, patterns=(Pattern("Buy", compile_formula("1 > 2")),))
    )
    assert bought(added(asked), 2 * MINUTE) == []
    assert [one.value for one in bought(added(replace(HOPES, goal=replace(GOAL, value=None))), MINUTE)] == [
        None
    ]
