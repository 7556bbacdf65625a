"""Groups: of several triggers that match, who fires."""

from __future__ import annotations

from dataclasses import replace

import pytest
from competing import BEST, CART, DROP, group_reason, grouped, mail, trigger
from one_person import HOUR, MINUTE, Person, rules

from core.engine.decision import gate_of
from core.engine.policy import Group, Policy


@pytest.mark.parametrize(
    ("priorities", "winner"),
    [((50, 80, 50), "b"), ((50, 50, 80), "c"), ((50, 50, 50), "a"), ((80, 50, 80), "a")],
)
def test_at_the_same_instant_the_higher_priority_wins_then_the_name(
    priorities: tuple[int, int, int], winner: str
) -> None:
    """Of triggers that match by one event one fires, and the others name it."""
    found = [trigger(name, priority) for name, priority in zip("abc", priorities, strict=True)]
    person = Person(grouped(DROP, *found))
    assert person.event("Added", 0) == [winner]
    lost = [one for one in person.decisions if one.outcome == "suppressed"]
    assert len(lost) == 2
    for one in lost:
        assert gate_of(one.outcome, one.reasons) == "group"
        assert group_reason(one) == (
            False,
            "group g: 1 per 1h",
            f"{winner} fired at 2026-03-02T10:00:00.000Z",
        )


@pytest.mark.parametrize(("priorities", "winner"), [((50, 80), "b"), ((80, 50), "a"), ((50, 50), "a")])
def test_of_timers_of_one_due_the_higher_priority_fires(priorities: tuple[int, int], winner: str) -> None:
    """Two carts that are due at once compete as two events of one moment do."""
    found = [trigger(name, priority, when=CART) for name, priority in zip("ab", priorities, strict=True)]
    person = Person(grouped(DROP, *found))
    person.event("Added", 0)
    assert person.until(HOUR) == [winner]


def test_otherwise_the_first_to_come_wins() -> None:
    """What fired a millisecond before keeps the place, whatever its priority."""
    person = Person(grouped(DROP, trigger("low", 1), trigger("high", 99, when=BEST)))
    assert person.event("Added", 0) == ["low"]
    assert person.event("Best", 1) == []
    assert person.event("Best", HOUR) == []
    assert person.event("Best", HOUR + 1) == ["high"]


def test_a_group_has_as_many_places_as_it_says_in_any_window() -> None:
    """Both ends of the window count, and a late match counts what fired after it."""
    person = Person(grouped(Group(2, HOUR), trigger("a")))
    fired = [bool(person.event("Added", at)) for at in (0, MINUTE, 2 * MINUTE, HOUR, HOUR + 1, HOUR + MINUTE)]
    assert fired == [True, True, False, False, True, False]
    assert person.event("Added", -1, seq=100) == []
    assert person.event("Added", -HOUR, seq=101) == ["a"]


def test_a_trigger_without_a_group_or_of_one_that_is_not_written_competes_with_nobody() -> None:
    """Only a group of the policy has places."""
    others = [trigger("b", group=""), trigger("c", group="unheard")]
    person = Person(replace(rules(trigger("a"), *others), policy=Policy(groups={"g": DROP})))
    assert person.event("Added", 0) == ["a", "b", "c"]
    assert person.event("Added", 1) == ["b", "c"]


def test_what_does_not_fire_takes_no_place() -> None:
    """A trigger that its limits or missing consent stop leaves the group to others."""
    silent = trigger("a", 99, steps=(replace(mail(), purpose="marketing"),))
    person = Person(grouped(DROP, silent, trigger("b")))
    assert person.event("Added", 0) == ["b"]


def test_a_shadow_takes_no_place_from_what_is_live_but_from_other_shadows() -> None:
    """Trying a trigger out silences none that sends; it is told what would become of it."""
    person = Person(
        grouped(DROP, trigger("a", 99, status="shadow"), trigger("b"), trigger("c", 1, status="shadow"))
    )
    assert person.event("Added", 0) == ["a", "b"]
    assert not group_reason(person.last)[0]
    person = Person(grouped(DROP, trigger("a", 1, status="shadow"), trigger("b")))
    assert person.event("Added", 0) == ["b"]


def test_a_paused_trigger_is_stopped_by_its_limits_and_takes_no_place() -> None:
    """The gate is `limits`, and the reason says why it is paused."""
    person = Person(replace(grouped(DROP, trigger("a"), trigger("b", 1)), paused={"a": "more than 5 per 1h"}))
    assert person.event("Added", 0) == ["b"]
    stopped = person.decisions[0]
    (why,) = [reason for reason in stopped.reasons if not reason.passed]
    assert (stopped.outcome, why.gate, why.expression, why.saw) == (
        "suppressed",
        "limits",
        "paused",
        "more than 5 per 1h",
    )
