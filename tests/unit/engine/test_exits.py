"""Exit events while a match is held: behind its group, or as the last of a burst."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from competing import BEST, HOLD, grouped, trigger
from one_person import DAY, HOUR, MINUTE, Person, rules

from core.engine.decision import gate_of
from core.engine.formula import compile_formula
from core.engine.rule import Debounce, EventAnchor, Limits, Pattern, RuleSet

ORDERED = (Pattern("Ordered"),)


def held(**more: Any) -> Person:
    """Make a person of whom one match is held for an hour, of cart c."""
    person = Person(grouped(HOLD, trigger("a", when=BEST), trigger("b", 1, exit_on=ORDERED, **more)))
    person.event("Best", -1)
    person.event("Added", 0, {"cart": "c"}, id="added")
    return person


@pytest.mark.parametrize(
    ("when", "cart", "fires"),
    [
        (1, "c", False),
        (1, "", False),
        (1, "d", True),
        (HOUR, "c", False),
        (HOUR + 1, "c", True),
        (0, "c", False),
    ],
)
def test_an_exit_event_ends_a_match_that_is_held(when: int, cart: str, fires: bool) -> None:
    """Of its key or of none, behind its event and up to its due."""
    person = held()
    person.event("Ordered", when, {"cart": cart} if cart else {}, id="order")
    person.until(DAY)
    assert (("b", "fired") in [(one.trigger, one.outcome) for one in person.decisions]) is fires
    assert person.profile.held == {}
    if not fires:
        (why,) = person.last.reasons
        assert (person.last.trigger, person.last.outcome, person.last.event_id) == ("b", "not_met", "added")
        assert (gate_of(person.last.outcome, person.last.reasons), why.expression) == ("anchor", "exit_on")
        assert str(why.saw).startswith("Ordered (order) at ")


def test_an_exit_event_that_is_known_already_ends_a_match_as_soon_as_it_is_held() -> None:
    """A late cart whose order has come is held and ended at once."""
    person = Person(grouped(HOLD, trigger("a", when=BEST), trigger("b", 1, exit_on=ORDERED)))
    person.event("Best", 0)
    person.event("Ordered", 20 * MINUTE)
    person.event("Added", 10 * MINUTE)
    assert [one.outcome for one in person.decisions[-2:]] == ["held", "not_met"]
    assert person.profile.held == {}


def test_an_exit_event_of_the_other_ends_what_is_held_when_two_become_one() -> None:
    """The joined history decides."""
    person, other = held(), Person(held().rules, "q")
    other.seq = 100
    other.event("Ordered", MINUTE)
    other.event("Added", 2 * MINUTE)
    person.join(other)
    assert person.until(HOUR + 1) == []
    assert (person.last.outcome, person.profile.held) == ("not_met", {})


@pytest.mark.parametrize(("exits_at", "fires"), [(5, 0), (13, 0), (14, 1)])
def test_an_exit_event_ends_a_trailing_burst(exits_at: int, fires: int) -> None:
    """Up to its due; the next match begins another burst."""
    person = Person(bursts())
    for when in (0, 3):
        person.event("Added", when * 1_000)
    person.event("Ordered", exits_at * 1_000)
    person.until(HOUR)
    assert [one.outcome for one in person.decisions].count("fired") == fires
    person.event("Added", HOUR)
    person.event("Ordered", HOUR + 1)
    person.event("Added", HOUR + 2, id="next")
    assert person.until(DAY) == ["t"]
    assert person.last.event_id == "next"


def bursts() -> RuleSet:
    """Make a trigger of trailing bursts of ten seconds that an order ends."""
    limits = Limits(debounce=Debounce(10_000, "trailing"))
    return rules(replace(trigger("t", group=""), limits=limits, exit_on=ORDERED))


def test_a_late_exit_event_ends_the_last_of_a_burst_and_not_one_behind_it() -> None:
    """Only what comes before the exit event is ended by it."""
    person = Person(bursts())
    person.event("Added", 0)
    person.event("Added", 3_000)
    person.event("Ordered", 2_000)
    assert person.until(HOUR) == ["t"]


def test_an_exit_event_known_already_ends_a_late_burst() -> None:
    """A late match whose order has come is not waited for."""
    person = Person(bursts())
    person.event("Ordered", 5_000)
    person.event("Added", 0)
    assert person.profile.held == {}
    assert person.until(HOUR) == []


def test_events_that_end_nothing_leave_what_is_held() -> None:
    """An event before the match, or of another name, is no exit event of it."""
    person = held()
    person.event("Ordered", -MINUTE)
    person.event("Added", 1, {"cart": "d"})
    assert len(person.profile.held["b"]) == 2
    where = (Pattern("Ordered", compile_formula("properties.paid == true")),)
    person = Person(grouped(HOLD, trigger("a", when=BEST), trigger("b", 1, exit_on=where)))
    person.event("Best", 0)
    person.event("Added", 1)
    person.event("Ordered", 2, {"paid": False})
    assert len(person.profile.held["b"]) == 1


def test_an_anchor_may_be_called_while_something_of_it_is_held() -> None:
    """A trigger that an event does not name keeps its own."""
    person = held(when=EventAnchor((Pattern("Added"),)))
    person.event("Unheard", 1)
    assert list(person.profile.held) == ["b"]
