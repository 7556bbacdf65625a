"""Imported history: remembered, counted and believed, and nothing is set off by it."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from reference.engine_side import EngineRun, event, rule_set
from reference.timelines import Arrival, random_story

from core.engine import Applied, Profile, apply, decode, encode, merge, new_profile, next_due, wake
from core.engine.event import ConsentStatement, Event, Identifier
from core.engine.formula import compile_formula
from core.engine.rule import (
    AbsenceAnchor,
    Act,
    Anchor,
    ApiAnchor,
    CountAnchor,
    EventAnchor,
    IdentityRules,
    Pattern,
    RuleSet,
    Step,
    Trigger,
    Wait,
)
from core.engine.value import Literal

ACT = Act("braze", "track_event", {"name": Literal("x")})
ADDED = EventAnchor((Pattern("Added"),))
TWICE = CountAnchor((Pattern("Added"),), 2, 100)
CART = AbsenceAnchor((Pattern("Added"),), (Pattern("Ordered"),), 100, less=(Pattern("Removed"),))


def rules(when: Anchor, *steps: Step, **more: Any) -> RuleSet:
    """Make a set of one live trigger `t`."""
    trigger = Trigger("t", when, steps or (ACT,), status="live", anchor_hash="a", journey_hash="j", **more)
    return RuleSet("v", IdentityRules(()), {}, {"t": trigger})


def happened(name: str, at: int, *, quiet: bool = False, **more: Any) -> Event:
    """Make an event of user u1."""
    return Event(
        id=f"e{at}",
        seq=more.pop("seq", at),
        source="segment",
        type="track",
        name=name,
        timestamp=at,
        received_at=at,
        data={"event": name, "properties": more.pop("properties", {})},
        identifiers=(Identifier("user_id", "u1"),),
        quiet=quiet,
        **more,
    )


def past(name: str, at: int, **more: Any) -> Event:
    """Make an event of imported history."""
    return happened(name, at, quiet=True, **more)


def play(under: RuleSet, *events: Event, profile: Profile | None = None) -> tuple[Profile, list[Applied]]:
    """Apply events to one person, and give what each of them answered."""
    profile, answers = profile or new_profile("p", 0), []
    for one in events:
        answers.append(apply(profile, one, under, one.timestamp))
        profile = answers[-1].profile
    return profile, answers


def fired(answers: list[Applied]) -> list[str]:
    """Name the events whose decision fired."""
    return [made.event_id for done in answers for made in done.decisions if made.outcome == "fired"]


@pytest.mark.parametrize("when", [ADDED, TWICE, CART, ApiAnchor()])
def test_history_fires_and_arms_nothing(when: Anchor) -> None:
    """Leave no decision, action, case or journey, whatever the anchor is."""
    under = rules(when, ACT, Wait(50), ACT)
    profile, answers = play(under, past("Added", 10), past("Added", 20), past("Viewed", 30))
    assert [(done.decisions, done.actions) for done in answers] == [((), ())] * 3
    assert next_due(profile) is None
    assert not wake(profile, 10_000, under).decisions


def test_history_is_believed() -> None:
    """Take over traits, consent, identifiers and the times at which the person was seen."""
    said = (ConsentStatement("marketing", "", True),)
    profile, _ = play(rules(ADDED), past("Added", 10, traits={"tier": "gold"}, consent=said))
    assert (profile.traits["tier"].value, profile.consent["marketing/"].granted) == ("gold", True)
    assert (profile.identifiers["user_id"].keys(), profile.last_seen, profile.clock) == ({"u1"}, 10, 10)


def test_history_fills_the_window_of_a_count() -> None:
    """Let the first live event cross a count that history began."""
    under = rules(TWICE)
    profile, _ = play(under, past("Added", 10), past("Viewed", 15))
    _, answers = play(under, happened("Added", 20), profile=profile)
    assert fired(answers) == ["e20"]


def test_only_what_matches_is_counted() -> None:
    """Leave events that a count does not mean out of its window."""
    where = compile_formula("properties.big == true")
    under = rules(CountAnchor((Pattern("Added", where),), 2, 100))
    profile, _ = play(under, past("Added", 10))
    assert profile.marks == {}


def test_a_late_event_does_not_fire_what_was_history() -> None:
    """Cross no count at a moment of history, also when a live event comes to lie before it."""
    under = rules(TWICE)
    profile, _ = play(under, past("Added", 20))
    _, answers = play(under, happened("Added", 15, seq=30), profile=profile)
    assert fired(answers) == []


def test_a_late_event_opens_no_case_for_history() -> None:
    """Open only the live event's own case when the timeline is run again."""
    under = rules(CART)
    profile, _ = play(under, past("Added", 50))
    profile, _ = play(under, happened("Added", 20, seq=60), profile=profile)
    assert [case.anchor.id for case in profile.cases["t"]] == ["e20"]


