"""Waits until a time: one that a formula gives, or one that the person's clock shows."""

from __future__ import annotations

from typing import Any

import pytest
from governing import at
from one_person import ACT, DAY, HOUR, MINUTE, START, Person, rules

from core.engine.formula import compile_formula
from core.engine.rule import EventAnchor, Pattern, Trigger, Wait

BERLIN, LORD_HOWE = "Europe/Berlin", "Australia/Lord_Howe"


def waiting(wait: Wait, *more: Any) -> Person:
    """Make a person whose trigger acts, waits and acts again."""
    steps = (ACT, wait, ACT, *more)
    when = EventAnchor((Pattern("Added"),))
    return Person(rules(Trigger("t", when, steps, status="live", anchor_hash="a", journey_hash="j")))


def dues(person: Person) -> list[int]:
    """Give when each action was let go."""
    return [action.due_at - START for action in person.actions]


def let_go(wait: Wait, when: str, **more: Any) -> int:
    """Tell how long a wait lasts that begins at a time."""
    begin = at(when) - START
    person = waiting(wait)
    person.event("Added", begin, **more)
    person.until(begin + 400 * DAY)
    first, second = dues(person)
    assert first == begin
    return second - first


UNTIL = Wait(until=compile_formula("profile.traits.ends"))


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ("2026-03-05T12:00:00Z", 2 * DAY),
        ("2026-03-03T12:00:00.001Z", 1),
        (at("2026-03-03T13:00:00Z") / 1_000, HOUR),
        # A date is the first moment of that day where the person is.
        ("2026-03-05", 2 * DAY - 13 * HOUR),
        # What has come, lies behind or cannot be told does not wait.
        ("2026-03-03T12:00:00Z", 0),
        ("2026-03-03", 0),
        ("soon", 0),
        (None, 0),
        (True, 0),
    ],
)
def test_a_wait_until_a_time_lasts_until_then(ends: Any, expected: int) -> None:
    """The formula gives the time when the step before is let go."""
    traits = {"timezone": BERLIN, **({} if ends is None else {"ends": ends})}
    assert let_go(UNTIL, "2026-03-03T12:00:00Z", traits=traits) == expected


@pytest.mark.parametrize("ends", ["2026-01-01", "soon"])
def test_a_wait_until_a_time_that_is_none_may_last_for_a_while_instead(ends: str) -> None:
    """The duration beside the formula stands for what cannot be told or has passed."""
    wait = Wait(HOUR, until=UNTIL.until)
    assert let_go(wait, "2026-03-03T12:00:00Z", traits={"ends": ends}) == HOUR


def test_a_wait_until_a_time_reads_what_is_known_when_it_begins() -> None:
    """What the person says later does not move it, and the event of the trigger may give it."""
    person = waiting(Wait(until=compile_formula("timestamp(properties.at) - duration('1h')")))
    person.event("Added", 0, {"at": "2026-03-02T13:00:00Z"})
    person.event("Said", MINUTE, {"at": "2027-01-01T00:00:00Z"})
    person.until(DAY)
    assert dues(person) == [0, 2 * HOUR]


@pytest.mark.parametrize(
    ("clock", "when", "zone", "expected"),
    [
        ("10:00", "2026-03-03T08:00:00Z", BERLIN, HOUR),
        ("10:00", "2026-03-03T08:59:59.999Z", BERLIN, 1),
        # At that very time it is the next day's.
        ("10:00", "2026-03-03T09:00:00Z", BERLIN, DAY),
        ("10:00", "2026-03-03T10:00:00Z", BERLIN, 23 * HOUR),
        ("00:00", "2026-03-03T22:00:00Z", BERLIN, HOUR),
        ("10:00", "2026-03-03T08:00:00Z", None, 2 * HOUR),
        # A day of 23 hours, and one of 25.
        ("10:00", "2026-03-28T09:00:00Z", BERLIN, 23 * HOUR),
        ("10:00", "2026-10-24T08:00:00Z", BERLIN, 25 * HOUR),
        ("10:00", "2026-04-03T23:00:00Z", LORD_HOWE, DAY + HOUR // 2),
        ("10:00", "2026-10-02T23:30:00Z", LORD_HOWE, DAY - HOUR // 2),
        # Skipped, so at the change; shown twice, so the first time, and the next day's from then on.
        ("02:30", "2026-03-29T00:00:00Z", BERLIN, HOUR),
        ("02:30", "2026-10-25T00:00:00Z", BERLIN, HOUR // 2),
        ("02:30", "2026-10-25T00:30:00Z", BERLIN, 25 * HOUR),
        ("02:30", "2026-10-25T01:10:00Z", BERLIN, 24 * HOUR + 20 * MINUTE),
    ],
)
def test_a_wait_at_a_time_of_day_lasts_until_the_clock_next_shows_it(
    clock: str, when: str, zone: str | None, expected: int
) -> None:
    """The clock is the person's, over both changes of the year; UTC where nothing tells."""
    hours, minutes = clock.split(":")
    wait = Wait(clock=int(hours) * 60 + int(minutes))
    assert let_go(wait, when, traits={"timezone": zone} if zone else {}) == expected


def test_waits_follow_one_another() -> None:
    """Each begins when the step before it was let go, not when somebody looked."""
    person = waiting(Wait(clock=10 * 60), Wait(HOUR), ACT, Wait(clock=10 * 60), ACT)
    person.event("Added", HOUR)
    person.until(10 * DAY)
    assert dues(person) == [HOUR, DAY, DAY + HOUR, 2 * DAY]


def test_an_exit_event_ends_a_wait_until_its_time() -> None:
    """It is in force however long the wait is."""
    when = EventAnchor((Pattern("Added"),))
    leaves = Trigger(
        "t", when, (ACT, UNTIL, ACT), status="live", exit_on=(Pattern("Ordered"),), journey_hash="j"
    )
    for exits_at, sent in ((30 * DAY, 1), (30 * DAY + 1, 2)):
        person = Person(rules(leaves))
        person.event("Added", 0, traits={"ends": (START + 30 * DAY) / 1_000})
        person.event("Ordered", exits_at)
        person.until(60 * DAY)
        assert len(person.actions) == sent
