"""The date anchor: a timer that follows what is known of the person."""

from __future__ import annotations

from dataclasses import replace

from one_person import DAY, HOUR, START, Person, rules, trigger

from core.engine.formula import compile_formula
from core.engine.rule import DateAnchor, Wait

ENDS = compile_formula("profile.traits.ends")
AFTER, BEFORE = (
    trigger(name, DateAnchor(ENDS, offset)) for name, offset in (("after", 2 * DAY), ("before", -DAY))
)


def told(day: int, clock: str = "T10:00:00Z") -> dict[str, str]:
    """Give a trait that lies ``day`` days after the start."""
    return {"ends": f"2026-03-{2 + day:02}{clock}"}


def test_a_date_fires_at_its_time_moved_by_the_offset() -> None:
    """Fire a day before and two days after, each once, with the event that brought the date."""
    person = Person(rules(AFTER, BEFORE))
    assert person.event("", 0, kind="identify", traits=told(5)) == []
    assert person.until(4 * DAY) == []
    assert person.until(4 * DAY + 1) == ["before"]
    assert (person.last.at, person.last.event_id) == (START + 4 * DAY, "e1")
    assert person.until(30 * DAY) == ["after"]
    assert person.last.at == START + 7 * DAY


def test_the_timer_follows_the_trait() -> None:
    """Wait for the new date when it moves, and for none when it is no date any more."""
    person = Person(rules(BEFORE))
    person.event("", 0, kind="identify", traits=told(5))
    person.event("", HOUR, kind="identify", traits=told(8))
    assert person.until(6 * DAY) == []
    assert person.until(8 * DAY) == ["before"]
    person.event("", 9 * DAY, kind="identify", traits=told(20))
    person.event("", 10 * DAY, kind="identify", traits={"ends": "soon"})
    assert person.until(40 * DAY) == []


def test_a_date_that_is_told_again_changes_nothing() -> None:
    """Keep the first event, and fire no second time when the date has been."""
    person = Person(rules(BEFORE))
    person.event("", 0, kind="identify", traits=told(5))
    person.event("", HOUR, kind="identify", traits={**told(5), "more": 1.0})
    assert person.until(5 * DAY) == ["before"]
    assert person.last.event_id == "e1"
    person.event("", 5 * DAY, kind="identify", traits={**told(5), "more": 2.0})
    assert person.until(40 * DAY) == []


def test_a_date_that_had_passed_when_it_was_told_arms_nothing() -> None:
    """Wait for what lies ahead of its event, and for its very millisecond."""
    person = Person(rules(BEFORE))
    person.event("", 4 * DAY + 1, kind="identify", traits=told(5))
    assert person.until(40 * DAY) == []
    exact = Person(rules(BEFORE))
    exact.event("", 4 * DAY, kind="identify", traits=told(5))
    assert exact.until(40 * DAY) == ["before"]


def test_a_bare_date_begins_at_midnight_where_the_person_lives() -> None:
    """Know the zone by the trait, and follow it when the person moves."""
    on = trigger("on", DateAnchor(ENDS))
    person = Person(rules(on))
    person.event("", 0, kind="identify", traits={"ends": "2026-03-05", "timezone": "America/New_York"})
    assert person.until(2 * DAY + 19 * HOUR) == []
    assert person.until(2 * DAY + 19 * HOUR + 1) == ["on"]
    person.event("", 2 * DAY + 20 * HOUR, kind="identify", traits={"ends": "2026-03-20"})
    person.event("", 3 * DAY, kind="identify", traits={"timezone": "Asia/Tokyo"})
    assert person.until(17 * DAY + 5 * HOUR + 1) == ["on"]


def test_imported_history_arms_no_date() -> None:
    """Remember the date of an import, so that a live event with the same one is no news."""
    person = Person(rules(BEFORE))
    person.event("", 0, kind="identify", traits=told(5), quiet=True)
    person.event("", 1, kind="identify", traits={**told(5), "more": 1.0})
    assert person.until(40 * DAY) == []


def test_of_two_people_joined_the_date_of_the_later_event_stands() -> None:
    """Wait for one date after a merge, and never fire twice at one due."""
    one, two = Person(rules(BEFORE)), Person(rules(BEFORE), "q")
    one.event("", 0, kind="identify", traits=told(5))
    two.event("", 1, kind="identify", traits=told(9), seq=7)
    one.join(two)
    one.event("Other", 2)
    assert one.until(5 * DAY) == []
    assert one.until(9 * DAY) == ["before"]
    three, four = Person(rules(BEFORE)), Person(rules(BEFORE), "q")
    three.event("", 0, kind="identify", traits=told(5))
    four.event("", 1, kind="identify", traits=told(5), seq=7)
    assert three.until(4 * DAY + 1) == ["before"]
    three.join(four)
    three.event("Other", 4 * DAY + 2)
    assert three.until(40 * DAY) == []


def test_of_two_journeys_of_one_moment_that_of_the_earlier_event_goes_on() -> None:
    """Compare events by their time, and by their arrival only at equal times."""
    waits = replace(BEFORE, steps=(*BEFORE.steps, Wait(HOUR), *BEFORE.steps))
    one, two = Person(rules(waits)), Person(rules(waits), "q")
    one.event("", 1, kind="identify", traits=told(5), seq=1)
    two.event("", 0, kind="identify", traits=told(5), seq=7)
    assert one.until(4 * DAY + 1) == two.until(4 * DAY + 1) == ["before"]
    earlier = two.last.id
    one.join(two)
    (journey,) = one.profile.journeys["before"].values()
    assert journey.decision_id == earlier


def test_a_joined_person_lives_where_the_newer_trait_says() -> None:
    """Work a bare date out anew when the merge brings another zone."""
    on = trigger("on", DateAnchor(ENDS))
    one, two = Person(rules(on)), Person(rules(on), "q")
    one.event("", 0, kind="identify", traits={"ends": "2026-03-05"})
    two.event("", 1, kind="identify", traits={"timezone": "America/New_York"}, seq=7)
    one.join(two)
    one.event("Other", 2)
    assert one.until(2 * DAY + 14 * HOUR + 1) == []
    assert one.until(2 * DAY + 19 * HOUR + 1) == ["on"]
    assert one.last.event_id == "e1"


def test_a_rule_that_changed_or_is_gone_lets_its_date_be() -> None:
    """Not fire for the old meaning of a rule."""
    person = Person(rules(BEFORE))
    person.event("", 0, kind="identify", traits=told(5))
    person.rules = rules(replace(BEFORE, status="draft"))
    assert person.until(40 * DAY) == []
    assert person.profile.dates == {}


def test_a_new_rule_waits_for_dates_that_lie_ahead() -> None:
    """Arm what is known already when a rule comes, and leave what has been."""
    person = Person(rules())
    person.event("", 0, kind="identify", traits=told(5))
    person.rules = rules(BEFORE, trigger("long_ago", DateAnchor(ENDS, -30 * DAY)))
    person.event("Other", HOUR)
    assert person.until(40 * DAY) == ["before"]
    assert person.last.event_id == ""