def test_history_closes_what_it_ends() -> None:
    """Close a live case and end a live journey by an event that only the import told of."""
    cart, wait = rules(CART), rules(ADDED, ACT, Wait(50), ACT, exit_on=(Pattern("Ordered"),))
    for under in (cart, wait):
        open_, _ = play(under, happened("Added", 10))
        closed, answers = play(under, past("Ordered", 20), profile=open_)
        assert next_due(closed) is None
        assert [made.outcome for made in answers[0].decisions] == ["not_met"]


def test_late_history_closes_what_it_ends_and_nothing_else() -> None:
    """Judge history that lies before the newest event at its place: an older order ends no newer cart."""
    under = rules(CART)
    profile, _ = play(under, happened("Added", 30), happened("Viewed", 60))
    kept, _ = play(under, past("Ordered", 20, seq=70), profile=profile)
    assert next_due(kept) is not None
    closed, _ = play(under, past("Ordered", 40, seq=71), profile=kept)
    assert next_due(closed) is None


def test_history_lets_no_timer_fire() -> None:
    """Leave a timer that is due to the clock, also when history is later than it."""
    under = rules(CART)
    profile, _ = play(under, happened("Added", 10))
    later, answers = play(under, past("Added", 500), profile=profile)
    assert fired(answers) == []
    assert fired([wake(later, 501, under)]) == ["e10"]


def test_a_merge_arms_nothing_for_history() -> None:
    """Join a live person with a past one: the past opens no case, and its marks are counted."""
    live, old = new_profile("a", 0), new_profile("b", 0)
    for when, expected in ((CART, []), (TWICE, ["e30"])):
        under = rules(when)
        left, _ = play(under, happened("Viewed", 5), profile=live)
        right, _ = play(under, past("Added", 10), profile=old)
        joined, answers = play(under, happened("Added", 30), profile=merge(left, right))
        assert fired(answers) == expected
        assert [case.anchor.id for case in joined.cases.get("t", [])] == ([] if expected else ["e30"])


def test_a_quiet_moment_survives_its_bytes() -> None:
    """Store the mark of history with the timeline."""
    profile, _ = play(rules(CART), past("Added", 10), happened("Added", 20))
    assert [moment.quiet for moment in decode(encode(profile)).timeline] == [True, False]


@pytest.mark.parametrize("seed", range(60))
def test_no_story_fires_or_arms_for_its_history(seed: int) -> None:
    """Tell random stories, partly as history: whatever fires or waits goes back to a live event."""
    story, chance = random_story(seed), Random(seed)
    run, past_ids = EngineRun(rule_set(story.rules)), set()
    for turn in story.turns:
        if not isinstance(turn, Arrival):
            run.turn(turn)
            continue
        told = event(turn.event, turn.person, turn.now)
        if chance.random() < 0.5:
            past_ids.add(told.id)
            told = Event(**{name: getattr(told, name) for name in told.__struct_fields__} | {"quiet": True})
        done = apply(run.profile(turn.person, told.timestamp), told, run.rules, turn.now)
        run.profiles[turn.person] = done.profile
        assert not (told.quiet and (done.actions or fired([done])))
    held = [case.anchor.id for p in run.profiles.values() for cases in p.cases.values() for case in cases]
    shot = [one.event_id for p in run.profiles.values() for all_ in p.firings.values() for one in all_]
    assert not past_ids & {*held, *shot}
