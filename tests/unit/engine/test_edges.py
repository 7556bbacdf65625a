"""The engine at its edges: rules that are gone, calls of the API, bounds, missing addresses and fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.engine import Applied, Profile, apply, merge, new_profile, next_due, wake
from core.engine.decision import Decision
from core.engine.event import ConsentStatement, Event, Identifier
from core.engine.formula import compile_formula
from core.engine.profile import TIMELINE_BYTES, TIMELINE_LIMIT
from core.engine.rule import (
    AbsenceAnchor,
    Act,
    Anchor,
    ApiAnchor,
    CountAnchor,
    EventAnchor,
    IdentifierRule,
    IdentityRules,
    Pattern,
    RuleSet,
    Send,
    Step,
    Trigger,
    Wait,
)
from core.engine.value import Literal, compile_value

IDENTITY = IdentityRules((IdentifierRule("user_id", 1),))
DATA = Act("braze", "track_event", {"name": Literal("x")})
SMS = Act(
    "twilio",
    "send_message",
    {
        "to": compile_formula("profile.identifiers.phone[0]"),
        "body": compile_value("Hi {{ properties.name }}"),
    },
    require=("to", "body"),
    channel="sms",
    purpose="marketing",
)
ADDED = EventAnchor((Pattern("Added"),))
CART = AbsenceAnchor((Pattern("Added"),), (Pattern("Ordered"),), 100)


def rules(when: Anchor, *steps: Step, **more: Any) -> RuleSet:
    """Make a set of one live trigger `t`."""
    base = Trigger("t", when, steps or (DATA,), status="live", anchor_hash="a", journey_hash="j")
    return RuleSet("v", IDENTITY, {}, {"t": replace(base, **more)})


def event(name: str, at: int, *, seq: int = 0, **more: Any) -> Event:
    """Make an event of user u1."""
    properties = more.pop("properties", {})
    base = {"timestamp": at, "received_at": at, "data": {"event": name, "properties": properties}}
    return Event(
        id=f"e{seq or at}",
        seq=seq or at,
        source="segment",
        type="track",
        name=name,
        identifiers=more.pop("identifiers", (Identifier("user_id", "u1"),)),
        **base,
        **more,
    )


def started(*happened: Event, under: RuleSet) -> Profile:
    """Grow a profile by events."""
    profile = new_profile("p", 0)
    for one in happened:
        profile = apply(profile, one, under, one.timestamp).profile
    return profile


def only(done: Applied) -> Decision:
    """Give the one decision."""
    (decision,) = done.decisions
    return decision


@pytest.mark.parametrize("changed", [{"status": "draft"}, {"anchor_hash": "b"}])
def test_a_case_closes_when_its_rule_is_no_longer_the_same(changed: dict[str, Any]) -> None:
    """A due case of a draft or changed rule ends with a decision that says so, and nothing is sent."""
    profile = started(event("Added", 10), under=rules(CART))
    done = wake(profile, 200, rules(CART, **changed))
    assert only(done).reasons[0].saw == "changed or removed while open"
    assert done.actions == ()


def test_a_case_and_a_journey_of_a_removed_rule_end_with_a_decision() -> None:
    """Where the trigger's file is gone, what was open says so under its old name."""
    nothing = RuleSet("v", IDENTITY, {}, {})
    case = started(event("Added", 10), under=rules(CART))
    journey = started(event("Added", 10), under=rules(ADDED, DATA, Wait(50), DATA))
    for profile in (case, journey):
        done = wake(profile, 200, nothing)
        assert (only(done).trigger, only(done).outcome) == ("t", "not_met")
        assert next_due(done.profile) is None


def test_a_journey_whose_steps_changed_ends_with_a_decision() -> None:
    """A wait does not go on into other steps than those it was set for."""
    profile = started(event("Added", 10), under=rules(ADDED, DATA, Wait(50), DATA))
    done = wake(profile, 61, rules(ADDED, DATA, Wait(50), SMS, journey_hash="k"))
    assert only(done).reasons[0].expression == "the rule's `do`"
    assert done.actions == ()


