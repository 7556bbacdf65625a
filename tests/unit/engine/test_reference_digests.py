"""Small stories of digests and of triggers that are paused: the model, the engine and the page say the same."""

from __future__ import annotations

import pytest
from reference.digests import MOST
from reference.policy import MessageCap, Policy
from reference.posted import Posted, letter, paused, post, sending
from reference.rules import Named
from reference.small import came, looked, wait
from reference.timelines import START, Arrival, Leaves, Published

SIDES = pytest.mark.parametrize("side", ["model", "engine"])
NEWS = letter(digest=20, letter="news")
GATHERING = sending(NEWS, exit_on=(Named("Buy"),), keyed=True)


def add(at: int, event: str, now: int = 0, **more: str) -> Arrival:
    """Let something be added."""
    return came(at, "Add", id=event, now=now, k=event, **more)


def bought(at: int, key: str = "") -> Arrival:
    """Let it be bought."""
    return came(at, "Buy", id=f"bought {key}", **({"k": key} if key else {}))


def told(*happened: Arrival, policy: Policy | None = None) -> Posted:
    """Tell what happens, and let the clock run out."""
    return Posted([GATHERING], [*happened, looked(500)], policy or Policy())


@SIDES
@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (30, [("a/a/0", 30, "scheduled"), ("b/b/0", 30, "cancelled")]),
        (31, [("a/a/0", 30, "scheduled"), ("b/b/0", 51, "scheduled")]),
    ],
)
def test_a_firing_exactly_at_the_due_joins(side: str, at: int, expected: list[tuple[str, int, str]]) -> None:
    """One millisecond later it opens another."""
    assert told(add(10, "a"), add(at, "b")).actions(side) == expected


@SIDES
def test_a_late_firing_takes_the_place_that_it_would_have_had(side: str) -> None:
    """It opens the digest, which is due earlier, and what came behind that due opens another."""
    story = told(add(20, "a"), add(35, "b"), add(12, "c", now=36))
    assert story.actions(side) == [
        ("c/c/0", 32, "scheduled"),
        ("a/a/0", 32, "cancelled"),
        ("b/b/0", 55, "scheduled"),
    ]


@SIDES
@pytest.mark.parametrize(("at", "expected"), [(30, ["b/b/0"]), (31, ["a/a/0", "b/b/0"])])
def test_an_exit_event_exactly_at_the_due_takes_a_firing_out(side: str, at: int, expected: list[str]) -> None:
    """What opened the digest stays its beginning."""
    story = told(add(10, "a"), add(25, "b"), bought(at, "a"))
    assert [name for name, _, _ in story.actions(side)] == expected
    assert {when for _, when, _ in story.actions(side)} == {30}


@SIDES
def test_a_digest_that_everybody_was_taken_out_of_sends_nothing(side: str) -> None:
    """An exit event without a key takes out all; the next firing joins what is still gathered until its due."""
    assert told(add(10, "a"), add(12, "b"), bought(15)).actions(side) == []
    story = told(add(10, "a"), bought(15), add(30, "b"))
    assert story.actions(side) == [("b/b/0", 30, "scheduled")]


@SIDES
@pytest.mark.parametrize(("at", "status"), [(30, "suppressed"), (31, "scheduled")])
def test_a_withdrawal_at_the_very_due_stops_it(side: str, at: int, status: str) -> None:
    """The delivery is the oldest firing's; the other's is joined to it all the same."""
    news = sending(letter(digest=20, letter="news", purpose="news"))
    turns = [
        came(0, "Said", consent={("news", "sms"): True}, id="yes"),
        add(10, "a"),
        add(20, "b"),
        came(at, "Said", consent={("news", "sms"): False}, id="no"),
        looked(500),
    ]
    story = Posted([news], turns)
    assert story.actions(side) == [("a/0", 30, status), ("b/0", 30, "cancelled")]


CAP = Policy((MessageCap(1, 60, hold=True),))
VIEW = sending(letter(), name="v", names=("View",))


def held(*happened: Arrival) -> Posted:
    """Tell what happens behind a message that leaves at 5, and so holds all others until 66."""
    first = [came(5, "View", id="v"), post(5)]
    return Posted([VIEW, GATHERING], [*first, *happened, looked(500), post(500)], CAP)


@SIDES
def test_two_digests_that_wait_for_one_moment_leave_as_one(side: str) -> None:
    """They were due at 30 and at 55, and are both free at 66."""
    story = held(add(10, "a"), add(35, "b"))
    assert story.actions(side)[1:] == [("a/a/0", 66, "scheduled"), ("b/b/0", 66, "cancelled")]


@SIDES
@pytest.mark.parametrize(("at", "expected"), [(66, ["b/b/0"]), (67, ["a/a/0", "b/b/0"])])
def test_an_exit_event_takes_a_firing_out_of_a_digest_that_is_held(
    side: str, at: int, expected: list[str]
) -> None:
    """Up to the moment for which it waits; nobody joins it any more."""
    story = held(add(10, "a"), add(20, "b"), add(40, "c"), bought(at, "a"))
    assert [name for name, when, _ in story.actions(side) if when == 66][: len(expected)] == expected


