"""The channel of a message: the person's own choice first, then the message's order, then what is usable."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from one_person import MINUTE, Person, rules

from core.engine.decision import Reason
from core.engine.digest import first_id, spare_id
from core.engine.event import ConsentStatement
from core.engine.formula import compile_formula
from core.engine.rule import Act, EventAnchor, Pattern, Send, Trigger
from core.engine.value import Literal, Value

AGREED = (ConsentStatement("marketing", "", True),)
PHONE, MAIL = compile_formula("profile.traits.phone"), compile_formula("profile.traits.mail")
REACHABLE = {"phone": "+14155550100", "mail": "ada@example.com"}


def act(channel: str, to: Value) -> Act:
    """Make one channel of the message."""
    fields: dict[str, Value] = {"to": to, "body": Literal("Hi")}
    return Act("somewhere", f"send_{channel}", fields, channel=channel, purpose="marketing", message="hello")


MESSAGE = Send("hello", (act("push", Literal("device")), act("sms", PHONE), act("email", MAIL)))


def known_by(*names: str, **fields: Value) -> Send:
    """Make a message whose push has no address: the vendor knows the person by what it requires."""
    push = act("push", Literal("device"))
    return Send("hello", (replace(push, fields=fields, require=names), act("sms", PHONE)))


def sent(
    traits: dict[str, Any], consent: tuple[ConsentStatement, ...] = AGREED, message: Send = MESSAGE
) -> tuple[str, str, str, Reason]:
    """Send the message to somebody; gives its channel, status and reason, and the verdict on consent."""
    trigger = Trigger("t", EventAnchor((Pattern("A"),)), (message,), status="live", anchor_hash="t!")
    person = Person(rules(trigger))
    person.event("Identified", 0, traits=traits, consent=consent, kind="identify")
    person.event("A", MINUTE)
    (action,) = person.actions
    (reason,) = [one for one in person.last.reasons if one.gate == "consent"]
    return action.channel, action.status, action.reason, reason


@pytest.mark.parametrize(
    ("preference", "channel"),
    [
        ({}, "push"),
        ({"preferred_channel": "email"}, "email"),
        ({"preferred_channel": " E-Mail, SMS "}, "sms"),
        ({"preferred_channel": ["sms", "email"]}, "sms"),
        ({"channel_preference": "email"}, "email"),
        ({"preferred_channel": "sms", "channel_preference": "email"}, "sms"),
        ({"preferred_channel": ["pigeon", "email"]}, "email"),
        ({"preferred_channel": 7}, "push"),
        ({"preferred_channel": [{"no": "text"}]}, "push"),
        ({"preferred_channel": ""}, "push"),
    ],
)
def test_the_persons_preference_goes_before_the_messages_order(preference: Any, channel: str) -> None:
    """A text or a list, in either trait; what names no channel of the message changes nothing."""
    assert sent({**REACHABLE, **preference})[0] == channel


def test_a_preferred_channel_without_an_address_is_passed_over_and_said() -> None:
    """The next one is taken, by preference and then by order, and the reason names what was not usable."""
    channel, status, _, reason = sent({"preferred_channel": ["email", "sms"]})
    assert (channel, status) == ("push", "scheduled")
    assert reason.passed and reason.expression == "marketing by push"
    assert str(reason.saw).startswith("may be sent; passed over email: ")
    assert "profile.traits.mail" in str(reason.saw) and "; passed over sms: " in str(reason.saw)


def test_who_is_known_by_something_else_needs_no_address() -> None:
    """An app's push goes to an id of the person, and so does a vendor's own e-mail."""
    member = compile_formula("profile.traits.member")
    message = known_by("member", "title", member=member, title=Literal("Hi"))
    assert sent({**REACHABLE, "member": "m1"}, message=message)[:2] == ("push", "scheduled")
    assert sent(REACHABLE, message=known_by(title=Literal("Hi")))[:2] == ("push", "scheduled")


def test_what_an_action_requires_of_a_person_stands_for_the_address() -> None:
    """Without it the next channel is taken; an address that was switched off is missed by its name."""
    member = compile_formula("profile.traits.member")
    channel, _, _, reason = sent(REACHABLE, message=known_by("member", member=member))
    assert channel == "sms"
    assert "passed over push: " in str(reason.saw) and "profile.traits.member" in str(reason.saw)
    unnamed = sent(REACHABLE, message=known_by("member"))[3]
    assert unnamed.saw == "may be sent; passed over push: no member"
    switched_off = sent(REACHABLE, message=known_by("to"))[3]
    assert switched_off.saw == "may be sent; passed over push: no address"


def test_a_channel_without_consent_is_passed_over() -> None:
    """Consent is asked channel by channel: the preferred one may be withdrawn alone."""
    withdrawn = (*AGREED, ConsentStatement("marketing", "email", False))
    channel, _, _, reason = sent({**REACHABLE, "preferred_channel": "email,sms"}, withdrawn)
    assert channel == "sms"
    assert reason.saw == "may be sent, preferred by the person; passed over email: withdrawn"


def test_where_no_channel_is_usable_each_one_says_why() -> None:
    """Nothing leaves, and the delivery names every channel with its own reason, the preferred one first."""
    channel, status, why, reason = sent({"preferred_channel": "email", "phone": "+14155550100"}, ())
    assert (channel, status) == ("email", "suppressed")
    assert not reason.passed
    told = str(reason.saw).split("; ")
    assert [one.partition(":")[0] for one in told] == ["email", "push", "sms"]
    assert told[1:] == ["push: no statement", "sms: no statement"]
    assert why == f"consent: marketing by email: {reason.saw}"


def test_the_first_choice_alone_reads_as_before() -> None:
    """Without a preference and with the first channel usable there is nothing more to say."""
    assert sent(REACHABLE)[3].saw == "may be sent"


def test_the_channels_behind_are_rendered_where_all_that_they_say_is_known() -> None:
    """One that lacks what its action requires could not take over."""
    requiring = replace(act("whatsapp", PHONE), require=("content",))
    message = Send("hello", (act("push", Literal("device")), requiring, act("email", MAIL)))
    waits = Trigger("t", EventAnchor((Pattern("A"),)), (message,), status="live", anchor_hash="t!")
    person = Person(rules(waits))
    person.event("Identified", 0, traits=REACHABLE, consent=AGREED, kind="identify")
    person.event("A", MINUTE)
    (action,) = person.actions
    assert [(one.channel, one.fields["to"]) for one in action.spare] == [("email", "ada@example.com")]
    assert (first_id(spare_id(action.id, "email")), spare_id(action.id, "email")) == (
        action.id,
        f"{action.id}-email",
    )
