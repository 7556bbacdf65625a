"""Small stories of channels and tiers: the model, the engine and the page say the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from reference.policy import Group, MessageCap, Policy
from reference.posted import Posted, letter, post, sending
from reference.rules import Named
from reference.small import came, looked
from reference.timelines import START, Arrival, Leaves, tier

SIDES = pytest.mark.parametrize("side", ["model", "engine"])
ALL = letter("push", "sms", "email")
BOTH = letter("sms", "email")
EMAIL = {"email": "ada@example.com"}


def someone(purpose: str = "", *, granted: bool = True, at: int = 0, **traits: Any) -> Arrival:
    """Say what is known of the person."""
    return came(at, "Identified", traits=traits, consent={(purpose, "sms"): granted} if purpose else {})


@SIDES
@pytest.mark.parametrize(
    ("traits", "channel"),
    [
        ({}, "sms"),
        ({"push": "device"}, "push"),
        ({**EMAIL, "preferred_channel": "email"}, "email"),
        ({**EMAIL, "preferred_channel": "fax, Email"}, "email"),
        ({**EMAIL, "channel_preference": ["email"]}, "email"),
        ({"preferred_channel": "email"}, "sms"),
        ({**EMAIL, "preferred_channel": "sms", "channel_preference": "email"}, "sms"),
    ],
)
def test_what_the_person_prefers_comes_before_the_messages_order(
    side: str, traits: dict[str, Any], channel: str
) -> None:
    """Of what has an address."""
    told = Posted([sending(ALL)], [someone(**traits), came(10, "Add"), post(20)])
    assert told.left(side) == [("Add/0", channel, 10, "sent")]


@SIDES
def test_a_channel_without_consent_is_passed_over(side: str) -> None:
    """Until it is given."""
    news = letter("email", "sms", purpose="news")
    turns = [someone("news", **EMAIL), came(10, "Add"), post(20)]
    assert Posted([sending(news)], turns).left(side) == [("Add/0", "sms", 10, "sent")]


@SIDES
def test_a_full_cap_is_no_reason_for_another_channel(side: str) -> None:
    """Or a cap on text messages would turn into e-mails."""
    policy = Policy((MessageCap(1, 100, channel="sms"),))
    turns = [someone(**EMAIL), came(10, "Add", id="a"), post(20), came(30, "Add", id="b"), post(40)]
    told = Posted([sending(BOTH)], turns, policy)
    assert told.actions(side) == [("a/0", 10, "scheduled")]
    assert told.decided(side) == [("t", 10, "fired"), ("t", 30, "suppressed")]


@SIDES
def test_the_next_channel_follows_one_that_its_vendor_refused(side: str) -> None:
    """At once, each after the other; what has no further channel ends."""
    turns = [someone(**EMAIL, push="device"), came(10, "Add"), post(20, "push", "sms", "email")]
    refused = [("Add/0", channel, 10, "refused") for channel in ("push", "sms", "email")]
    assert Posted([sending(ALL)], turns).left(side) == refused


@SIDES
def test_what_was_refused_counts_for_no_cap(side: str) -> None:
    """Else the cap would stop the channel that is to reach the person."""
    policy = Policy((MessageCap(1, 100),))
    turns = [someone(**EMAIL), came(10, "Add"), post(20, "sms")]
    told = Posted([sending(BOTH)], turns, policy)
    assert told.left(side) == [("Add/0", "sms", 10, "refused"), ("Add/0", "email", 10, "sent")]


@SIDES
def test_the_next_channel_follows_where_consent_has_gone(side: str) -> None:
    """A withdrawal at the very moment at which the message is to leave counts."""
    news = letter("sms", "email", purpose="news")
    agreed = {("news", "sms"): True, ("news", "email"): True}
    turns = [
        came(0, "Identified", traits=EMAIL, consent=agreed),
        came(10, "Add"),
        came(10, "Said", consent={("news", "sms"): False}),
        post(10),
    ]
    told = Posted([sending(news)], turns).left(side)
    assert told == [("Add/0", "sms", 10, "suppressed"), ("Add/0", "email", 10, "sent")]


HELD = Policy((MessageCap(1, 50, channel="email", hold=True), MessageCap(1, 20, channel="sms", hold=True)))
HOLDING = [
    someone(**EMAIL),
    came(10, "View", id="v"),
    post(10),
    came(20, "View", id="w", traits={"preferred_channel": "email"}),
    post(20),
    came(30, "Add", traits={"preferred_channel": "sms"}),
    post(31, "sms"),
]
VIEWED = sending(letter("sms", "email"), name="v", names=("View",))


@SIDES
@pytest.mark.parametrize(("exit_at", "is_taken"), [(31, True), (32, False)])
def test_an_exit_event_takes_back_the_next_channel_while_it_waits(
    side: str, exit_at: int, *, is_taken: bool
) -> None:
    """Up to the moment for which it was held; the first had waited until 31, and its next channel does until 71."""
    exits = came(exit_at + 40, "Buy")
    told = Posted([VIEWED, sending(BOTH, exit_on=(Named("Buy"),))], [*HOLDING, exits, post(100)], HELD)
    assert told.taken_back(side) == ([("Add/0", "email")] if is_taken else [])
    assert (("Add/0", "email", 71, "sent") in told.left(side)) != is_taken


#: The first is tried at 31, and again at 51.
TRIED = [*HOLDING[:-1], Leaves(START + 31, prompt=True, retry=20)]


@SIDES
@pytest.mark.parametrize("at", [31, 40])
def test_what_is_known_when_the_next_channel_comes_to_be_held_ends_it(side: str, at: int) -> None:
    """Though it came while the first was under way, which nothing took back."""
    story = Posted(
        [VIEWED, sending(BOTH, exit_on=(Named("Buy"),))],
        [*TRIED, came(at, "Buy", now=40), post(51, "sms"), post(100)],
        HELD,
    )
    assert story.taken_back(side) == []
    assert story.left(side)[2:] == [
        ("Add/0", "sms", 31, "sent"),
        ("Add/0", "sms", 51, "refused"),
        ("Add/0", "email", 51, "suppressed"),
    ]


@SIDES
@pytest.mark.parametrize("at", [31, 40])
def test_a_message_whose_intent_has_committed_is_held_and_not_taken_back(side: str, at: int) -> None:
    """Whether another channel may follow it or not."""
    policy = replace(HELD, uncapped=frozenset({"news"}))
    ordered = sending(letter(purpose="news"), name="o", names=("Order",))
    order = came(45, "Order", consent={("news", "sms"): True})
    story = Posted(
        [VIEWED, ordered, sending(BOTH, exit_on=(Named("Buy"),))],
        [*TRIED, came(at, "Buy", now=40), order, post(45), post(100)],
        policy,
    )
    assert story.left(side)[3:] == [
        ("Order/0", "sms", 45, "sent"),
        ("Add/0", "sms", 51, "waits"),
        ("Add/0", "sms", 66, "sent"),
    ]


@SIDES
@pytest.mark.parametrize(("traits", "sent"), [({"tier": "gold"}, 2), ({"tier": "silver"}, 1), ({}, 3)])
def test_a_cap_of_a_tier_holds_for_those_in_it(side: str, traits: dict[str, Any], sent: int) -> None:
    """Whoever is in none has what is left for all."""
    tiers = (("high", tier("gold")), ("low", tier("silver")))
    caps = (MessageCap(2, 100, tier="high"), MessageCap(1, 100, tier="low"), MessageCap(3, 100))
    adds = [turn for at in (10, 20, 30, 40) for turn in (came(at, "Add", id=f"a{at}"), post(at))]
    told = Posted([sending(letter())], [someone(**traits), *adds], Policy(caps, tiers=tiers))
    assert len(told.left(side)) == sent


@SIDES
@pytest.mark.parametrize(("traits", "winner"), [({"tier": "gold"}, "concierge"), ({}, "always")])
def test_a_priority_of_a_tier_decides_who_wins_a_group(
    side: str, traits: dict[str, Any], winner: str
) -> None:
    """Of two triggers at one event."""
    concierge = sending(letter(), name="concierge", group="g", priority=1, priorities=(("high", 9),))
    always = sending(letter(), name="always", group="g", priority=5)
    policy = Policy(groups={"g": Group(1, 100)}, tiers=(("high", tier("gold")),))
    told = Posted([concierge, always], [someone(**traits), came(10, "Add"), looked(20)], policy)
    fired = [name for name, _, outcome in told.decided(side) if outcome == "fired"]
    assert fired == [winner]
