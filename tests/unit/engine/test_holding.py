"""Held matches: judged anew when their group is free, for as long as their messages are valid."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import pytest
from competing import BEST, HOLD, group_reason, grouped, mail, outcomes, trigger
from hypothesis import given, settings
from hypothesis import strategies as st
from one_person import ACT, DAY, HOUR, MINUTE, START, Person

from core.engine import next_due, wake
from core.engine.condition import FormulaCondition
from core.engine.decision import Decision, gate_of
from core.engine.formula import compile_formula
from core.engine.policy import Group
from core.engine.profile import HELD_LIMIT
from core.engine.rule import EventAnchor, Limits, Pattern, Send, Wait


def test_a_held_match_is_judged_anew_when_its_group_is_free() -> None:
    """It fires one millisecond behind the window, as of then, with its own event and case."""
    person = Person(grouped(HOLD, trigger("a", 99), trigger("b")))
    person.event("Added", 0, {"cart": "c1"})
    held = person.last
    assert (held.trigger, held.outcome, gate_of(held.outcome, held.reasons)) == ("b", "held", "group")
    assert next_due(person.profile) == START + HOUR + 2
    assert person.until(DAY) == ["b"]
    fired = person.last
    assert outcomes([fired]) == [("b", "fired", HOUR + 1)]
    assert (fired.event_id, fired.key) == (held.event_id, "c1")
    assert fired.id != held.id
    assert fired.reasons[0].expression == "held"
    assert person.actions[-1].due_at == START + HOUR + 1
    assert person.profile.held == {}


def test_held_matches_take_turns_by_priority() -> None:
    """Each time the group is free the highest fires, and the others are held again."""
    person = Person(
        grouped(HOLD, *[trigger(name, priority) for name, priority in (("a", 9), ("b", 1), ("c", 5))])
    )
    person.event("Added", 0)
    person.until(DAY)
    free = HOUR + 1
    assert outcomes(person.decisions) == [
        ("a", "fired", 0),
        ("c", "held", 0),
        ("b", "held", 0),
        ("c", "fired", free),
        ("b", "held", free),
        ("b", "fired", 2 * free),
    ]
    assert len({one.id for one in person.decisions}) == 6


def test_a_held_match_passes_every_gate_again() -> None:
    """What no longer holds when the group is free is not met, and what has a limit now is stopped by it."""
    stays = trigger("b", 1, only_if=FormulaCondition(compile_formula('profile.traits.wants == "yes"')))
    person = Person(grouped(HOLD, trigger("a"), stays))
    person.event("Added", 0, traits={"wants": "yes"})
    person.event("Changed", MINUTE, traits={"wants": "no"})
    person.until(DAY)
    assert outcomes(person.decisions)[1:] == [("b", "held", 0), ("b", "not_met", HOUR + 1)]


def test_two_held_matches_of_one_trigger_both_have_their_turn() -> None:
    """A second match of the same key does not take the place of the first."""
    person = Person(grouped(HOLD, trigger("a", 9, when=BEST), trigger("b", 1)))
    person.event("Best", 0)
    person.event("Added", MINUTE, {"cart": "c"}, id="first")
    person.event("Added", 2 * MINUTE, {"cart": "c"}, id="second")
    person.until(DAY)
    assert [one.event_id for one in person.decisions if one.trigger == "b" and one.outcome == "fired"] == [
        "first",
        "second",
    ]


def test_limits_hold_for_what_was_held_as_well() -> None:
    """A held match that fires too soon behind another firing is stopped like any other."""
    limited = trigger("b", 1, limits=Limits(cooldown=6 * HOUR))
    person = Person(grouped(HOLD, trigger("a", 9, when=BEST), limited))
    person.event("Best", 0)
    person.event("Added", MINUTE)
    person.event("Added", 2 * MINUTE)
    person.until(DAY)
    assert [one.outcome for one in person.decisions[1:]] == ["held", "held", "fired", "suppressed"]
    assert gate_of(person.last.outcome, person.last.reasons) == "limits"


@pytest.mark.parametrize(
    ("steps", "fires"),
    [
        ((mail(HOUR + 1),), True),
        ((mail(HOUR),), False),
        ((mail(2 * HOUR), Send("m", (mail(3 * HOUR), mail(HOUR)))), False),
        ((mail(2 * HOUR), Send("m", (mail(3 * HOUR), mail()))), True),
        ((ACT,), True),
    ],
)
def test_a_match_is_held_no_longer_than_its_messages_are_valid(steps: tuple[Any, ...], fires: bool) -> None:
    """Where the group is free too late for some message, the match is dropped at once, with the gate."""
    person = Person(grouped(HOLD, trigger("a"), trigger("b", 1, steps=steps)))
    person.event("Added", 0)
    assert person.last.outcome == ("held" if fires else "suppressed")
    assert gate_of(person.last.outcome, person.last.reasons) == "group"
    assert person.until(DAY) == (["b"] if fires else [])


def test_a_match_that_stays_held_gives_up_with_a_decision_of_the_group() -> None:
    """Held again and again by others, its last decision is suppressed and says by whom."""
    best = trigger("a", 99, when=BEST)
    person = Person(grouped(HOLD, best, trigger("b", 1, steps=(mail(3 * HOUR),))))
    person.event("Best", 0)
    person.event("Added", 0)
    for hour in (1, 2):
        person.event("Best", hour * (HOUR + 1) + 1)
    person.until(DAY)
    mine = [one for one in person.decisions if one.trigger == "b"]
    assert [one.outcome for one in mine] == ["held", "fired"]
    person = Person(grouped(HOLD, best, trigger("b", 1, steps=(mail(3 * HOUR),))))
    for hour in range(3):
        person.event("Best", hour * (HOUR + 1))
        person.event("Added", 0, seq=100) if hour == 0 else None
    person.until(DAY)
    mine = [one for one in person.decisions if one.trigger == "b"]
    assert [one.outcome for one in mine] == ["held", "held", "suppressed"]
    assert gate_of(mine[-1].outcome, mine[-1].reasons) == "group"
    assert group_reason(mine[-1])[2] == "a fired at 2026-03-02T12:00:00.002Z"
    assert person.profile.held == {}


def test_being_held_does_not_make_a_message_valid_for_longer() -> None:
    """It expires as long after its match as any other; what follows a wait has its own time."""
    steps = (mail(2 * HOUR), Wait(DAY), mail(3 * HOUR))
    person = Person(grouped(HOLD, trigger("a"), trigger("b", 1, steps=steps)))
    person.event("Added", 0)
    person.until(2 * DAY)
    first, second = (one.expires_at for one in person.actions if one.trigger == "b")
    assert first == START + 2 * HOUR
    assert second == START + HOUR + 1 + DAY + 3 * HOUR


def test_a_held_match_that_is_judged_too_late_expires() -> None:
    """A clock that looks a day later fires it as of its time, and its message says that it is too late."""
    person = Person(grouped(HOLD, trigger("a"), trigger("b", 1, steps=(mail(2 * HOUR),))))
    person.event("Added", 0)
    done = wake(person.profile, START + DAY, person.rules)
    assert outcomes(list(done.decisions)) == [("b", "fired", HOUR + 1)]
    assert (done.actions[0].status, done.actions[0].reason) == (
        "expired",
        "valid until 2026-03-02T12:00:00.000Z",
    )


@pytest.mark.parametrize("change", [{"anchor_hash": "other"}, {"status": "draft"}, None])
def test_a_held_match_of_a_rule_that_changed_ends_with_a_decision(change: dict[str, Any] | None) -> None:
    """Where `when` changed, or the trigger is gone or a draft, nothing fires and something says so."""
    person = Person(grouped(HOLD, trigger("a"), trigger("b", 1)))
    person.event("Added", 0)
    left = [trigger("a")] if change is None else [trigger("a"), trigger("b", 1, **change)]
    person.rules = grouped(HOLD, *left)
    assert person.until(DAY) == []
    assert outcomes([person.last]) == [("b", "not_met", HOUR + 1)]
    assert person.last.reasons[0].saw == "changed or removed while open"
    assert person.profile.held == {}


def test_no_more_than_a_bounded_number_is_held() -> None:
    """What comes beyond the bound is dropped, and its decision says by which gate."""
    person = Person(grouped(Group(1, 12 * HOUR, "hold"), trigger("a")))
    for at in range(HELD_LIMIT + 2):
        person.event("Added", at, {"cart": f"c{at}"})
    assert [one.outcome for one in person.decisions].count("held") == HELD_LIMIT
    assert person.last.outcome == "suppressed"
    assert gate_of(person.last.outcome, person.last.reasons) == "group"


def test_two_people_who_become_one_compete_from_then_on() -> None:
    """Both have had their places, and both have what they held; from then on there is one group."""
    under = grouped(HOLD, trigger("a", 9, when=BEST), trigger("b", 1))
    one, other = Person(under, "p"), Person(under, "q")
    other.seq = 100
    for person, at in ((one, 0), (other, MINUTE)):
        person.event("Best", at)
        person.event("Added", at + 1, {"cart": person.profile.id})
    one.join(other)
    assert one.until(DAY) == ["b", "b"]
    fired = [
        (made.key, made.at - START)
        for made in one.decisions
        if made.outcome == "fired" and made.trigger == "b"
    ]
    assert fired == [("p", MINUTE + HOUR + 1), ("q", MINUTE + 2 * (HOUR + 1))]


def test_what_is_held_while_its_trigger_is_paused_is_stopped_too() -> None:
    """A pause is judged when the match is."""
    person = Person(grouped(HOLD, trigger("a"), trigger("b", 1)))
    person.event("Added", 0)
    person.rules = replace(person.rules, paused={"b": "by hand"})
    person.until(DAY)
    assert person.last.outcome == "suppressed"
    assert gate_of(person.last.outcome, person.last.reasons) == "limits"


@settings(max_examples=120, deadline=None)
@given(
    times=st.integers(1, 3),
    per=st.sampled_from((10, 25, 60)),
    loser=st.sampled_from(("drop", "hold")),
    valid=st.sampled_from((None, 5, 40, 120)),
    priorities=st.tuples(*[st.integers(0, 3)] * 3),
    happened=st.lists(
        st.tuples(st.integers(0, 20), st.sampled_from("ABC"), st.integers(-30, 0)), max_size=25
    ),
    looks=st.booleans(),
)
def test_a_group_is_never_overfull_and_nothing_is_lost(
    times: int,
    per: int,
    loser: Any,
    valid: int | None,
    priorities: tuple[int, int, int],
    happened: list[tuple[int, str, int]],
    looks: bool,
) -> None:
    """Play random matches, some late: no window holds too many firings, and every match ends with one last word."""
    found = [
        trigger(
            name.lower(), priority, when=EventAnchor((Pattern(name), Pattern("All"))), steps=(mail(valid),)
        )
        for name, priority in zip("ABC", priorities, strict=True)
    ]
    person, now = Person(grouped(Group(times, per, loser), *found)), 0
    for gap, name, late in happened:
        now += gap
        if looks:
            person.until(now)
        person.event(name if gap % 3 else "All", now + late)
    person.until(DAY)
    fired = sorted(one.at for one in person.decisions if one.outcome == "fired")
    assert all(sum(at - per <= other <= at for other in fired) <= times for at in fired)
    story: dict[tuple[str, str], list[Decision]] = defaultdict(list)
    for one in person.decisions:
        story[one.trigger, one.event_id].append(one)
    for told in story.values():
        assert [one.outcome for one in told[:-1]] == ["held"] * (len(told) - 1)
        assert told[-1].outcome in ("fired", "suppressed")
        assert told[-1].at - told[0].at <= (DAY if valid is None else valid)
        assert loser == "hold" or len(told) == 1
    assert len({one.id for one in person.decisions}) == len(person.decisions)
    assert (person.profile.held, next_due(person.profile)) == ({}, None)
