"""Digests: who joins which, what is told of them, and what takes them out."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from digesting import VIEWED, add, alert, gathering, letter, sent, someone, texts
from one_person import DAY, HOUR, MINUTE, START, Person

from core.engine import merge, next_due
from core.engine.digests import digests_of
from core.engine.formula import compile_formula
from core.engine.instant import iso
from core.engine.rule import EventAnchor, Pattern, Wait
from core.engine.value import compile_value


def test_firings_of_one_hour_leave_as_one_message_about_all() -> None:
    """It is the oldest firing's delivery; the other's says into which one it went."""
    person = someone()
    add(person, "a", 0)
    add(person, "b", MINUTE)
    assert (person.actions, [one.outcome for one in person.decisions]) == ([], ["fired", "fired"])
    assert next_due(person.profile) == START + HOUR + 1
    person.until(HOUR + 1)
    first, second = person.actions
    assert (first.status, first.fields["text"], first.due_at) == ("scheduled", "t:a t:b ", START + HOUR)
    assert (first.decision_id, first.profile_id, first.message) == (person.decisions[0].id, "p", "news")
    assert (second.status, second.reason, second.fields) == ("cancelled", f"joined digest {first.id}", {})
    assert (second.decision_id, second.due_at) == (person.decisions[1].id, START + HOUR)
    assert (person.profile.digests, next_due(person.profile)) == ({}, None)


def test_the_decision_says_that_its_message_waits_and_for_how_long() -> None:
    """What joins names the due of the digest that it finds; behind a wait nobody knows it yet."""
    person = someone(alert(steps=(gathering(), Wait(DAY), gathering())))
    add(person, "a", 0)
    add(person, "b", MINUTE)
    due = iso(START + HOUR)
    for one in person.decisions:
        first, second = (reason.saw for reason in one.reasons if reason.gate == "consent")
        assert (first, second) == (f"may be sent, in the digest of {due}", "may be sent")


@pytest.mark.parametrize(("at", "messages"), [(HOUR, ["t:a t:b"]), (HOUR + 1, ["t:a", "t:b"])])
def test_the_due_itself_still_joins_and_the_next_millisecond_opens_another(
    at: int, messages: list[str]
) -> None:
    """The second is due as long after its own first firing."""
    person = someone()
    add(person, "a", 0)
    add(person, "b", at)
    person.until(DAY)
    assert texts(person) == messages
    assert [one.due_at - START for one in sent(person)] == [HOUR, HOUR + 1 + HOUR][: len(messages)]


def test_a_digest_that_waits_for_late_events_takes_nobody_in_behind_its_due() -> None:
    """It is drained as much later as its first event may be, and the next is open meanwhile."""
    person = someone()
    add(person, "a", 0, lateness=2 * HOUR)
    add(person, "b", HOUR + 1)
    assert [one.due - START for one in digests_of(person.profile)] == [HOUR, 2 * HOUR + 1]
    add(person, "c", HOUR + 2)
    assert next_due(person.profile) == START + 2 * HOUR + 2
    person.until(DAY)
    assert sorted(texts(person)) == ["t:a", "t:b t:c"]


def test_a_late_firing_takes_the_place_that_it_would_have_had() -> None:
    """It opens the digest, whose due is its; what lies behind that opens the next."""
    person = someone()
    add(person, "b", 30 * MINUTE)
    add(person, "c", 65 * MINUTE)
    add(person, "a", 0)
    assert [[one.key for one in digest.joined] for digest in digests_of(person.profile)] == [
        ["a", "b"],
        ["c"],
    ]
    person.until(DAY)
    assert texts(person) == ["t:a t:b", "t:c"]


def test_each_case_shows_what_its_trigger_saw() -> None:
    """Oldest first, each with its key, trigger and time; the oldest is also the message's own case."""
    shown = "=cases"
    other = alert("u", when=VIEWED, steps=(gathering(letter(shown)),))
    person = someone(alert(steps=(gathering(letter(shown)),)), other)
    add(person, "a", 1, id="one")
    person.event("Viewed", 2)
    person.until(DAY)
    first, second = sent(person)[0].fields["text"]
    assert list(first) == ["first", "last", "events", "count", "sum", "key", "trigger", "at"]
    assert (first["key"], first["trigger"], first["at"], first["count"]) == ("a", "t", iso(START + 1), 1)
    assert first["last"]["messageId"] == "one"
    assert (second["key"], second["trigger"], second["at"]) == (None, "u", iso(START + 2))
    mine = someone(alert(steps=(gathering(letter("{{ key }} {{ case.count }} {{ cases | size }}")),)))
    add(mine, "a", 0)
    add(mine, "b", 0)
    mine.until(DAY)
    assert texts(mine) == ["a 1 2"]


def test_a_case_that_two_people_wait_with_is_told_once() -> None:
    """After a merge it is one case of one message."""
    one, two = someone(), someone(name="q")
    for person in (one, two):
        add(person, "a", 0, id="e7")
    one.join(two)
    one.until(HOUR + 1)
    assert texts(one) == ["t:a"]


