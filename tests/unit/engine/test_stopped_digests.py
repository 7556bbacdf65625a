"""What is stopped of a digest: the firing that finds no room, and the message of all."""

from __future__ import annotations

from dataclasses import replace

from digesting import add, alert, gathering, letter, someone
from governing import got
from one_person import DAY, HOUR, MINUTE, START
from stopping import DATA, NO, YES, stops

from core.engine.decision import gate_of
from core.engine.instant import iso
from core.engine.policy import MessageCap, Policy
from core.engine.profile import DIGEST_LIMIT
from core.engine.rule import Wait


def test_a_case_that_finds_no_room_in_its_digest_says_so() -> None:
    """At the firing that comes to a full one, with what it holds."""
    person = someone()
    for number in range(DIGEST_LIMIT + 1):
        add(person, f"c{number}", number)
    (stop,) = stops(person)
    (reason,) = stop.reasons
    seen = f"the digest of {iso(START + HOUR)} is full: {DIGEST_LIMIT} cases"
    assert (reason.gate, reason.expression, reason.saw, reason.step) == ("limits", "digest news", seen, 0)
    assert (reason.needed, stop.key) == ("room in the digest", f"c{DIGEST_LIMIT}")
    assert person.actions[-1].reason == seen


def test_of_people_who_are_one_the_cases_that_are_too_many_say_so() -> None:
    """The oldest are told; each of the others has its own decision."""
    person, other = someone(), someone(name="q")
    for number in range(DIGEST_LIMIT):
        add(person, f"c{number}", 2 * number)
    other.seq = person.seq
    add(other, "c50", 1)
    person.join(other)
    person.until(2 * HOUR)
    (stop,) = stops(person)
    assert (stop.key, stop.reasons[0].gate, stop.reasons[0].expression) == (
        f"c{DIGEST_LIMIT - 1}",
        "limits",
        "digest news",
    )
    assert str(stop.reasons[0].saw).startswith("no room in digest a_")


def test_a_digest_that_is_stopped_says_so_once() -> None:
    """For the firing whose delivery it is; the others' deliveries name it."""
    person = someone(policy=Policy((MessageCap(1, DAY),)))
    add(person, "a", 0)
    add(person, "b", MINUTE)
    person.profile.sent = got(START + MINUTE)
    person.until(2 * HOUR)
    (stop,) = stops(person)
    assert (stop.key, gate_of(stop.outcome, stop.reasons)) == ("a", "caps")
    assert [one.status for one in person.actions] == ["suppressed", "cancelled"]


def test_a_digest_in_shadow_asks_for_consent_and_gathers_nothing() -> None:
    """Behind a wait, as live."""
    step = gathering(replace(letter(), purpose="marketing"))
    person = someone(alert(steps=(DATA, Wait(HOUR), step), status="shadow"))
    person.event("Said", 0, consent=YES)
    add(person, "a", 1)
    add(person, "b", 2 * HOUR)
    person.event("Said", 2 * HOUR + 1, consent=NO)
    person.until(DAY)
    (stop,) = stops(person)
    assert (stop.key, stop.shadow, stop.reasons[0].saw, person.profile.digests) == (
        "b",
        True,
        "withdrawn",
        {},
    )