@pytest.mark.parametrize("status", ["draft", "gone"])
def test_a_call_for_a_rule_that_is_not_published_does_nothing(status: str) -> None:
    """A call that raced with a reload decides nothing."""
    found = rules(ADDED, status=status) if status == "draft" else RuleSet("v", IDENTITY, {}, {})
    done = apply(new_profile("p", 0), event("", 10, trigger="t"), found, 10)
    assert (done.decisions, done.actions) == ((), ())


def test_a_call_takes_any_anchor_as_met() -> None:
    """Called by name, an absence fires at once with the call as its case."""
    keyed = replace(CART, key=compile_formula("properties.cart"), sum=compile_formula("properties.price"))
    call = event("", 10, trigger="t", properties={"cart": "c", "price": 5.0})
    done = apply(new_profile("p", 0), call, rules(keyed), 10)
    assert (only(done).outcome, only(done).key, only(done).at) == ("fired", "c", 10)
    assert apply(new_profile("p", 0), call, rules(ApiAnchor()), 10).decisions[0].outcome == "fired"


def test_an_exit_event_ends_a_journey_that_the_api_began() -> None:
    """A trigger without an event of its own still hears the events it names under `exit_on`."""
    under = rules(ApiAnchor(), DATA, Wait(50), DATA, exit_on=(Pattern("Ordered"),))
    profile = apply(new_profile("p", 0), event("", 10, trigger="t"), under, 10).profile
    done = apply(profile, event("Ordered", 20), under, 20)
    assert only(done).reasons[0].expression == "exit_on"
    assert wake(done.profile, 100, under).actions == ()


def test_a_draft_hears_nothing() -> None:
    """A draft is in no index, and a merge settles nothing for it."""
    under = rules(CART, status="draft")
    profile = started(event("Added", 10), under=under)
    assert profile.timeline == []
    other = replace_id(started(event("Added", 11), under=under), "q")
    assert apply(merge(profile, other), event("Added", 12), under, 12).decisions == ()


def replace_id(profile: Profile, name: str) -> Profile:
    """Give a profile another id, as a stranger's."""
    profile.id, profile.settled = name, (name,)
    return profile


def test_the_timeline_keeps_the_newest_events() -> None:
    """The oldest of too many events are dropped."""
    under = rules(ADDED)
    profile = started(*(event("Added", at) for at in range(1, TIMELINE_LIMIT + 6)), under=under)
    assert len(profile.timeline) == TIMELINE_LIMIT
    assert profile.timeline[0].timestamp == 6


