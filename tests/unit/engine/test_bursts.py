"""Debounce: of matches that follow each other closely the first or the last is judged."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_person import DAY, HOUR, MINUTE, START, Person, rules, trigger

from core.engine import next_due
from core.engine.condition import FormulaCondition
from core.engine.decision import gate_of
from core.engine.formula import compile_formula
from core.engine.profile import BURST_LIMIT
from core.engine.rule import Debounce, EventAnchor, Limits, Pattern, RuleSet

SECOND = 1_000
SPAN = 10 * SECOND
SEEN = EventAnchor((Pattern("Seen"),), key=compile_formula("properties.page"))
EDGES = pytest.mark.parametrize("edge", ["leading", "trailing"])


def debounced(edge: Any, **more: Any) -> RuleSet:
    """Make a trigger that lets a burst of ten seconds count as one."""
    return rules(trigger("t", SEEN, limits=Limits(debounce=Debounce(SPAN, edge)), **more))


def fired(person: Person) -> list[tuple[int, str]]:
    """Give when what fired was judged, and by which event."""
    return [(one.at - START, one.event_id) for one in person.decisions if one.outcome == "fired"]


@EDGES
def test_ten_events_in_a_second_fire_once(edge: str) -> None:
    """The first is judged at once, or the last when the burst is over."""
    person = Person(debounced(edge))
    for number in range(10):
        person.event("Seen", number * 100, id=f"e{number}")
    person.until(HOUR)
    assert fired(person) == ([(0, "e0")] if edge == "leading" else [(900 + SPAN, "e9")])


def test_the_others_of_a_leading_burst_are_suppressed_with_a_reason() -> None:
    """The gate is `limits`, and the reason names the match that was nearest."""
    person = Person(debounced("leading"))
    person.event("Seen", 0)
    person.event("Seen", 3 * SECOND)
    (why,) = [reason for reason in person.last.reasons if not reason.passed]
    assert (person.last.outcome, why.gate, why.expression, why.saw, why.needed) == (
        "suppressed",
        "limits",
        "debounce 10s",
        "matched at 2026-03-02T10:00:00.000Z",
        "a burst of which none was judged",
    )
    (first,) = [reason for reason in person.decisions[0].reasons if reason.gate == "limits"]
    assert (first.passed, first.saw) == (True, "no match before")


def test_the_others_of_a_trailing_burst_leave_no_decision() -> None:
    """Like events that join a case they are part of what is judged later."""
    person = Person(debounced("trailing"))
    for at in (0, 3 * SECOND):
        person.event("Seen", at)
    assert person.decisions == []
    assert next_due(person.profile) == START + 3 * SECOND + SPAN + 1
    assert person.until(HOUR) == ["t"]
    assert len(person.decisions) == 1


@EDGES
def test_a_burst_goes_on_as_long_as_each_match_follows_the_one_before(edge: str) -> None:
    """Nine seconds apart is one burst for a minute; exactly ten seconds apart is another."""
    person = Person(debounced(edge))
    for at in (0, 9, 18, 27, 37):
        person.event("Seen", at * SECOND, id=f"at{at}")
    person.until(HOUR)
    expected = [(0, "at0"), (37, "at37")] if edge == "leading" else [(37, "at27"), (47, "at37")]
    assert fired(person) == [(at * SECOND, name) for at, name in expected]


@EDGES
def test_each_key_has_bursts_of_its_own(edge: str) -> None:
    """Two pages are two bursts."""
    person = Person(debounced(edge))
    for at, page in ((0, "a"), (1, "b"), (2, "a"), (3, "b")):
        person.event("Seen", at * SECOND, {"page": page})
    person.until(HOUR)
    assert sorted(one.key or "" for one in person.decisions if one.outcome == "fired") == ["a", "b"]


def test_a_trailing_burst_is_judged_as_of_its_end() -> None:
    """What holds ten seconds behind the last match counts, not what held when it came."""
    wanted = FormulaCondition(compile_formula('profile.traits.wants == "yes"'))
    person = Person(debounced("trailing", only_if=wanted))
    person.event("Seen", 0, traits={"wants": "no"})
    person.event("Said", SECOND, traits={"wants": "yes"})
    assert person.until(HOUR) == ["t"]


def test_a_leading_burst_is_judged_by_its_first_match_alone() -> None:
    """Where that one is not met, those behind it are still of its burst."""
    person = Person(debounced("leading", only_if=FormulaCondition(compile_formula("properties.ok == true"))))
    person.event("Seen", 0, {"ok": False})
    person.event("Seen", SECOND, {"ok": True})
    assert [one.outcome for one in person.decisions] == ["not_met", "suppressed"]
    person.event("Seen", SECOND + SPAN, {"ok": True})
    assert person.last.outcome == "fired"


@pytest.mark.parametrize(
    ("late", "outcome"),
    [(-SPAN, "fired"), (-SPAN + 1, "suppressed"), (5 * SECOND, "suppressed"), (30 * SECOND, "fired")],
)
def test_a_late_match_of_a_leading_burst_fires_where_no_other_is_near(late: int, outcome: str) -> None:
    """Less than ten seconds before or behind another match its burst has been judged."""
    person = Person(debounced("leading"))
    for at in (0, MINUTE):
        person.event("Seen", at)
    person.event("Seen", late)
    assert person.last.outcome == outcome


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        # Behind the last of a burst that was judged: nothing more comes of it, and it says so.
        (9, [(10, "first"), (70, "last")]),
        # Before one that was judged, and before one that waits.
        (-9, [(10, "first"), (70, "last")]),
        (51, [(10, "first"), (70, "last")]),
        # Behind the one that waits, and at its very time.
        (65, [(10, "first"), (75, "late")]),
        (60, [(10, "first"), (70, "late")]),
        # A burst of its own.
        (20, [(10, "first"), (30, "late"), (70, "last")]),
        (-20, [(-10, "late"), (10, "first"), (70, "last")]),
    ],
)
def test_a_late_match_of_a_trailing_burst_changes_what_still_waits(
    late: int, expected: list[tuple[int, str]]
) -> None:
    """It is the last of its burst, one among others, or a burst by itself."""
    person = Person(debounced("trailing"))
    person.event("Seen", 0, id="first")
    person.until(30 * SECOND)
    person.event("Seen", 60 * SECOND, id="last")
    person.event("Other", 66 * SECOND)
    person.event("Seen", late * SECOND, id="late")
    person.until(HOUR)
    assert sorted(fired(person)) == sorted((at * SECOND, name) for at, name in expected)
    told = [gate_of(one.outcome, one.reasons) for one in person.decisions if one.event_id == "late"]
    assert told == ([""] if "late" in [name for _, name in expected] else ["limits"] if late == 9 else [])


def test_a_late_match_may_join_two_bursts_that_wait() -> None:
    """Between two it makes them one, of which the last is judged."""
    person = Person(debounced("trailing"))
    for at in (0, 15):
        person.event("Seen", at * SECOND, id=f"at{at}", lateness=MINUTE)
    assert len(person.profile.held["t"]) == 2
    person.event("Seen", 8 * SECOND, id="between", lateness=MINUTE)
    person.until(HOUR)
    assert fired(person) == [(25 * SECOND, "at15")]


def test_a_burst_that_waits_for_late_events_does_not_swallow_the_next() -> None:
    """Two bursts are two, also where the first cannot be judged before the second begins."""
    person = Person(debounced("trailing"))
    for at in (0, 30):
        person.event("Seen", at * SECOND, id=f"at{at}", lateness=MINUTE)
    person.until(HOUR)
    assert fired(person) == [(10 * SECOND, "at0"), (40 * SECOND, "at30")]


@pytest.mark.parametrize(
    ("other", "expected"),
    [(5, [(15, "other")]), (-5, [(10, "mine")]), (10, [(10, "mine"), (20, "other")]), (0, None)],
)
def test_two_people_who_become_one_have_one_burst(other: int, expected: list[tuple[int, str]] | None) -> None:
    """Of what both have waiting the last of each burst of both is judged."""
    one, two = Person(debounced("trailing"), "p"), Person(debounced("trailing"), "q")
    two.seq = 100
    one.event("Seen", 0, id="mine", lateness=MINUTE)
    two.event("Seen", other * SECOND, id="other", lateness=MINUTE)
    one.join(two)
    one.until(HOUR)
    assert (
        len(fired(one)) == 1 if expected is None else fired(one) == [(at * SECOND, n) for at, n in expected]
    )


def test_two_people_who_become_one_remember_both_leading_bursts() -> None:
    """A match right behind one of either is of its burst."""
    one, two = Person(debounced("leading"), "p"), Person(debounced("leading"), "q")
    two.seq = 100
    one.event("Seen", 0)
    two.event("Seen", 30 * SECOND)
    one.join(two)
    assert one.event("Seen", 35 * SECOND) == []
    assert one.event("Seen", 50 * SECOND) == ["t"]


def test_what_is_remembered_of_bursts_is_bounded() -> None:
    """Keys that matched a day ago are forgotten, and of a storm the last matches are kept."""
    person = Person(debounced("leading"))
    for number in range(BURST_LIMIT + 20):
        person.event("Seen", number * SECOND, {"page": "storm"})
        person.event("Seen", number, {"page": f"p{number}"})
    assert len(person.profile.bursts["t"]["storm"]) == BURST_LIMIT
    person.event("Seen", 3 * DAY, {"page": "now"})
    assert person.profile.bursts["t"] == {"now": [START + 3 * DAY]}


def test_a_held_burst_survives_a_change_of_its_limits() -> None:
    """What was put off is judged at its time, whatever the rule says of bursts by then."""
    person = Person(debounced("trailing"))
    person.event("Seen", 0)
    person.rules = rules(trigger("t", SEEN))
    other = Person(person.rules, "q")
    other.seq = 100
    other.event("Seen", 1)
    person.join(other)
    assert person.until(HOUR) == ["t"]


@settings(max_examples=150, deadline=None)
@given(
    gaps=st.lists(st.integers(0, 25), max_size=25),
    pages=st.lists(st.sampled_from("ab"), min_size=25, max_size=25),
    edge=st.sampled_from(("leading", "trailing")),
    lateness=st.sampled_from((0, 40 * SECOND)),
    looks=st.booleans(),
)
def test_every_burst_is_judged_once_by_its_first_or_last_match(
    gaps: list[int], pages: list[str], edge: str, lateness: int, looks: bool
) -> None:
    """Play random matches in order: what fires is the first or the last of each run of close ones."""
    person, now = Person(debounced(edge)), 0
    times: dict[str, list[int]] = {"a": [], "b": []}
    for gap, page in zip(gaps, pages, strict=False):
        now += gap * SECOND
        if looks:
            person.until(now)
        person.event("Seen", now, {"page": page}, lateness=lateness)
        times[page].append(now)
    person.until(DAY)
    expected = []
    for page, found in times.items():
        firsts = found[:1] + [at for before, at in pairwise(found) if at - before >= SPAN]
        lasts = [at for at, behind in pairwise(found) if behind - at >= SPAN] + found[-1:]
        expected += (
            [(at, page) for at in firsts] if edge == "leading" else [(at + SPAN, page) for at in lasts]
        )
    assert sorted((one.at - START, one.key) for one in person.decisions if one.outcome == "fired") == sorted(
        expected
    )


@settings(max_examples=150, deadline=None)
@given(
    happened=st.lists(st.tuples(st.integers(0, 15), st.integers(-60, 0)), max_size=25),
    lateness=st.sampled_from((0, 40 * SECOND)),
    edge=st.sampled_from(("leading", "trailing")),
)
def test_however_late_matches_come_no_two_of_one_burst_fire(
    happened: list[tuple[int, int]], lateness: int, edge: str
) -> None:
    """Play matches in any order: firings of one key lie at least the span apart, and none is lost without another."""
    person, now, times = Person(debounced(edge)), 0, []
    for gap, late in happened:
        now += gap * SECOND
        person.until(now)
        times.append(now + late * SECOND)
        person.event("Seen", times[-1], lateness=lateness)
    person.until(DAY)
    found = sorted(at for at, _ in fired(person))
    assert all(behind - at >= SPAN for at, behind in pairwise(found))
    judged = [at - (SPAN if edge == "trailing" else 0) for at in found]
    assert set(judged) <= set(times)
    assert bool(found) == bool(times)
    assert person.profile.held == {}


def test_a_burst_whose_end_the_other_has_seen_judged_is_judged_no_second_time() -> None:
    """Where one waits for late events and the other did not, the last match of both has fired."""
    one, two = Person(debounced("trailing"), "p"), Person(debounced("trailing"), "q")
    two.seq = 100
    one.event("Seen", 0, lateness=MINUTE)
    two.event("Seen", 5 * SECOND)
    assert two.until(MINUTE) == ["t"]
    one.join(two)
    assert one.until(HOUR) == []
    assert one.profile.held == {}
