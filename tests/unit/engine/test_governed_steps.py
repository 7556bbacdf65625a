"""Caps and quiet hours at the decision: the gates that are counted, and what becomes of each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from governing import BERLIN, EMAIL, NIGHT, ORDER, PROMO, SMS, at, got
from one_person import DAY, HOUR, MINUTE, START, Person, rules

from core.engine import Applied, wake
from core.engine.decision import Action, gate_of
from core.engine.event import ConsentStatement
from core.engine.policy import Message, MessageCap, Policy
from core.engine.profile import Sent
from core.engine.rule import Act, EventAnchor, Pattern, Step, Trigger, Wait
from core.engine.value import Literal


def act(message: Message = EMAIL, **more: Any) -> Act:
    """Make a message that anybody can get."""
    fields = {"to": Literal("x@example.com")}
    known = {"channel": message.channel, "purpose": message.purpose, "tags": message.tags}
    return Act("sendgrid", "send_email", fields, **{**known, **more})


DATA = Act("hubspot", "upsert_contact", {"name": Literal("x")})
GRANTED = (ConsentStatement("marketing", "", True),)


def decided(
    policy: Policy, *steps: Step, sent: Sequence[Sent] = (), when: int = 0, **more: Any
) -> tuple[Person, Applied]:
    """Let a trigger with these steps match once, after some messages."""
    kind = {"status": "live", "anchor_hash": "a", **more}
    trigger = Trigger("t", EventAnchor((Pattern("Added"),)), steps, **kind)
    person = Person(replace(rules(trigger), policy=policy))
    person.profile.sent = list(sent)
    person.event("Hello", when, consent=GRANTED, traits={"timezone": BERLIN}, seq=1)
    person.event("Added", when, seq=2)
    return person, Applied(person.profile, tuple(person.decisions), tuple(person.actions))


def shown(action: Action) -> tuple[str, str, int]:
    """Give what becomes of an action, and when after the start."""
    return action.status, action.reason, action.due_at - START


NIGHTLY = at("2026-03-02T22:00:00Z") - START
MORNING = at("2026-03-03T07:00:00Z") - START


def test_a_message_over_its_cap_is_suppressed_and_the_decision_says_why() -> None:
    """The gate counted is `caps`, with what was seen and needed."""
    _, done = decided(Policy((MessageCap(1, DAY),)), act(), sent=got(START - HOUR))
    (decision,), (action,) = done.decisions, done.actions
    assert (decision.outcome, gate_of(decision.outcome, decision.reasons)) == ("suppressed", "caps")
    assert shown(action) == ("suppressed", "caps: cap all messages 1 per 1d, saw 2", 0)
    assert done.profile.firings == {}


def test_quiet_hours_that_drop_suppress_and_are_the_gate() -> None:
    """The gate counted is `quiet_hours`."""
    policy = Policy(quiet=replace(NIGHT, held="drop"))
    _, done = decided(policy, act(), when=NIGHTLY)
    (decision,) = done.decisions
    assert (decision.outcome, gate_of(decision.outcome, decision.reasons)) == ("suppressed", "quiet_hours")
    assert done.actions[0].status == "suppressed"


def test_a_held_message_is_scheduled_for_the_first_free_moment() -> None:
    """Caps and quiet hours together say when; the decision has fired."""
    policy = Policy((MessageCap(1, HOUR, over="hold"),), NIGHT)
    _, done = decided(policy, act(), sent=got(START + NIGHTLY - MINUTE), when=NIGHTLY)
    (decision,), (action,) = done.decisions, done.actions
    assert decision.outcome == "fired"
    assert shown(action) == ("scheduled", "", MORNING)
    early = Policy((MessageCap(1, 10 * HOUR, over="hold"),), NIGHT)
    _, done = decided(early, act(), sent=got(START + NIGHTLY - MINUTE), when=NIGHTLY)
    assert shown(done.actions[0]) == ("scheduled", "", NIGHTLY - MINUTE + 10 * HOUR + 1)


def test_the_other_steps_go_on_without_a_message_that_is_refused() -> None:
    """Data goes out, and the decision is suppressed only where no step is left."""
    policy = Policy((MessageCap(1, DAY, channel="email"),))
    _, done = decided(policy, act(), DATA, act(SMS), sent=got(START - HOUR))
    assert done.decisions[0].outcome == "fired"
    assert [action.status for action in done.actions] == ["suppressed", "scheduled", "scheduled"]
    _, done = decided(policy, act(), act(PROMO), sent=got(START - HOUR))
    assert done.decisions[0].outcome == "suppressed"
    assert [action.status for action in done.actions] == ["suppressed", "suppressed"]


def test_a_step_behind_a_wait_is_judged_when_it_is_let_go() -> None:
    """At the decision only consent is asked of it; the cap is as full as it is then."""
    policy = Policy((MessageCap(1, DAY),), NIGHT)
    person, done = decided(
        policy, act(), Wait(2 * DAY), act(), Wait(12 * HOUR), act(), sent=got(START - HOUR)
    )
    assert done.decisions[0].outcome == "fired"
    assert [reason.gate for reason in done.decisions[0].reasons if reason.step == 2] == ["consent"]
    person.until(2 * DAY + 1)
    assert shown(person.actions[1]) == ("scheduled", "", 2 * DAY)
    person.profile.sent = got(START + 2 * DAY)
    person.until(3 * DAY)
    assert shown(person.actions[2])[0] == "suppressed"


def test_transactional_messages_pass_caps_and_quiet_hours_and_only_those() -> None:
    """An order is confirmed at night; a group or a limit would stop it all the same."""
    policy = Policy((MessageCap(1, DAY),), NIGHT)
    _, done = decided(policy, act(ORDER), sent=got(START + NIGHTLY - HOUR), when=NIGHTLY)
    assert shown(done.actions[0]) == ("scheduled", "", NIGHTLY)
    assert [one.gate for one in done.decisions[0].reasons] == ["anchor", "consent"]


def test_a_shadow_is_judged_like_the_rest_and_sends_nothing() -> None:
    """Its decision names the gate that would have stopped it."""
    _, done = decided(Policy((MessageCap(1, DAY),)), act(), sent=got(START - HOUR), status="shadow")
    (decision,) = done.decisions
    assert (gate_of(decision.outcome, decision.reasons), decision.shadow, done.actions) == ("caps", True, ())


def test_a_wake_that_comes_late_judges_as_of_the_due() -> None:
    """A wait that was over by day is not at night because nobody looked."""
    person, _ = decided(Policy(quiet=NIGHT), DATA, Wait(HOUR), act())
    done = wake(person.profile, START + NIGHTLY, person.rules)
    assert shown(done.actions[0]) == ("scheduled", "", HOUR)
