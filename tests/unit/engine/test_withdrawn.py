"""Late events that show a held match not to have been one."""

from __future__ import annotations

from typing import Any

from competing import BEST, CART, HOLD, grouped, trigger
from one_person import DAY, HOUR, MINUTE, Person

from core.engine.rule import CountAnchor, InactiveAnchor, Pattern, SequenceAnchor


def seen_held(person: Person) -> tuple[str, str]:
    """Give what became of a held match: the outcome and what was seen."""
    assert person.profile.held == {}
    return person.last.outcome, str(person.last.reasons[0].saw)


def behind_best(when: Any) -> Person:
    """Make a person whose trigger is held behind its group."""
    person = Person(grouped(HOLD, trigger("a", when=BEST), trigger("b", 1, when=when)))
    person.event("Best", 0)
    return person


def test_a_held_match_of_a_sequence_that_was_broken_is_let_go() -> None:
    """A late event between two steps ends what its firing would have been."""
    person = behind_best(
        SequenceAnchor(((Pattern("Seen"),), (Pattern("Asked"),)), HOUR, unless=(Pattern("Left"),))
    )
    person.event("Seen", 1)
    person.event("Asked", 3)
    assert list(person.profile.held) == ["b"]
    person.event("Left", 2, id="late")
    assert seen_held(person) == ("not_met", "Left (late) arrived late")
    assert person.until(DAY) == []


def test_a_held_match_of_a_count_that_another_event_reaches_is_let_go() -> None:
    """The late event makes an earlier one the match, which is held instead."""
    person = behind_best(CountAnchor((Pattern("Seen"),), 2, HOUR))
    person.event("Seen", 2)
    person.event("Seen", 4, id="held")
    person.event("Seen", 3, id="late")
    assert [one.event_id for one in person.decisions[-2:]] == ["held", "late"]
    assert [one.anchor.id for one in person.profile.held["b"].values()] == ["late"]


def test_a_held_match_whose_event_is_no_longer_kept_is_found_by_its_place() -> None:
    """Where the timeline has dropped the event, its arrival number still tells it."""
    person = behind_best(CountAnchor((Pattern("Seen"),), 2, HOUR))
    person.event("Seen", 2)
    person.event("Seen", 4)
    person.profile.timeline = []
    person.event("Seen", 3, id="late")
    assert "late" in [one.anchor.id for one in person.profile.held["b"].values()]
    assert len(person.profile.held["b"]) == 1


def test_a_held_lapse_that_a_late_activity_ends_is_let_go() -> None:
    """The person was there all the time."""
    person = behind_best(InactiveAnchor(15 * MINUTE))
    person.event("Seen", MINUTE)
    person.until(20 * MINUTE)
    assert list(person.profile.held) == ["b"]
    person.event("Seen", 10 * MINUTE, id="late")
    assert seen_held(person) == ("not_met", "Seen (late) arrived late")


def test_a_held_cart_whose_order_comes_late_is_let_go() -> None:
    """Also where the trigger names no exit events of its own."""
    person = behind_best(CART)
    person.event("Added", MINUTE)
    person.until(20 * MINUTE)
    assert list(person.profile.held) == ["b"]
    person.event("Ordered", 10 * MINUTE, id="late")
    assert seen_held(person) == ("not_met", "Ordered (late) arrived late")


def test_a_lapse_that_fired_after_it_was_held_is_still_found_to_be_wrong() -> None:
    """Its firing is that of its release, and is recorded as a false positive."""
    person = behind_best(InactiveAnchor(15 * MINUTE))
    person.event("Seen", MINUTE)
    assert person.until(DAY) == ["b"]
    person.event("Seen", 10 * MINUTE)
    assert [reason.expression for one in person.decisions for reason in one.reasons].count(
        "false positive"
    ) == 1