@SIDES
@pytest.mark.parametrize(("look", "how"), [(70, "sent"), (71, "expired")])
def test_a_digest_is_valid_from_its_due_whatever_it_was_held_for(side: str, look: int, how: str) -> None:
    """Due at 30 and valid for 40, it is let go at 66, and no longer good behind 70."""
    news = sending(letter(digest=20, letter="news", valid_for=40))
    turns = [came(5, "View", id="v"), post(5), add(10, "a"), looked(67), Leaves(START + look, prompt=False)]
    assert Posted([VIEW, news], turns, CAP).left(side)[-1] == ("a/0", "sms", look, how)


@SIDES
@pytest.mark.parametrize(("others", "taken"), [([], [("a/a/0", "sms")]), ([add(20, "b")], [])])
def test_once_let_go_only_a_message_about_one_firing_is_taken_back(
    side: str, others: list[Arrival], taken: list[tuple[str, str]]
) -> None:
    """Here a cap that is published behind its due holds it."""
    rules = [VIEW, GATHERING]
    capped = Published(rules, START + 31, CAP)
    turns = [came(5, "View", id="v"), post(5), add(10, "a"), *others, looked(31), capped, post(32)]
    story = Posted(rules, [*turns, bought(40), post(100)])
    assert story.taken_back(side) == taken
    assert (("a/a/0", "sms", 66, "sent") in story.left(side)) != bool(taken)


@SIDES
def test_what_two_people_gather_is_one_digest_once_they_are_one(side: str) -> None:
    """By the same rule, as if it always had been."""
    turns = [
        add(10, "a"),
        came(15, "Add", id="b", k="b", person="q"),
        came(20, "Said", joins="q"),
        looked(500),
    ]
    assert Posted([GATHERING], turns).actions(side) == [
        ("a/a/0", 30, "scheduled"),
        ("b/b/0", 30, "cancelled"),
    ]


@SIDES
def test_a_digest_has_room_for_so_many_firings(side: str) -> None:
    """The next one is suppressed for this step; where a merge brings more together, the oldest are told."""
    story = told(*(add(10 + number % 3, f"e{number}") for number in range(MOST + 1)))
    statuses = [status for _, _, status in story.actions(side)]
    assert statuses == ["suppressed", "scheduled", *["cancelled"] * (MOST - 1)]
    mine = [came(10, "Add", id=f"p{n}", k=f"{n}") for n in range(MOST)]
    theirs = [came(9, "Add", id=f"q{n}", k=f"{n}", person="q") for n in range(2)]
    merged = Posted([GATHERING], [*mine, *theirs, came(12, "Said", joins="q"), looked(500)])
    statuses = [status for _, _, status in merged.actions(side)]
    assert statuses == ["scheduled", *["cancelled"] * (MOST - 1), "suppressed", "suppressed"]


@SIDES
def test_a_firing_whose_rule_is_gone_is_left_out(side: str) -> None:
    """The others leave without it."""
    other = sending(NEWS, name="u", names=("View",))
    turns = [add(10, "a"), came(12, "View", id="b"), Published([other], START + 13), looked(500)]
    assert Posted([GATHERING, other], turns).actions(side) == [("b/0", 30, "scheduled")]


@SIDES
def test_a_paused_trigger_decides_nothing_new_and_goes_on_with_what_it_began(side: str) -> None:
    """Its journeys and digests leave; once it is resumed it fires again, for nothing that it missed."""
    rule = sending(NEWS, wait(30), letter())
    turns = [
        add(10, "a"),
        paused("t", 11),
        add(50, "b"),
        looked(60),
        paused("t", 60, is_on=False),
        add(70, "c"),
        looked(500),
    ]
    story = Posted([rule], turns)
    assert story.decided(side) == [("t", 10, "fired"), ("t", 50, "suppressed"), ("t", 70, "fired")]
    assert [(name, when) for name, when, _ in story.actions(side)] == [
        ("a/0", 30),
        ("a/2", 40),
        ("c/0", 90),
        ("c/2", 100),
    ]


@SIDES
def test_the_end_of_a_burst_is_judged_as_paused_or_not(side: str) -> None:
    """As of then, whenever its matches came."""
    rule = sending(letter(), debounce=20, trailing=True)
    over = [add(10, "a"), paused("t", 11), looked(100), paused("t", 100, is_on=False), looked(500)]
    assert Posted([rule], over).decided(side) == [("t", 30, "suppressed")]
    again = [add(10, "a"), paused("t", 11), paused("t", 20, is_on=False), looked(500)]
    assert Posted([rule], again).decided(side) == [("t", 30, "fired")]
