"""Measures that are new: gathered from what is stored, in silence."""

from __future__ import annotations

from one_person import DAY, HOUR, START, Person, rules, trigger

from core.engine import fill
from core.engine.condition import Count, FormulaCondition, Inactive
from core.engine.event import Event
from core.engine.formula import compile_formula
from core.engine.measure import Computed, Segment
from core.engine.rule import DateAnchor, EventAnchor, Pattern, RuleSet, ScoreAnchor, SegmentAnchor, Tally
from core.engine.when import matched

VIEWS = Tally("views", (Pattern("View", compile_formula("properties.n > 0")),), within=DAY)
TOTAL = compile_formula("properties.total")
SPENT = Computed("spent", "sum", Tally("orders", (Pattern("Order"),), value=TOTAL))
DEAREST = Computed("dearest", "max", Tally("orders", (Pattern("Order"),), value=TOTAL))
KEEN = Segment("keen", Count(VIEWS, at_least=2), "k")
VIP = Segment("vip", FormulaCondition(compile_formula("profile.traits.spent > 100")), "v")
ENTERS = [trigger(f"in_{name}", SegmentAnchor(name, enters=True)) for name in ("keen", "vip", "dormant")]


def stored(name: str, at: int, seq: int, **properties: float) -> Event:
    """Make an event as it was stored."""
    data = {"type": "track", "event": name, "properties": properties}
    return Event(f"s{seq}", seq, "segment", "track", name, START + at, START + at, data)


def filled(person: Person, under: RuleSet, at: int, *events: Event) -> Person:
    """Publish new rules and fill a person from stored events."""
    person.rules = under
    person.profile = fill(person.profile, events, under, START + at)
    return person


def known() -> Person:
    """Make a person who lived before there were any measures."""
    person = Person(rules())
    person.event("Other", 0, traits={"churn": 0.9, "ends": "2026-04-01T00:00:00Z"})
    return person


def test_nobody_enters_by_a_rule_that_is_new() -> None:
    """Be a member at once, and fire only for what happens afterwards."""
    under = rules(*ENTERS, segments={"keen": KEEN, "vip": VIP}, computed={"spent": SPENT})
    past = [stored("View", 1, 2, n=1.0), stored("View", 2, 3, n=1.0), stored("View", 3, 4, n=0.0)]
    past += [stored("Order", 4, 5, total=60.0), stored("Order", 5, 6, total=50.0), stored("Order", 6, 7)]
    person = filled(known(), under, HOUR, *past)
    assert person.profile.members.keys() == {"keen", "vip"}
    assert person.event("Other", HOUR, seq=9) == []
    assert person.until(3 * DAY) == []
    assert person.profile.members.keys() == {"vip"}
    assert person.profile.last_active == START + HOUR


def test_filling_twice_is_filling_once() -> None:
    """Add a total up once, and gather only what is new beside it."""
    first = rules(segments={"vip": VIP}, computed={"spent": SPENT})
    both = rules(segments={"vip": VIP}, computed={"spent": SPENT, "dearest": DEAREST})
    past = [stored("Order", 4, 5, total=60.0)]
    person = filled(known(), first, HOUR, *past)
    again = filled(filled(person, first, HOUR, *past), both, HOUR, *past)
    traits = [total for slots in again.profile.totals.values() for total in slots.values()]
    assert sorted(total.count for total in traits) == [1, 1]


def test_what_is_not_new_keeps_its_own_time() -> None:
    """Let a member leave by time as if no other rule had come meanwhile."""
    dormant = Segment("dormant", Inactive(DAY), "d")
    leaves = trigger("left", SegmentAnchor("keen", enters=False))
    person = Person(rules(leaves, segments={"keen": KEEN}))
    person.event("View", 0, {"n": 1.0})
    person.event("View", 1, {"n": 1.0})
    person = filled(person, rules(leaves, *ENTERS, segments={"keen": KEEN, "dormant": dormant}), 5 * DAY)
    assert person.until(6 * DAY) == ["left"]
    assert person.last.at == START + DAY + 1
    assert person.profile.members.keys() == {"dormant"}


def test_a_segment_that_means_something_else_is_judged_anew_in_silence() -> None:
    """Leave and enter by a change of the file without firing, and forget what is gone."""
    other = Segment("keen", Count(VIEWS, at_least=3), "k2")
    person = Person(rules(*ENTERS, segments={"keen": KEEN, "vip": VIP}, computed={"spent": SPENT}))
    person.event("View", 0, {"n": 1.0})
    person.event("View", 1, {"n": 1.0})
    person.event("Order", 2, {"total": 500.0})
    filled(person, rules(*ENTERS, segments={"keen": other}), HOUR)
    assert person.profile.members == {}
    assert person.event("View", HOUR, {"n": 1.0}) == ["in_keen"]


def test_a_new_score_takes_people_as_they_are() -> None:
    """Fire for nobody whose score was up already."""
    up = trigger("up", ScoreAnchor("churn", 0.7, 0.6))
    under = rules(up, scores={"churn": compile_formula("profile.traits.churn")})
    person = filled(known(), under, HOUR)
    assert person.event("", HOUR, kind="identify", traits={"churn": 0.95}) == []
    person.event("", HOUR + 1, kind="identify", traits={"churn": 0.1})
    assert person.event("", HOUR + 2, kind="identify", traits={"churn": 0.8}) == ["up"]


def test_without_a_store_the_engine_fills_from_what_it_has() -> None:
    """Come to the same states by the first event under new rules, but for what only the store still knows."""
    ends = trigger("ends", DateAnchor(compile_formula("profile.traits.ends")))
    person = known()
    person.rules = rules(ends, *ENTERS, segments={"keen": KEEN})
    assert person.event("View", HOUR, {"n": 1.0}) == []
    assert person.until(90 * DAY) == ["ends"]


def test_what_has_fired_fills_a_count_of_its_trigger() -> None:
    """Know firings of before the rule that counts them."""
    ask = trigger("ask", EventAnchor((Pattern("Ask"),)))
    often = Segment("often", Count(Tally("asked", (Pattern(matched("ask")),), within=DAY), at_least=2), "o")
    person = Person(rules(ask))
    person.event("Ask", 0)
    person.event("Ask", 1)
    filled(person, rules(ask, segments={"often": often}), HOUR)
    assert person.profile.members.keys() == {"often"}


def test_marks_that_no_rule_looks_at_are_dropped() -> None:
    """Not carry a count for ever that nobody asks for."""
    keen = trigger("in_keen", SegmentAnchor("keen", enters=True))
    person = Person(rules(keen, segments={"keen": KEEN}))
    person.event("View", 0, {"n": 1.0})
    person.rules = rules()
    person.event("Other", 1)
    assert person.profile.marks == {}


def test_what_is_known_already_is_gathered_no_second_time() -> None:
    """Of one event only what is new is filled, beside what counted it when it came."""
    covered = Segment("keen", Count(VIEWS, at_least=2), "k")
    more = Segment("fond", Count(Tally("all views", (Pattern("View"),), within=DAY), at_least=1), "f")
    person = Person(rules(segments={"keen": covered}))
    person.event("View", 0, {"n": 1.0})
    filled(person, rules(segments={"keen": covered, "fond": more}), HOUR, stored("View", 0, 1, n=1.0))
    assert person.profile.members.keys() == {"fond"}
    assert {name: len(marks) for name, marks in person.profile.marks.items()} == {"views": 1, "all views": 1}