def test_an_exit_event_takes_its_case_out_and_leaves_the_others() -> None:
    """The digest keeps its due when its first case goes; the message is then the next one's."""
    person = someone()
    add(person, "a", 0, id="first")
    add(person, "b", MINUTE)
    add(person, "c", HOUR)
    person.event("Ordered", HOUR, {"cart": "a"}, id="order")
    (why,) = person.last.reasons
    assert (person.last.outcome, person.last.event_id, why.expression) == ("not_met", "first", "exit_on")
    assert why.needed == f"none until {iso(START + HOUR)}"
    person.event("Ordered", HOUR, {"cart": "c"})
    assert next_due(person.profile) == START + HOUR + 1
    person.until(DAY)
    assert (texts(person), len(person.actions), person.actions[0].due_at) == (["t:b"], 1, START + HOUR)
    assert person.actions[0].decision_id == person.decisions[1].id


def test_an_exit_event_behind_the_due_is_too_late() -> None:
    """Even where the digest still waits for late events."""
    person = someone()
    add(person, "a", 0, lateness=HOUR)
    person.event("Ordered", HOUR + 1)
    person.until(DAY)
    assert texts(person) == ["t:a"]


def test_a_firing_whose_exit_event_is_known_does_not_stay() -> None:
    """A late cart whose order has come is told to nobody."""
    person = someone()
    person.event("Ordered", MINUTE)
    add(person, "a", 0)
    person.until(DAY)
    assert person.actions == []


def test_an_exit_event_counts_where_a_late_firing_moves_the_due_behind_it() -> None:
    """The case was in a digest that was due before it; in its new one it comes in time."""
    other = alert("u", when=EventAnchor((Pattern("Viewed"),)))
    person = someone(alert(exit_on=()), other)
    add(person, "a", 30 * MINUTE, lateness=3 * HOUR)
    person.event("Viewed", 75 * MINUTE)
    person.event("Ordered", 100 * MINUTE, id="order")
    add(person, "early", 0, lateness=3 * HOUR)
    assert [digest.due - START for digest in digests_of(person.profile)] == [HOUR, 135 * MINUTE]
    person.until(DAY)
    assert texts(person) == ["t:early t:a"]
    (ended,) = [one for one in person.decisions if one.trigger == "u" and one.outcome == "not_met"][:1]
    assert "Ordered (order)" in ended.reasons[0].saw


def test_an_empty_digest_sends_nothing_and_says_so() -> None:
    """At its due, whoever was taken out of it; until then others may join it."""
    person = someone()
    add(person, "a", 0)
    person.event("Ordered", MINUTE)
    assert next_due(person.profile) == START + HOUR + 1
    joins = Person(person.rules)
    joins.profile, joins.seq = person.profile, person.seq
    person.until(DAY)
    (why,) = person.last.reasons
    assert (person.actions, person.last.outcome, person.last.at) == ([], "not_met", START + HOUR)
    assert (why.expression, why.saw) == ("digest news", "every case was taken out of it")
    assert len({one.id for one in person.decisions}) == len(person.decisions) == 3
    assert person.profile.digests == {}
    add(joins, "b", 2 * MINUTE)
    joins.until(DAY)
    assert [one.due_at for one in sent(joins)] == [START + HOUR]


def test_history_ends_cases_and_opens_none() -> None:
    """Imported carts fire nothing, an imported order takes its case out."""
    person = someone()
    add(person, "a", 0)
    add(person, "b", 1, quiet=True)
    person.event("Ordered", 2, quiet=True)
    person.until(DAY)
    assert person.actions == []


@pytest.mark.parametrize("seed", range(60))
def test_who_leaves_with_whom_follows_from_the_firings_alone(seed: int) -> None:
    """Whatever the order of their arrival, and in however many people they are found to be one."""
    chance = Random(seed)
    times = sorted(chance.sample(range(0, 4 * HOUR, MINUTE), 12))
    expected: list[list[int]] = []
    for at in times:
        if expected and at <= expected[-1][0] + HOUR:
            expected[-1].append(at)
        else:
            expected.append([at])
    people = [someone(alert(exit_on=()), name=name) for name in ("p", "q", "r")]
    for place, person in enumerate(people):
        person.seq = 1_000 * place
    for at in chance.sample(times, len(times)):
        add(chance.choice(people), str(at), at, lateness=DAY)
    first, second, third = (person.profile for person in people)
    left, right = merge(merge(first, second), third), merge(third, merge(second, first))
    assert left == right
    found = [[one.since - START for one in digest.joined] for digest in digests_of(left)]
    assert found == expected
    assert all(later[0] > earlier[0] + HOUR for earlier, later in pairwise(found))


def test_a_formula_elsewhere_cannot_read_cases() -> None:
    """They exist where a message is filled in, and nowhere else."""
    assert compile_value("=size(cases)") is not None
    with pytest.raises(Exception, match="cases is read in messages alone"):
        compile_formula("properties.a == size(cases)")
