"""What is stopped behind a wait: each gate leaves a decision, in shadow too, and once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from governing import BERLIN, NIGHT
from msgspec import structs
from one_person import DAY, HOUR, MINUTE, START, Person, rules
from stopping import CASES, DATA, EVENING, MORNING, NO, YES, Case, act, let_go, nothing, says, stops

from core.engine import wake
from core.engine.decision import NOT_MET, Decision, gate_of
from core.engine.digest import stop_id
from core.engine.instant import iso
from core.engine.policy import Policy
from core.engine.rule import EventAnchor, Pattern, Trigger, Wait


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_gate_that_stops_a_step_behind_a_wait_leaves_a_decision(case: Case) -> None:
    """It names the gate, what was seen and needed, and the step, and goes back to what began it."""
    person = let_go(case.policy, DATA, Wait(HOUR), case.step, when=EVENING - HOUR, meanwhile=case.meanwhile)
    (stop,) = stops(person)
    (reason,) = stop.reasons
    assert (reason.gate, reason.passed, reason.step) == (case.gate, False, 2)
    assert (reason.expression, reason.saw, reason.needed) == (case.expression, case.saw, case.needed)
    action = person.actions[-1]
    assert (action.status, stop.outcome, gate_of(stop.outcome, stop.reasons)) == (
        case.status,
        NOT_MET,
        case.gate,
    )
    assert (stop.id, stop.at) == (stop_id(action.id, action.due_at), START + EVENING)
    assert (stop.trigger, stop.event_id, stop.key, stop.profile_id) == ("t", "added", "c1", "p")
    assert action.reason and [one.outcome for one in person.decisions if one not in (stop,)] == ["fired"]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_shadow_says_what_would_have_been_stopped_and_does_nothing(case: Case) -> None:
    """The same decision, marked as a shadow's."""
    live, shadow = (
        let_go(
            case.policy,
            DATA,
            Wait(HOUR),
            case.step,
            when=EVENING - HOUR,
            meanwhile=case.meanwhile,
            status=status,
        )
        for status in ("live", "shadow")
    )
    assert shadow.actions == [] and shadow.profile.waiting == {}
    assert stops(shadow) == [as_shadow(one) for one in stops(live)]


def as_shadow(decision: Decision) -> Decision:
    """Give a live decision as a shadow's."""
    return structs.replace(decision, shadow=True)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_the_decision_says_itself_is_not_said_twice(case: Case) -> None:
    """Of a first step the decision has the gate; what only its letting go showed gets a decision of its own."""
    is_told = case.gate in ("consent", "caps", "quiet_hours") and case.status == "suppressed"

    def before(person: Person) -> None:
        case.meanwhile(person)
        person.event("Added", EVENING, {"cart": "c2"}, id="second")

    person = let_go(case.policy, case.step, DATA, when=0, meanwhile=before)
    mine = [one for one in person.decisions if one.event_id == "second"]
    refused = [one for one in mine[0].reasons if not one.passed and one.step == 0]
    assert [one.gate for one in refused] == ([case.gate] if is_told else [])
    assert [gate_of(one.outcome, one.reasons) for one in mine[1:]] == ([] if is_told else [case.gate])
    told = [*refused, *(reason for one in mine[1:] for reason in one.reasons)]
    assert [(one.expression, one.saw is not None, one.needed is not None) for one in told] == [
        (case.expression, True, True)
    ]


def test_what_only_waits_is_not_stopped() -> None:
    """A message held until the morning leaves no other decision; nor does one that came too late by itself."""
    person = let_go(
        Policy(quiet=NIGHT), DATA, Wait(HOUR), act(valid_for=DAY), when=EVENING - HOUR, meanwhile=nothing
    )
    assert (stops(person), person.actions[-1].status) == ([], "scheduled")
    steps = (DATA, Wait(HOUR), act(valid_for=HOUR))
    person = let_go(Policy(), *steps, when=EVENING, meanwhile=nothing)
    done = wake(person.profile, START + EVENING + DAY, person.rules)
    assert ([one.status for one in done.actions], done.decisions) == (["expired"], ())


def test_a_step_that_is_stopped_holds_up_none_behind_it() -> None:
    """The journey goes on, and each of its steps that is stopped says so."""
    steps = (DATA, Wait(HOUR), act(), DATA, act(channel="sms"))
    person = let_go(Policy(), *steps, when=EVENING - HOUR, meanwhile=says(NO))
    assert [one.reasons[0].step for one in stops(person)] == [2, 4]
    assert [one.status for one in person.actions] == ["scheduled", "suppressed", "scheduled", "suppressed"]


@pytest.mark.parametrize("status", ["live", "shadow"])
def test_an_exit_event_that_came_before_a_held_message_stops_it(status: str) -> None:
    """The wait was over by then, and its timer let late events come first."""
    steps = (DATA, Wait(HOUR), act())
    trigger = Trigger(
        "t", EventAnchor((Pattern("Added"),)), steps, status=status, exit_on=(Pattern("Ordered"),)
    )
    person = Person(replace(rules(trigger), policy=Policy(quiet=NIGHT)))
    person.event("Hello", 0, traits={"timezone": BERLIN}, consent=YES)
    person.event("Added", EVENING - HOUR, lateness=2 * HOUR)
    person.event("Ordered", EVENING + MINUTE, id="ordered")
    person.until(EVENING + DAY)
    (stop,) = stops(person)
    seen = f"Ordered (ordered) at {iso(START + EVENING + MINUTE)}"
    (reason,) = stop.reasons
    assert (reason.gate, reason.expression, reason.saw, reason.step) == ("anchor", "exit_on", seen, 2)
    assert (reason.needed, stop.shadow) == (f"none until {iso(MORNING)}", status == "shadow")
