"""Nothing ends in silence: what a merge or a late event changes leaves a decision of its own."""

from __future__ import annotations

from core.engine import Profile, apply, merge, new_profile
from core.engine.event import Event, Identifier
from core.engine.rule import (
    AbsenceAnchor,
    Act,
    Anchor,
    CountAnchor,
    IdentifierRule,
    IdentityRules,
    Pattern,
    RuleSet,
    Trigger,
)
from core.engine.value import Literal

DATA = Act("braze", "track_event", {"name": Literal("x")})


def rules(when: Anchor) -> RuleSet:
    """Make a set of one live trigger."""
    trigger = Trigger("t", when, (DATA,), status="live", anchor_hash="a", journey_hash="j")
    return RuleSet("v", IdentityRules((IdentifierRule("user_id", 1),)), {}, {"t": trigger})


def event(name: str, at: int, seq: int) -> Event:
    """Make an event."""
    people = (Identifier("user_id", "u1"),)
    return Event(f"e{seq}", seq, "segment", "track", name, at, at, {"event": name}, people)


def grown(name: str, under: RuleSet, *events: Event) -> Profile:
    """Grow a profile by events."""
    profile = new_profile(name, 0)
    for one in events:
        profile = apply(profile, one, under, one.timestamp).profile
    return profile


def test_a_case_that_a_merge_closes_says_which_event_closed_it() -> None:
    """The other person's order ends the cart with a decision, as it would on one profile."""
    under = rules(AbsenceAnchor((Pattern("Added"),), (Pattern("Ordered"),), 100))
    visitor = grown("p", under, event("Added", 10, 1))
    known = grown("q", under, event("Ordered", 50, 2))
    done = apply(merge(visitor, known), event("Seen", 60, 3), under, 60)
    (decision,) = done.decisions
    assert (decision.outcome, decision.event_id, decision.at) == ("not_met", "e1", 50)
    assert "Ordered (e2)" in str(decision.reasons[0].saw)
    assert (done.profile.cases, done.actions) == ({}, ())


def test_what_was_not_met_and_then_fires_are_two_decisions() -> None:
    """A late event lets an earlier one fire after all; each judgement keeps an id of its own."""
    under = rules(CountAnchor((Pattern("Seen"),), 2, 100))
    first = apply(new_profile("p", 0), event("Seen", 60, 1), under, 60)
    late = apply(first.profile, event("Seen", 10, 2), under, 60)
    by_event = [(one.outcome, one.event_id) for one in (*first.decisions, *late.decisions)]
    assert by_event == [("not_met", "e1"), ("not_met", "e2"), ("fired", "e1")]
    assert len({one.id for one in (*first.decisions, *late.decisions)}) == 3
