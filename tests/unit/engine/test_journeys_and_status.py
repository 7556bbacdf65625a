"""A trigger that goes from shadow to live begins anew: what it did in shadow nobody got."""

from __future__ import annotations

from dataclasses import replace

import pytest
from one_person import ACT, HOUR, Person, rules, trigger

from core.engine.rule import Cap, EventAnchor, Limits, Pattern, Trigger, Wait

LIVE = trigger("t", EventAnchor((Pattern("Begin"),)), journey_hash="j")
ROW = replace(LIVE, steps=(ACT, Wait(HOUR), ACT, Wait(HOUR), ACT))
SHADOW = replace(ROW, status="shadow")


@pytest.mark.parametrize(
    ("begun", "now", "sent"), [(SHADOW, ROW, 0), (ROW, SHADOW, 1)], ids=["to live", "to shadow"]
)
def test_a_journey_ends_where_its_trigger_has_another_status(begun: Trigger, now: Trigger, sent: int) -> None:
    """Nobody gets the second step of a row whose first was never sent; what is not sent is told."""
    person = Person(rules(begun))
    person.event("Begin", 0)
    person.rules = rules(now)
    person.until(3 * HOUR)
    assert len(person.actions) == sent
    assert [(one.outcome, one.reasons[0].expression) for one in person.decisions[1:]] == [
        ("not_met", "the rule's `status`")
    ]
    assert not person.profile.journeys


@pytest.mark.parametrize(("one", "sent"), [(ROW, 3), (SHADOW, 0)], ids=["live", "shadow"])
def test_a_journey_goes_on_where_the_status_is_the_same_again(one: Trigger, sent: int) -> None:
    """What was changed and changed back in between changes nothing."""
    person = Person(rules(one))
    person.event("Begin", 0)
    person.rules = rules(SHADOW if one is ROW else ROW)
    person.until(HOUR - 1)
    person.rules = rules(one)
    person.until(3 * HOUR)
    assert (len(person.actions), len(person.decisions), person.profile.journeys) == (sent, 1, {})


ONCE = [Limits(once=True), Limits(cooldown=HOUR), Limits(caps=(Cap(1, HOUR),)), Limits(caps=(Cap(1, "day"),))]


@pytest.mark.parametrize("limits", ONCE, ids=["once", "cooldown", "cap", "cap of a day"])
def test_what_a_shadow_fired_uses_up_no_limit(limits: Limits) -> None:
    """A trial run before a trigger goes live costs nobody the message; in shadow the limits hold."""
    live = replace(LIVE, limits=limits)
    shadow = replace(live, status="shadow")
    person = Person(rules(shadow))
    assert person.event("Begin", 0) == ["t"]
    assert person.event("Begin", 1) == []
    person.rules = rules(live)
    assert person.event("Begin", 2) == ["t"]
    assert person.event("Begin", 3) == []
    person.rules = rules(shadow)
    assert person.event("Begin", 4) == []
    assert [firing.shadow for firing in person.profile.firings["t"]] == [True, False]


def test_a_journey_of_a_shadow_holds_up_no_live_one() -> None:
    """The live one takes its place, and a decision says what became of the other."""
    person = Person(rules(SHADOW))
    person.event("Begin", 0)
    person.rules = rules(ROW)
    assert person.event("Begin", 1) == ["t"]
    assert [one.reasons[0].expression for one in person.decisions if one.outcome == "not_met"] == [
        "the rule's `status`"
    ]
    person.until(3 * HOUR)
    assert (len(person.actions), person.profile.journeys) == (3, {})


def test_a_journey_that_is_under_way_holds_up_a_shadow() -> None:
    """A shadow shows what it would do: nothing, as long as the live one waits."""
    person = Person(rules(ROW))
    person.event("Begin", 0)
    person.rules = rules(SHADOW)
    assert person.event("Begin", 1) == []
