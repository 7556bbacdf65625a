"""Tiers of people: which caps hold for somebody, and which trigger wins."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from competing import CART, DROP, outcomes, trigger
from governing import EMAIL, got, someone
from one_person import DAY, MINUTE, START, Person, rules

from core.engine.formula import compile_formula
from core.engine.governance import govern
from core.engine.policy import MessageCap, Policy, Tier
from core.engine.profile import Trait
from core.engine.rule import EventAnchor, Pattern, RuleSet, Trigger

SPENT = (
    Tier("high", compile_formula("profile.traits.spent > 1000")),
    Tier("medium", compile_formula("profile.traits.spent > 100 || profile.traits.member")),
)


@pytest.mark.parametrize(
    ("traits", "allowed"),
    [
        # In two tiers somebody is in the first.
        ({"spent": 2_000}, 3),
        ({"spent": 200}, 2),
        ({"member": True}, 2),
        # What is unknown puts nobody into a tier.
        ({"spent": 10}, 4),
        ({}, 4),
    ],
)
def test_a_cap_of_a_tier_holds_for_those_in_it_alone(traits: dict[str, Any], allowed: int) -> None:
    """Caps without a tier hold for everybody, beside it."""
    caps = (MessageCap(3, DAY, tier="high"), MessageCap(2, DAY, tier="medium"), MessageCap(4, DAY))
    under = replace(rules(), policy=Policy(caps, tiers=SPENT))
    profile = someone(*got(*(START + one for one in range(allowed))))
    profile.traits |= {name: Trait(value, 0, 0, "segment") for name, value in traits.items()}
    full = govern(profile, under, EMAIL, START + MINUTE)
    assert full.free_at is None
    profile.sent.pop()
    assert govern(profile, under, EMAIL, START + MINUTE).free_at is not None
    refused = next(one for one in full.reasons if not one.passed)
    tier = {3: " for tier high", 2: " for tier medium", 4: ""}[allowed]
    assert refused.expression == f"cap all messages {allowed} per 1d{tier}"


def competing(*triggers: Trigger) -> RuleSet:
    """Put triggers into one group, in a company that has tiers."""
    return replace(rules(*triggers), policy=Policy(groups={"g": DROP}, tiers=SPENT))


@pytest.mark.parametrize(("spent", "winner"), [(2_000, "concierge"), (200, "plain"), (0, "plain")])
def test_a_priority_by_tier_decides_who_wins(spent: int, winner: str) -> None:
    """The same two triggers, and another winner for another person; those of no tier have the plain one."""
    both = EventAnchor((Pattern("Asked"),))
    under = competing(
        trigger("concierge", 10, when=both, priorities={"high": 90}),
        trigger("plain", 50, when=both),
    )
    person = Person(under)
    person.event("Asked", MINUTE, traits={"spent": spent})
    fired = [name for name, outcome, _ in outcomes(person.decisions) if outcome == "fired"]
    assert fired == [winner]


@pytest.mark.parametrize(("spent", "winner"), [(2_000, "concierge"), (200, "plain")])
def test_a_priority_by_tier_decides_between_timers_of_one_due(spent: int, winner: str) -> None:
    """Two carts left at the same moment, as of the moment at which they are due."""
    under = competing(
        trigger("concierge", 10, when=CART, priorities={"high": 90}), trigger("plain", 50, when=CART)
    )
    person = Person(under)
    person.event("Added", 0, traits={"spent": spent})
    person.until(20 * MINUTE)
    fired = [name for name, outcome, _ in outcomes(person.decisions) if outcome == "fired"]
    assert fired == [winner]
