"""Journeys that are ended by hand: what is listed as open, and what is left of it."""

from __future__ import annotations

from dataclasses import replace

from one_person import DAY, HOUR, MINUTE, START, Person, rules, trigger

from core.engine import next_due
from core.engine.cancelling import Open, cancel, open_journeys
from core.engine.decision import HELD
from core.engine.formula import compile_formula
from core.engine.policy import Group, Policy
from core.engine.rule import Debounce, EventAnchor, Limits, Pattern, RuleSet, Wait

KEYED = EventAnchor((Pattern("Left"),), key=compile_formula("properties.cart"))


def under() -> RuleSet:
    """Give a trigger that waits, two of a group that holds, and one that lets bursts end."""
    waits = trigger("waits", KEYED)
    seen = EventAnchor((Pattern("Seen"),))
    made = rules(
        replace(waits, steps=(Wait(DAY), *waits.steps)),
        trigger("first", seen, group="one"),
        trigger("later", seen, group="one"),
        trigger(
            "typed", EventAnchor((Pattern("Typed"),)), limits=Limits(debounce=Debounce(HOUR, "trailing"))
        ),
    )
    return replace(made, policy=Policy(groups={"one": Group(1, HOUR, "hold")}))


def end(person: Person, one: Open, at: int) -> None:
    """End an open journey of a person."""
    done = cancel(person.profile, person.rules, START + at, one.id)
    assert done is not None
    person._keep(done)


def test_everything_that_is_open_is_listed_the_next_due_first() -> None:
    """Waits by key, the loser of a group, and a burst that may go on."""
    person = Person(under())
    person.event("Left", 0, {"cart": "b"})
    person.event("Left", 1, {"cart": "a"})
    person.event("Seen", 2)
    person.event("Typed", 4)
    found = open_journeys(person.profile)
    assert [(one.kind, one.trigger, one.key, one.due - START, one.step) for one in found] == [
        ("group", "later", "", 2 + HOUR + 1, None),
        ("burst", "typed", "", 4 + HOUR, None),
        ("wait", "waits", "b", DAY, 1),
        ("wait", "waits", "a", DAY + 1, 1),
    ]
    (held,) = [one for one in person.decisions if one.outcome == HELD]
    fired = [one.id for one in person.decisions if one.trigger == "waits" and one.outcome == "fired"]
    assert [found[0].id, found[2].id, found[3].id] == [held.id, *fired]


def test_a_wait_ends_alone_and_says_why() -> None:
    """The other key's goes on; the last one leaves nothing behind."""
    person = Person(under())
    person.event("Left", 0, {"cart": "a"})
    person.event("Left", 1, {"cart": "b"})
    first, second = open_journeys(person.profile)
    end(person, first, MINUTE)
    decision = person.last
    assert (decision.trigger, decision.outcome, decision.key, decision.at) == (
        "waits",
        "not_met",
        "a",
        START + MINUTE,
    )
    assert [(one.expression, one.passed) for one in decision.reasons] == [("cancelled by API", False)]
    assert open_journeys(person.profile) == [second]
    assert person.until(DAY + 2) == []
    assert len(person.actions) == 1
    person.event("Left", 3 * DAY, {"cart": "a"})
    (third,) = open_journeys(person.profile)
    end(person, third, 3 * DAY + 1)
    assert (person.profile.journeys, next_due(person.profile)) == ({}, None)


def test_a_match_that_its_group_holds_is_let_go() -> None:
    """It is not judged when the group is free."""
    person = Person(under())
    person.event("Seen", 0)
    (held,) = open_journeys(person.profile)
    end(person, held, 1)
    assert (person.profile.held, next_due(person.profile)) == ({}, None)
    assert person.last.reasons[0].expression == "cancelled by API"


def test_a_burst_is_let_go_and_the_next_match_begins_another() -> None:
    """What was cancelled holds nothing back."""
    person = Person(under())
    person.event("Typed", 0)
    (burst,) = open_journeys(person.profile)
    end(person, burst, 1)
    assert person.profile.held == {}
    person.event("Typed", 2)
    assert person.until(3 + HOUR) == ["typed"]


def test_a_journey_of_a_rule_that_is_gone_can_be_ended() -> None:
    """Nothing but its name is known any more."""
    person = Person(under())
    person.event("Left", 0, {"cart": "a"})
    (journey,) = open_journeys(person.profile)
    person.rules = rules()
    end(person, journey, 1)
    assert (person.last.trigger, person.profile.journeys) == ("waits", {})


def test_an_id_of_nothing_open_changes_nothing() -> None:
    """Neither an unknown one nor one that has ended."""
    person = Person(under())
    person.event("Left", 0, {"cart": "a"})
    (journey,) = open_journeys(person.profile)
    assert cancel(person.profile, person.rules, START, "d_nothing") is None
    end(person, journey, 1)
    assert cancel(person.profile, person.rules, START, journey.id) is None
