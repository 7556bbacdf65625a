"""Consent states x purposes x channels x moments: no message goes without a valid statement, and all others do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations, product
from random import Random
from typing import NamedTuple

import pytest
from one_person import MINUTE, START, Person, rules, trigger

from core.engine import Profile
from core.engine.consent import stricter
from core.engine.event import ConsentStatement
from core.engine.governance import permit
from core.engine.profile import Consent, Sent
from core.engine.rule import Act, EventAnchor, Pattern, Purpose, RuleSet
from core.engine.value import Literal

CHANNELS = ("sms", "email", "push")

#: One that is spoken of, one that nobody speaks of, one that needs no consent, and one that no file names.
PURPOSES = ("marketing", "news", "transactional", "nowhere")
FREE = "transactional"


class Said(NamedTuple):
    """A yes or a no to marketing: for all channels (empty) or one, some minutes after the start."""

    channel: str
    granted: bool
    at: int


KINDS = [Said(*one) for one in product(("", *CHANNELS), (True, False), (1, 2))]

#: Everything that may be said in up to two statements, in each order of arrival, and three about two channels.
STATES: list[tuple[Said, ...]] = [
    *((), *((one,) for one in KINDS), *product(KINDS, repeat=2)),
    *product([one for one in KINDS if one.channel in ("", "sms")], repeat=3),
]


def mailing() -> RuleSet:
    """Give a trigger that writes for every purpose by every channel at once."""
    acts = tuple(
        Act("vendor", "send", {"to": Literal("x")}, channel=channel, purpose=purpose)
        for purpose in PURPOSES
        for channel in CHANNELS
    )
    writes = replace(trigger("writes", EventAnchor((Pattern("Go"),))), steps=acts)
    purposes = {name: Purpose(name, consent_required=name != FREE) for name in PURPOSES[:3]}
    return replace(rules(writes), purposes=purposes)


RULES = mailing()


def valid(said: Sequence[Said], purpose: str, channel: str) -> bool:
    """Tell from the words alone: what was said last of this channel where it is a no, else last of it or all."""
    if purpose == FREE:
        return True
    own = [one for one in said if purpose == "marketing" and one.channel == channel]
    whole = [one for one in said if purpose == "marketing" and not one.channel]
    return last_word(own) is not False and last_word([*own, *whole]) is True


def last_word(told: Sequence[Said]) -> bool | None:
    """Give what was said last, where a no beats a yes; None where nothing was."""
    last = max((one.at for one in told), default=None)
    return None if last is None else all(one.granted for one in told if one.at == last)


def speak(person: Person, said: Sequence[Said]) -> None:
    """Let statements arrive in this order, whatever their times."""
    for one in said:
        statement = ConsentStatement("marketing", one.channel, one.granted)
        person.event("Told", one.at * MINUTE, consent=(statement,))


def decided(person: Person) -> set[tuple[str, str]]:
    """Let the trigger fire, and give for what it would write."""
    person.actions.clear()
    person.event("Go", 5 * MINUTE)
    return {(one.purpose, one.channel) for one in person.actions if one.status == "scheduled"}


def permitted(profile: Profile) -> set[tuple[str, str]]:
    """Give for what a message that was decided before may leave now."""
    now = START + 6 * MINUTE
    return {
        (purpose, channel)
        for purpose, channel in product(PURPOSES, CHANNELS)
        if permit(profile, RULES, Sent(now, "a1", channel, purpose), now).profile is not None
    }


def cells(said: Sequence[Said]) -> set[tuple[str, str]]:
    """Give for what may be written after this was said."""
    return {cell for cell in product(PURPOSES, CHANNELS) if valid(said, *cell)}


def test_no_decision_writes_without_a_valid_statement() -> None:
    """Each state, purpose and channel as the decision is made."""
    for said in STATES:
        person = Person(RULES)
        speak(person, said)
        assert decided(person) == cells(said), said
    assert len(STATES) * len(PURPOSES) * len(CHANNELS) > 9_000


def test_no_intent_sends_without_a_valid_statement() -> None:
    """Each state that comes about after the decision, as the message is about to leave."""
    begun = (Said("", True, 0),)
    for said in STATES:
        person = Person(RULES)
        speak(person, begun)
        assert decided(person) == cells(begun)
        speak(person, said)
        assert permitted(person.profile) == cells((*begun, *said)), said


def pairs() -> Iterator[tuple[tuple[Said, ...], tuple[Said, ...]]]:
    """Give what two people may have said before they turn out to be one."""
    some = [state for state in STATES if len(state) <= 2 and all(one.channel in ("", "sms") for one in state)]
    return product(some, repeat=2)


@pytest.mark.parametrize("turn", [1, -1])
def test_after_a_merge_nothing_is_sent_that_either_had_withdrawn(turn: int) -> None:
    """Whoever is joined to whom; of what neither had forbidden one yes is enough, all over again afterwards."""
    for both in pairs():
        people = []
        for number, said in enumerate(both):
            person = Person(RULES, f"p{number * turn}")
            speak(person, said)
            people.append(person)
        refused = {
            (purpose, channel)
            for said, (purpose, channel) in product(both, product(PURPOSES, CHANNELS))
            if purpose == "marketing"
            and any(one.channel in ("", channel) for one in said)
            and not valid(said, purpose, channel)
        }
        allowed = cells(both[0]) | cells(both[1])
        people[0].join(people[1])
        sent = permitted(people[0].profile)
        assert sent == allowed - refused, both
        assert decided(people[0]) == sent, both
        by_name = {
            ("marketing", one.channel)
            for said in both
            for one in said
            if last_word([other for other in said if other.channel == one.channel]) is False
        }
        speak(people[0], (Said("", True, 3),))
        assert permitted(people[0].profile) == cells((Said("", True, 3),)) - by_name, both


def test_the_order_and_the_number_of_merges_never_matter() -> None:
    """Three people are one the same way however they are joined, and joining again changes nothing."""
    draw = Random(7)
    names = ("marketing/", "marketing/sms", "marketing/email", "news/sms")
    for _ in range(10_000):
        people = [
            {
                name: Consent(draw.random() < 0.5, draw.randrange(4), "shop")
                for name in names
                if draw.random() < 0.5
            }
            for _ in range(3)
        ]
        joined = [stricter(stricter(a, b), c) for a, b, c in permutations(people)]
        joined += [stricter(a, stricter(b, c)) for a, b, c in permutations(people)]
        assert all(one == joined[0] for one in joined), people
        assert stricter(joined[0], joined[0]) == joined[0]
