"""Exit events while a message is held: at night, by a full cap, at its decision or only at its intent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from competing import mail, trigger
from governing import BERLIN, NIGHT, at
from one_person import ACT, DAY, HOUR, MINUTE, START, Person, rules

from core.engine.governance import permit
from core.engine.policy import MessageCap, Policy
from core.engine.profile import WAITING_LIMIT, Sent
from core.engine.rule import Pattern, Wait

ORDERED = (Pattern("Ordered"),)
NIGHTLY = at("2026-03-02T22:00:00Z") - START
MORNING = at("2026-03-03T07:00:00Z") - START
LETTER = replace(mail(), purpose="letters")


def nightly(*caps: MessageCap, steps: tuple[Any, ...] = (LETTER,), **more: Any) -> Person:
    """Make a person in Berlin whose trigger writes at an event."""
    found = replace(trigger("t", group="", steps=steps), **{"exit_on": ORDERED, **more})
    under = replace(rules(found), policy=Policy(caps, NIGHT))
    purposes = {
        "letters": replace(under.purposes["transactional"], name="letters", caps=True, quiet_hours=True)
    }
    person = Person(replace(under, purposes=purposes))
    person.event("Said", 0, traits={"timezone": BERLIN})
    return person


@pytest.mark.parametrize(
    ("when", "cart", "taken"),
    [(MINUTE, "c", True), (MINUTE, "d", False), (0, "", True), (MORNING - NIGHTLY, "c", True)],
)
def test_an_exit_event_takes_back_a_message_that_waits_for_the_morning(
    when: int, cart: str, taken: bool
) -> None:
    """Up to the moment at which it leaves; a decision says so, and names the event."""
    person = nightly()
    person.event("Added", NIGHTLY, {"cart": "c"}, id="added")
    person.event("Ordered", NIGHTLY + when, {"cart": cart} if cart else {}, id="order")
    (action,) = person.actions
    assert (action.status, action.due_at) == ("scheduled", START + MORNING)
    assert person.cancelled == ([action.id] if taken else [])
    if taken:
        (why,) = person.last.reasons
        assert (person.last.outcome, person.last.event_id, why.expression) == ("not_met", "added", "exit_on")
        assert why.needed == "none until 2026-03-03T07:00:00.000Z"
    person.event("Ordered", NIGHTLY + when, id="again")
    assert len(person.cancelled) == 1
    assert len({one.id for one in person.decisions}) == len(person.decisions)


def test_an_exit_event_behind_the_morning_takes_nothing_back() -> None:
    """What was due before it has left or will."""
    person = nightly()
    person.event("Added", NIGHTLY)
    person.event("Ordered", MORNING + 1)
    assert person.cancelled == []


def test_a_message_that_leaves_at_once_is_not_taken_back() -> None:
    """Nothing is held by day; also of one whose due an exit event meets."""
    person = nightly()
    person.event("Added", 0)
    person.event("Ordered", 0)
    assert ([one.status for one in person.actions], person.cancelled) == (["scheduled"], [])


def test_a_message_whose_exit_event_is_known_is_not_held() -> None:
    """A late cart at night, whose order has come, writes to nobody."""
    person = nightly()
    person.event("Ordered", NIGHTLY + MINUTE, id="order")
    person.event("Added", NIGHTLY)
    (action,) = person.actions
    assert (action.status, action.reason) == ("suppressed", "exit_on: Ordered (order)")
    assert person.profile.waiting == {}


def test_an_exit_event_of_the_other_takes_back_a_message_when_two_become_one() -> None:
    """The joined history decides, at the next event or wake."""
    person, other = nightly(), nightly()
    other.profile.id, other.profile.settled, other.seq = "q", ("q",), 100
    person.event("Added", NIGHTLY)
    other.event("Ordered", NIGHTLY + MINUTE)
    person.join(other)
    person.event("Said", NIGHTLY + 2 * MINUTE)
    assert person.cancelled == [person.actions[0].id]


def test_a_message_that_is_held_only_at_its_intent_can_be_taken_back_too() -> None:
    """Room that was there at the decision is gone: it waits, and an exit event reaches it until then."""
    person = nightly(MessageCap(1, HOUR, over="hold"))
    person.event("Added", 0)
    (action,) = person.actions
    assert action.due_at == START
    person.profile.sent = [Sent(START, "other", "email", "letters")]
    ruled = permit(person.profile, person.rules, Sent(0, action.id, "email", "letters"), START + 1)
    assert ruled.until == START + HOUR + 1
    assert ruled.profile is not None
    person.profile = ruled.profile
    person.event("Ordered", MINUTE)
    assert person.cancelled == [action.id]


def test_a_message_that_has_left_cannot_be_taken_back() -> None:
    """Once its intent is committed a late exit event finds nothing."""
    person = nightly()
    person.event("Added", NIGHTLY)
    (action,) = person.actions
    ruled = permit(person.profile, person.rules, Sent(0, action.id, "email", "letters"), START + MORNING)
    assert ruled.profile is not None
    person.profile = ruled.profile
    person.event("Ordered", MORNING - 1)
    assert person.cancelled == []


def test_steps_behind_a_wait_are_taken_back_at_night_as_well() -> None:
    """A message that a wait let go into the night is as held as a first one."""
    person = nightly(steps=(ACT, Wait(NIGHTLY), LETTER))
    person.event("Added", 0)
    person.until(NIGHTLY + 1)
    assert person.actions[-1].due_at == START + MORNING
    person.event("Ordered", NIGHTLY + MINUTE)
    assert person.cancelled == [person.actions[-1].id]


def test_a_message_that_would_outlast_its_time_expires_at_once() -> None:
    """What is not free before it is no longer valid says so, and nothing waits."""
    person = nightly(steps=(replace(LETTER, valid_for=HOUR),))
    person.event("Added", NIGHTLY)
    (action,) = person.actions
    assert (action.status, action.reason) == (
        "expired",
        "valid until 2026-03-02T23:00:00.000Z, and not free before 2026-03-03T07:00:00.000Z",
    )
    assert person.profile.waiting == {}


def test_what_waits_is_remembered_within_bounds() -> None:
    """Old messages are forgotten, and of very many the last are kept; without exit events none is."""
    person = nightly()
    for number in range(WAITING_LIMIT + 5):
        person.event("Added", number)
    assert len(person.profile.waiting["t"]) == WAITING_LIMIT
    person.event("Added", 3 * DAY)
    assert len(person.profile.waiting["t"]) == 1
    person = nightly(exit_on=())
    person.event("Added", NIGHTLY)
    assert person.profile.waiting == {}
