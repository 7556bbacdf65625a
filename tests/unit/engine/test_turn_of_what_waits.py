"""Whose turn it is of what waits together, and what no longer is when its turn comes."""

from __future__ import annotations

from dataclasses import replace

from competing import BEST, HOLD, grouped, mail, trigger
from governing import BERLIN, NIGHT, at
from one_person import ACT, HOUR, MINUTE, START, Person, rules

from core.engine.decision import gate_of
from core.engine.formula import compile_formula
from core.engine.governance import Permit, permit
from core.engine.policy import Policy
from core.engine.profile import Sent
from core.engine.rule import (
    AbsenceAnchor,
    CountAnchor,
    Debounce,
    EventAnchor,
    Limits,
    Pattern,
    Purpose,
    Wait,
)
from core.engine.when import matched

LAST = Limits(debounce=Debounce(HOUR, "trailing"))
NIGHTLY, MORNING = at("2026-03-02T22:00:00Z"), at("2026-03-03T07:00:00Z")


def test_of_what_is_due_at_once_the_key_decides_whatever_it_waited_for() -> None:
    """A burst of one cart comes before the next step of another's journey, as its name comes first."""
    waits = trigger("t", group="", steps=(ACT, Wait(HOUR), ACT), limits=LAST, journey_hash="j")
    person = Person(rules(waits))
    person.event("Added", 0, {"cart": "b"}, id="b")
    person.until(HOUR + 1)
    person.event("Added", HOUR, {"cart": "a"}, id="a", seq=9)
    person.actions.clear()
    person.until(2 * HOUR + 1)
    assert [(one.step, one.due_at - START) for one in person.actions] == [(0, 2 * HOUR), (2, 2 * HOUR)]


def test_of_what_is_held_with_one_key_the_first_to_arrive_is_judged_first() -> None:
    """One that its group held comes before a later one whose burst ends at that moment."""
    person = Person(grouped(HOLD, trigger("t", limits=LAST), trigger("w", when=BEST)))
    person.event("Added", 0, {"cart": "c"}, id="first")
    person.event("Best", HOUR - 1)
    person.event("Added", HOUR, {"cart": "c"}, id="second")
    person.until(2 * HOUR + 1)
    told = [(one.event_id, one.outcome, one.at - START) for one in person.decisions[1:]]
    assert told == [("first", "held", HOUR), ("first", "fired", 2 * HOUR), ("second", "held", 2 * HOUR)]


def test_a_burst_that_an_exit_event_ended_takes_no_older_one_along() -> None:
    """A late match behind a burst that was judged is still one of it."""
    seen = EventAnchor((Pattern("Added"),))
    person = Person(rules(trigger("t", group="", when=seen, limits=LAST, exit_on=(Pattern("Left"),))))
    person.event("Added", 0)
    person.until(HOUR + 1)
    person.event("Added", HOUR)
    person.event("Left", HOUR + 2)
    person.event("Added", 30 * MINUTE)
    assert gate_of(person.last.outcome, person.last.reasons) == "limits"
    person.event("Added", 2 * HOUR)
    assert person.until(3 * HOUR + 1) == ["t"]


def test_a_late_match_that_a_timer_before_it_takes_away_is_not_judged() -> None:
    """What a late event makes cross anew is first seen after the timers that it set in between."""
    added = (Pattern("Added"),)
    left = AbsenceAnchor(added, added, 20 * MINUTE, key=compile_formula("properties.cart"))
    counts = CountAnchor((Pattern(matched("a")),), 1, 50 * MINUTE)
    person = Person(rules(trigger("a", group="", when=left), trigger("u", group="", when=counts)))
    person.event("Added", 0, {"cart": "x"}, id="x")
    person.until(HOUR // 2)
    person.event("Added", 30 * MINUTE, {"cart": "y"}, id="y")
    person.until(HOUR)
    fired = [(one.trigger, one.at - START) for one in person.decisions if one.outcome == "fired"]
    assert fired == [("a", 20 * MINUTE), ("u", 20 * MINUTE), ("a", 50 * MINUTE)]
    person.decisions.clear()
    person.event("Added", 10 * MINUTE, id="late")
    person.event("Other", HOUR)
    fired = [(one.trigger, one.at - START) for one in person.decisions if one.outcome == "fired"]
    assert fired == [("a", 30 * MINUTE), ("u", 30 * MINUTE)]


def intent(person: Person, when: int) -> Permit:
    """Ask for the intent of the one message that waits."""
    (action,) = person.actions
    return permit(person.profile, person.rules, Sent(0, action.id, action.channel, action.purpose), when)


def test_an_exit_event_that_came_before_a_message_is_held_at_its_intent_ends_it() -> None:
    """It was due and waited for nothing; when it finds the night, what came meanwhile counts."""
    writes = trigger(
        "t", group="", steps=(replace(mail(), purpose="letters"),), exit_on=(Pattern("Ordered"),)
    )
    letters = Purpose("letters", consent_required=False)
    person = Person(replace(rules(writes), policy=Policy(quiet=NIGHT), purposes={"letters": letters}))
    person.event("Added", 0, {"cart": "c"}, traits={"timezone": BERLIN})
    assert intent(person, NIGHTLY).until == MORNING
    person.event("Ordered", MINUTE, {"cart": "other"})
    assert intent(person, NIGHTLY).until == MORNING
    person.event("Ordered", 2 * MINUTE, {"cart": "c"}, id="order")
    assert person.cancelled == []
    ended = intent(person, NIGHTLY)
    assert (ended.refusal, ended.until) == ("exit_on: Ordered (order)", None)
    assert ended.profile is not None
    assert ended.profile.waiting == {}
    assert intent(person, START + 3 * MINUTE).profile is not None
    person.rules = replace(person.rules, triggers={})
    assert intent(person, NIGHTLY).until == MORNING
