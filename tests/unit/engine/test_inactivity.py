"""The inactivity anchor: once per lapse, and what late activity and merges make of it."""

from __future__ import annotations

from one_person import DAY, HOUR, START, Person, rules, trigger

from core.engine.formula import compile_formula
from core.engine.rule import InactiveAnchor

LAPSED = trigger("lapsed", InactiveAnchor(DAY, key=compile_formula("properties.shop")))
MARK = LAPSED.anchor_hash


def test_a_lapse_fires_once_and_again_only_after_new_activity() -> None:
    """Fire at exactly that long after the last activity, with it as the anchor."""
    person = Person(rules(LAPSED))
    assert person.event("View", 0, {"shop": "s"}) == []
    assert person.event("", HOUR, kind="identify") == []
    assert person.until(DAY) == []
    assert person.until(DAY + 1) == ["lapsed"]
    assert (person.last.at, person.last.event_id, person.last.key) == (START + DAY, "e1", "s")
    assert person.until(9 * DAY) == []
    assert person.event("", 9 * DAY, kind="page") == []
    assert person.until(20 * DAY) == ["lapsed"]


def test_activity_at_the_very_due_is_in_time() -> None:
    """Start the clock again by an event in the last millisecond."""
    person = Person(rules(LAPSED))
    person.event("View", 0)
    assert person.event("View", DAY) == []
    assert person.until(2 * DAY) == []
    assert person.until(2 * DAY + 1) == ["lapsed"]


def test_late_activity_moves_the_lapse() -> None:
    """Wait from the latest activity, whatever order they came in."""
    person = Person(rules(LAPSED))
    person.event("View", HOUR)
    person.event("View", 0)
    assert [case.due for case in person.profile.cases["lapsed"]] == [START + HOUR + DAY]


def test_late_activity_shows_a_lapse_to_have_been_wrong() -> None:
    """Record the false positive, and wait for the lapse that there should have been."""
    person = Person(rules(LAPSED))
    person.event("View", 0)
    assert person.until(DAY + 1) == ["lapsed"]
    person.event("View", 3 * DAY)
    assert person.event("View", HOUR) == []
    assert person.last.reasons[0].expression == "false positive"
    assert person.until(3 * DAY) == ["lapsed"]
    assert person.last.at == START + DAY + HOUR


def test_a_lapse_that_waits_for_late_events_is_ended_by_one() -> None:
    """Keep the older lapse beside the newer while its lateness lasts."""
    person = Person(rules(LAPSED))
    person.event("View", 0, lateness=2 * HOUR)
    person.event("View", DAY + HOUR, lateness=2 * HOUR)
    assert len(person.profile.cases["lapsed"]) == 2
    person.event("View", DAY, lateness=2 * HOUR)
    assert [case.anchor.id for case in person.profile.cases["lapsed"]] == ["e2"]
    assert not person.decisions


def test_an_event_far_too_late_to_be_kept_changes_nothing() -> None:
    """Leave everything as it is for what came weeks too late."""
    person = Person(rules(LAPSED))
    person.event("View", 0)
    person.event("View", 30 * DAY)
    person.event("View", HOUR)
    assert [case.anchor.id for case in person.profile.cases["lapsed"]] == ["e2"]


def test_imported_history_is_no_activity() -> None:
    """Neither start a clock nor stop one."""
    person = Person(rules(LAPSED))
    person.event("View", 0, quiet=True)
    assert person.until(9 * DAY) == []
    person.event("View", 10 * DAY)
    person.event("View", 10 * DAY + HOUR, quiet=True)
    assert person.until(11 * DAY + 1) == ["lapsed"]


def test_a_new_rule_waits_from_the_first_activity_after_it() -> None:
    """Arm nothing for what came before."""
    person = Person(rules(trigger("lapsed", InactiveAnchor(DAY), since=1)))
    person.event("View", 0)
    assert person.until(9 * DAY) == []
    person.event("View", 9 * DAY)
    assert person.until(20 * DAY) == ["lapsed"]


def test_after_a_merge_the_activity_of_both_counts() -> None:
    """Drop the lapse that the other person's activity ends, and keep the one it does not."""
    one, two = Person(rules(LAPSED)), Person(rules(LAPSED), "q")
    one.event("View", 0)
    two.event("View", HOUR, seq=5)
    one.join(two)
    assert one.until(3 * DAY) == ["lapsed"]
    assert one.last.at == START + DAY + HOUR
    three, four = Person(rules(LAPSED)), Person(rules(LAPSED), "q")
    three.event("View", 0)
    four.event("View", 3 * DAY, seq=5)
    three.join(four)
    assert three.until(9 * DAY) == ["lapsed", "lapsed"]


def test_after_a_merge_no_lapse_is_left_where_all_are_ended() -> None:
    """A call of the API begins no lapse; the other's activity ends the only one there is."""
    one, two = Person(rules(LAPSED)), Person(rules(LAPSED), "q")
    one.event("View", 0, lateness=5 * DAY)
    two.event("View", HOUR, seq=5)
    two.until(2 * DAY)
    one.join(two)
    assert one.until(9 * DAY) == []
    assert one.profile.cases == {}


def test_late_activity_is_held_against_its_own_lapse_alone() -> None:
    """Of several lapses that fired only the one that it ends was wrong."""
    person = Person(rules(LAPSED))
    for day in (0, 2, 4):
        person.event("View", day * DAY)
    assert person.until(15 * DAY) == ["lapsed"]
    person.event("View", 2 * DAY + HOUR)
    wrong = [one for one in person.decisions if one.reasons[0].expression == "false positive"]
    assert [one.at for one in wrong] == [START + 3 * DAY]
