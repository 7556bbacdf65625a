"""What must hold of every person under groups, bursts, waits, caps and quiet hours, in random order."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from competing import mail
from governing import NIGHT
from one_person import ACT, DAY, HOUR, MINUTE, START, Person, rules

from core.engine import decode, encode, merge, next_due, wake
from core.engine.formula import compile_formula
from core.engine.governance import permit
from core.engine.policy import Group, MessageCap, Policy
from core.engine.profile import Profile, Sent
from core.engine.rule import (
    AbsenceAnchor,
    Anchor,
    Debounce,
    EventAnchor,
    InactiveAnchor,
    Limits,
    Pattern,
    Purpose,
    RuleSet,
    Trigger,
    Wait,
)

SEEDS = range(60)
KEY = compile_formula("properties.key")
LETTER = replace(mail(), purpose="letters")
CAPS = (MessageCap(2, HOUR, over="hold"), MessageCap(9, "day"))


def random_rules(draw: Random) -> RuleSet:
    """Make a few triggers that compete, wait and burst."""
    anchors: list[Anchor] = [
        EventAnchor((Pattern("A"),), key=KEY),
        EventAnchor((Pattern("A"), Pattern("B"))),
        AbsenceAnchor((Pattern("A"),), (Pattern("B"),), 20 * MINUTE, key=KEY),
        InactiveAnchor(20 * MINUTE),
    ]
    triggers = [_random_trigger(draw, f"t{number}", draw.choice(anchors)) for number in range(4)]
    groups = {"g": Group(draw.choice((1, 2)), 30 * MINUTE, "hold"), "h": Group(1, HOUR, "drop")}
    purposes = {"transactional": Purpose("transactional", consent_required=False)}
    purposes["letters"] = replace(purposes["transactional"], name="letters")
    policy = Policy(draw.choice((CAPS, ())), draw.choice((NIGHT, None)), groups)
    return replace(rules(*triggers), policy=policy, purposes=purposes)


def _random_trigger(draw: Random, name: str, when: Anchor) -> Trigger:
    bounced = Debounce(draw.choice((MINUTE, 10 * MINUTE)), draw.choice(("leading", "trailing")))
    return Trigger(
        name,
        when,
        draw.choice(
            ((ACT,), (LETTER,), (ACT, Wait(10 * MINUTE), LETTER), (LETTER, Wait(clock=11 * 60), ACT))
        ),
        status=draw.choice(("live", "live", "shadow")),
        exit_on=draw.choice(((), (Pattern("B"),), (Pattern("C"),))),
        limits=Limits(debounce=draw.choice((None, bounced)), cooldown=draw.choice((0, 5 * MINUTE))),
        group=draw.choice(("g", "g", "h", "")),
        priority=draw.randint(1, 3),
        anchor_hash=f"{name}!",
        journey_hash=f"{name}!",
    )


def happenings(draw: Random, *, late: bool) -> list[tuple[int, str, str, int]]:
    """Draw when, what, of which key and how late things happen."""
    now, found = 11 * HOUR, []
    for _ in range(draw.randint(1, 25)):
        now += draw.choice((0, 1, 30_000, 5 * MINUTE, 20 * MINUTE, HOUR))
        behind = draw.choice((0, 0, 7 * MINUTE)) if late else 0
        found.append((now, draw.choice("AAABC"), draw.choice("xy"), behind))
    return found


def grown(seed: int, name: str, *, first: int = 0, late: bool = True) -> Person:
    """Let a person live through random happenings, the same rules for all of one seed."""
    draw = Random(f"{seed} {name}")
    person = Person(random_rules(Random(seed)), name)
    person.seq = first
    for now, what, key, behind in happenings(draw, late=late):
        person.until(now)
        person.event(what, now - behind, {"key": key}, id=f"{name}{person.seq}")
        send(person, now)
    return person


def send(person: Person, now: int) -> None:
    """Ask for the intent of the messages that are due."""
    for action in person.actions:
        if action.channel and action.status == "scheduled" and action.due_at == START + now:
            ruled = permit(
                person.profile, person.rules, Sent(0, action.id, action.channel, action.purpose), START + now
            )
            person.profile = ruled.profile or person.profile


def people(seed: int) -> list[Profile]:
    """Grow three people under one set of rules."""
    return [grown(seed, name, first=number * 100).profile for number, name in enumerate("pqr")]


@pytest.mark.parametrize("seed", SEEDS)
def test_merges_agree_in_any_order(seed: int) -> None:
    """Give the same bytes whoever joins whom first, and change neither of the two."""
    a, b, c = people(seed)
    before = [encode(one) for one in (a, b, c)]
    assert encode(merge(a, b)) == encode(merge(b, a))
    assert encode(merge(merge(a, b), c)) == encode(merge(a, merge(b, c)))
    assert encode(merge(a, a)) == encode(a)
    assert encode(merge(merge(a, b), b)) == encode(merge(a, b))
    assert [encode(one) for one in (a, b, c)] == before


@pytest.mark.parametrize("seed", SEEDS)
def test_a_profile_read_back_from_its_bytes_goes_on_as_before(seed: int) -> None:
    """Decide the same after being stored, when one is joined by another, and when nothing more comes."""
    under, (a, b, _) = random_rules(Random(seed)), people(seed)
    for one in (a, merge(a, b)):
        kept, stored = wake(one, START + 9 * DAY, under), wake(decode(encode(one)), START + 9 * DAY, under)
        assert kept[1:] == stored[1:]
        assert encode(kept.profile) == encode(stored.profile)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_wake_does_something_at_next_due_and_nothing_before(seed: int) -> None:
    """Go from due to due until nothing is held, and never look in vain."""
    under, (a, b, _) = random_rules(Random(seed)), people(seed)
    for profile in (a, merge(a, b)):
        for _ in range(100):
            due = next_due(profile)
            if due is None:
                break
            before = encode(profile)
            assert encode(wake(profile, due - 1, under).profile) == before
            woken = wake(profile, due, under).profile
            assert (encode(woken) != before, encode(profile) == before) == (True, True)
            profile = woken
        assert (next_due(profile), profile.held, profile.journeys) == (None, {}, {})


@pytest.mark.parametrize("seed", SEEDS)
def test_no_call_changes_the_profile_it_was_given(seed: int) -> None:
    """Leave the caller's value alone, whatever is held, counted or sent."""
    draw = Random(f"{seed} p")
    person = Person(random_rules(Random(seed)))
    for now, what, key, behind in happenings(draw, late=True):
        given = person.profile
        before = encode(given)
        person.event(what, now - behind, {"key": key})
        send(person, now)
        assert encode(given) == before


@pytest.mark.parametrize("seed", SEEDS)
def test_it_makes_no_difference_how_often_the_clock_looks(seed: int) -> None:
    """Decide and do the same whether a person is woken at each due, or only by their events and at the end."""
    told = []
    for often in (True, False):
        person = Person(random_rules(Random(seed)))
        for now, what, key, _ in happenings(Random(f"{seed} p"), late=False):
            if often:
                person.until(now)
            person.event(what, now, {"key": key})
        if often:
            person.until(9 * DAY)
        else:
            person.profile, decisions, actions, *_ = wake(person.profile, START + 9 * DAY, person.rules)
            person.decisions += decisions
            person.actions += actions
        told.append((person.decisions, person.actions, person.cancelled))
        assert len({one.id for one in person.decisions}) == len(person.decisions)
        assert len({one.id for one in person.actions}) == len(person.actions)
    assert told[0] == told[1]