def test_the_timeline_is_bounded_in_bytes() -> None:
    """A few huge events push older ones out before their number does."""
    under = rules(ADDED)
    huge = {"text": "x" * (TIMELINE_BYTES // 4)}
    profile = started(*(event("Added", at, properties=huge) for at in range(1, 8)), under=under)
    assert [moment.timestamp for moment in profile.timeline] == [5, 6, 7]


def test_an_older_statement_never_replaces_a_newer_one() -> None:
    """Consent that arrives late is history."""
    under = rules(ADDED)
    newer = event("Added", 20, consent=(ConsentStatement("marketing", "", True),))
    older = event("Added", 10, seq=21, consent=(ConsentStatement("marketing", "", False),))
    assert started(newer, older, under=under).consent["marketing/"].granted


def test_a_withdrawal_beats_a_grant_of_the_same_time() -> None:
    """Two statements at one instant count as a withdrawal, whichever came first."""
    said = [ConsentStatement("marketing", "", granted) for granted in (True, False)]
    for order in (said, said[::-1]):
        profile = started(event("Added", 10, consent=tuple(order)), under=rules(ADDED))
        assert not profile.consent["marketing/"].granted


def consenting(**more: Any) -> Event:
    """Make an event of a person who agreed to messages."""
    said = (ConsentStatement("marketing", "", True),)
    return event("Added", 10, consent=said, **more)


def test_a_person_without_an_address_cannot_be_reached() -> None:
    """A missing phone number refuses the step and is named."""
    done = apply(new_profile("p", 0), consenting(), rules(ADDED, SMS), 10)
    assert only(done).outcome == "suppressed"
    assert "phone" in str(only(done).reasons[-1].saw)


def test_a_message_action_without_any_address_field_is_refused() -> None:
    """An act that reaches a person but says not whom is never sent."""
    done = apply(new_profile("p", 0), consenting(), rules(ADDED, replace(SMS, fields={})), 10)
    assert only(done).reasons[-1].saw == "no address"


def reachable(**more: Any) -> Event:
    """Make an event of a person who agreed and has a phone."""
    people = (Identifier("user_id", "u1"), Identifier("phone", "+14155550132"))
    return consenting(identifiers=people, **more)


def test_a_template_that_lacks_a_value_stops_the_send_and_names_it() -> None:
    """Nothing leaves with a hole in it."""
    done = apply(new_profile("p", 0), reachable(), rules(ADDED, SMS), 10)
    (action,) = done.actions
    assert action.status == "suppressed"
    assert "properties.name" in action.reason


def test_a_required_field_without_a_value_stops_the_send() -> None:
    """A formula that cannot be computed leaves its field out; a required one is missed."""
    lacking = replace(SMS, fields={**SMS.fields, "body": compile_formula("properties.text")})
    (action,) = apply(new_profile("p", 0), reachable(), rules(ADDED, lacking), 10).actions
    assert (action.status, action.reason) == ("suppressed", "required fields have no value: body")


def test_a_message_takes_the_first_usable_channel() -> None:
    """Where the first channel has no consent, the next one is taken."""
    whatsapp = replace(SMS, channel="whatsapp")
    named = reachable(properties={"name": "Ada"})
    said = (ConsentStatement("marketing", "sms", True), ConsentStatement("marketing", "whatsapp", False))
    granted = event("Added", 10, identifiers=named.identifiers, consent=said, properties={"name": "Ada"})
    (action,) = apply(new_profile("p", 0), granted, rules(ADDED, Send("m", (whatsapp, SMS))), 10).actions
    assert (action.channel, action.status, action.fields["body"]) == ("sms", "scheduled", "Hi Ada")


def test_marks_beyond_the_window_and_its_slack_are_dropped() -> None:
    """A count keeps no more of the past than late events may need."""
    day = 24 * 3_600_000
    under = rules(CountAnchor((Pattern("Added"),), 3, 100))
    profile = started(event("Added", 1), event("Added", 3 * day), under=under)
    assert [mark.timestamp for mark in profile.marks["a"]] == [3 * day]


def test_a_shadow_trigger_decides_and_sends_nothing() -> None:
    """A shadow decision is marked as one, and asks for no action."""
    done = apply(new_profile("p", 0), event("Added", 10), rules(ADDED, status="shadow"), 10)
    assert (only(done).outcome, only(done).shadow, done.actions) == ("fired", True, ())


def test_an_event_that_comes_after_its_marks_are_dropped_changes_nothing() -> None:
    """Days late, an event is neither counted nor a fault."""
    day = 24 * 3_600_000
    under = rules(CountAnchor((Pattern("Added"),), 1, 100))
    profile = started(event("Other", 1), event("Added", 9 * day), under=under)
    done = apply(profile, event("Added", 5, seq=10 * day), under, 9 * day)
    assert (only(done).outcome, done.profile.marks) == ("not_met", profile.marks)
    nobody = replace_id(new_profile("p", 0), "p")
    nobody.clock = 9 * day
    assert apply(nobody, event("Added", 5), under, 9 * day).profile.marks == {"a": []}
