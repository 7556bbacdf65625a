"""Segments and scores: judged at each event and each moment at which time alone changes them."""

from __future__ import annotations

from one_person import DAY, HOUR, MINUTE, START, Person, rules, trigger

from core.engine import apply, next_due
from core.engine.condition import (
    AllOf,
    AnyOf,
    Consented,
    Count,
    FormulaCondition,
    Inactive,
    InSegment,
    Not,
    ScoreIs,
)
from core.engine.event import ConsentStatement, Event
from core.engine.formula import compile_formula
from core.engine.measure import Computed, Segment
from core.engine.rule import EventAnchor, Pattern, ScoreAnchor, SegmentAnchor, Tally
from core.engine.when import matched

VIEWS = Tally("views", (Pattern("View"),), within=HOUR)
EARLIER = Tally("earlier", (Pattern("View"),), within=HOUR, ago=HOUR)
SPENT = Computed(
    "spent", "sum", Tally("spent", (Pattern("Order"),), value=compile_formula("properties.total"))
)
RECENT = Computed("recent", "max", Tally("recent", (Pattern("Order"),), within=DAY, value=SPENT.tally.value))
BUSY = Segment("busy", Count(VIEWS, at_least=2), "b")
VIP = Segment("vip", FormulaCondition(compile_formula("profile.traits.spent > 100")), "v")
IN, OUT = (trigger(name, SegmentAnchor("busy", enters)) for name, enters in (("in", True), ("out", False)))
ASK = EventAnchor((Pattern("Ask"),))


def test_an_event_makes_a_person_enter_and_time_alone_makes_them_leave() -> None:
    """Leave at the first millisecond at which the older view lies outside the window, with no event to name."""
    person = Person(rules(IN, OUT, segments={"busy": BUSY}))
    assert person.event("View", 0) == []
    assert person.event("View", MINUTE) == ["in"]
    assert (person.last.event_id, person.last.at) == ("e2", START + MINUTE)
    assert person.until(HOUR) == []
    assert person.until(HOUR + 2) == ["out"]
    assert (person.last.event_id, person.last.at) == ("", START + HOUR + 1)
    assert person.profile.members == {}


def test_history_that_says_nothing_new_is_judged_as_of_its_import() -> None:
    """Take it as history, too, what time alone has changed by the moment at which history is imported."""
    person = Person(rules(IN, OUT, segments={"busy": BUSY}))
    person.event("View", 0)
    assert person.event("View", MINUTE) == ["in"]
    old = Event("e9", 9, "segment", "track", "Other", START, START, {}, quiet=True)
    person.profile = apply(person.profile, old, person.rules, START + DAY).profile
    assert (person.profile.members, person.profile.judged) == ({}, START + DAY)
    assert person.until(2 * DAY) == []


def test_a_view_in_the_last_millisecond_keeps_a_person_in() -> None:
    """Judge the moment of the change with the events of that moment."""
    person = Person(rules(IN, OUT, segments={"busy": BUSY}))
    person.event("View", 0)
    person.event("View", MINUTE)
    assert person.event("View", HOUR + 1) == []
    assert person.until(HOUR + MINUTE) == []
    assert person.until(HOUR + MINUTE + 2) == ["out"]


def test_a_late_event_counts_now_and_is_not_made_up_for() -> None:
    """Enter as of the latest moment, and not when two views of the past lay together."""
    person = Person(rules(IN, OUT, segments={"busy": BUSY}))
    person.event("View", 0)
    person.event("View", 3 * HOUR)
    assert person.event("View", MINUTE) == []
    assert person.event("View", 3 * HOUR - MINUTE) == ["in"]
    assert person.last.at == START + 3 * HOUR


def test_segments_may_ask_for_other_segments_and_for_traits_that_are_computed() -> None:
    """Follow a chain of measures in one event, and say in the reason what was seen."""
    keen = Segment("keen", AllOf((InSegment("vip"), Not(InSegment("busy")))), "k")
    enters = trigger("keen", SegmentAnchor("keen", enters=True, key=compile_formula("properties.shop")))
    person = Person(
        rules(enters, segments={"busy": BUSY, "vip": VIP, "keen": keen}, computed={"spent": SPENT})
    )
    assert person.event("Order", 0, {"total": 60.0}) == []
    assert person.event("Order", 1, {"total": 50.0, "shop": "s"}) == ["keen"]
    assert (person.last.key, person.last.reasons[0].needed) == ("s", "in it")
    assert person.profile.members.keys() == {"vip", "keen"}


def test_a_computed_trait_stands_in_place_of_one_that_was_sent() -> None:
    """Not believe what a sender says of what we compute, also when there is nothing to compute from."""
    loud = trigger("loud", ASK, only_if=FormulaCondition(compile_formula("profile.traits.recent > 10")))
    person = Person(rules(loud, computed={"recent": RECENT}))
    assert person.event("Ask", 0, traits={"recent": 99.0}) == []
    person.event("Order", 1, {"total": 20.0})
    assert person.event("Ask", 2) == ["loud"]
    assert person.event("Ask", 2 * DAY) == []


def test_a_pause_is_long_enough_from_the_very_millisecond_on() -> None:
    """Enter exactly that long after the last activity, and leave with the next one."""
    dormant = Segment("dormant", Inactive(HOUR), "d")
    went = trigger("went", SegmentAnchor("dormant", enters=True))
    back = trigger("back", SegmentAnchor("dormant", enters=False))
    person = Person(rules(went, back, segments={"dormant": dormant}))
    person.event("", 0, kind="identify", traits={"a": 1.0})
    assert person.profile.recheck is None
    person.event("View", 0)
    assert person.until(HOUR) == []
    assert person.until(HOUR + 1) == ["went"]
    assert person.last.at == START + HOUR
    assert person.event("View", 2 * HOUR, kind="page") == ["back"]


def test_conditions_tell_what_they_saw() -> None:
    """Show counts with their bounds, consent, scores and pauses as values."""
    score = ScoreIs("churn", above=0.5, below=0.9)
    tree = AnyOf(
        (
            Count(VIEWS, at_least=1, at_most=1),
            Count(EARLIER, at_least=1),
            score,
            Consented("marketing", "sms"),
            Inactive(HOUR),
        )
    )
    asks = trigger("asks", ASK, only_if=tree)
    person = Person(rules(asks, scores={"churn": compile_formula("profile.traits.churn")}))
    assert person.event("Ask", 0, kind="identify") == []
    saw = [part.saw for part in person.last.reasons[1].parts[0].parts]
    assert saw[:2] == [{"count": 0, "needed": "at least 1, at most 1"}, {"count": 0, "needed": "at least 1"}]
    assert (
        saw[2:] == [{"unknown": "profile.traits.churn"}, "no statement", {"unknown": "no activity yet"}]
        or saw[3] == "no statement"
    )
    granted = (ConsentStatement("marketing", "sms", granted=True),)
    assert person.event("Ask", 1, consent=granted, traits={"churn": 0.7}) == ["asks"]
    parts = person.last.reasons[1].parts[0].parts
    assert [part.truth for part in parts] == [False, False, True, True, False]
    assert parts[2].expression == "score churn > 0.5 and < 0.9"
    assert parts[1].expression == "count of View within 1h, 1h ago"
    assert parts[3].expression == "consent to marketing by sms"


def test_a_declining_window_is_compared_with_an_earlier_one() -> None:
    """Count an event in the earlier window from exactly ``ago`` later on."""
    less = trigger("less", ASK, only_if=AllOf((Count(EARLIER, at_least=1), Count(VIEWS, at_most=0))))
    person = Person(rules(less))
    person.event("View", 0)
    assert person.event("Ask", HOUR) == []
    assert person.event("Ask", HOUR + 1) == ["less"]
    assert person.event("Ask", 2 * HOUR + 1) == []


def test_a_score_fires_once_until_it_has_been_low_enough() -> None:
    """Come up above the bound, and again only after it fell below the lower one."""
    up = trigger("up", ScoreAnchor("churn", 0.7, 0.6))
    person = Person(rules(up, scores={"churn": compile_formula("profile.traits.churn")}))
    told = [
        person.event("", at, kind="identify", traits={"churn": value})
        for at, value in enumerate([0.7, 0.71, 0.6, 0.9, 0.59, 0.8])
    ]
    assert told == [[], ["up"], [], [], [], ["up"]]
    assert person.last.reasons[0].saw == 0.8


def test_a_score_that_is_no_number_changes_nothing() -> None:
    """Stay as it was while the score cannot be told."""
    up = trigger("up", ScoreAnchor("churn", 0.7, 0.7))
    other = trigger("other", ScoreAnchor("nobody", 0.7, 0.7))
    person = Person(rules(up, other, scores={"churn": compile_formula("profile.traits.churn")}))
    person.event("", 0, kind="identify", traits={"churn": 0.8})
    assert person.event("", 1, kind="identify", traits={"churn": "high"}) == []
    assert person.event("", 2, kind="identify", traits={"churn": 0.9}) == []


def test_membership_may_hang_on_what_another_trigger_matched() -> None:
    """Count matched anchors, whatever their conditions said, and become a member by a timer's match."""
    never = trigger("asked", ASK, only_if=FormulaCondition(compile_formula("1 > 2")))
    asked = Tally("asked", (Pattern(matched("asked")),), within=HOUR)
    ever = Tally("ever", (Pattern(matched("asked")),))
    segments = {
        "curious": Segment("curious", Count(asked, at_least=2), "c"),
        "known": Segment("known", Count(ever, at_least=3), "n"),
    }
    curious = trigger("curious", SegmentAnchor("curious", enters=True))
    person = Person(rules(never, curious, segments=segments))
    assert [person.event("Ask", at) for at in (0, 1, 2)] == [[], ["curious"], []]
    assert person.profile.members.keys() == {"curious", "known"}
    person.until(DAY)
    assert person.profile.members.keys() == {"known"}


def test_a_merge_settles_memberships_in_silence() -> None:
    """Become a member by the joined history, and fire nothing by it."""
    one, two = (
        Person(rules(IN, OUT, segments={"busy": BUSY})),
        Person(rules(IN, OUT, segments={"busy": BUSY}), "q"),
    )
    one.event("View", 0)
    two.event("View", 1, seq=5)
    one.join(two)
    assert one.event("Other", 2) == []
    assert one.profile.members.keys() == {"busy"}
    assert one.until(DAY) == ["out"]


def test_history_changes_states_in_silence() -> None:
    """Enter by imported events without firing, and leave by time as everyone."""
    person = Person(rules(IN, OUT, segments={"busy": BUSY}))
    assert person.event("View", 0, quiet=True) == person.event("View", 1, quiet=True) == []
    assert person.profile.members.keys() == {"busy"}
    assert person.until(DAY) == ["out"]


def test_scores_do_not_see_each_other() -> None:
    """Judge each by traits alone, and show both to formulas."""
    scores = {
        name: compile_formula(text)
        for name, text in (("churn", "profile.traits.spent"), ("fit", "size(profile.identifiers.user_id)"))
    }
    both = AllOf((ScoreIs("churn", above=5), ScoreIs("fit", below=2)))
    shown = FormulaCondition(compile_formula("profile.scores.churn > profile.scores.fit"))
    asks = [
        trigger(name, EventAnchor((Pattern("Ask"),)), only_if=tree)
        for name, tree in (("a", both), ("b", shown))
    ]
    person = Person(rules(*asks, scores=scores, computed={"spent": SPENT}))
    person.event("Order", 0, {"total": 9.0})
    assert person.event("Ask", 1) == ["a", "b"]


def test_what_time_changed_before_an_import_does_not_fire_after_it() -> None:
    """Be out of a segment in silence when the window had emptied long before history was told."""
    under = rules(IN, OUT, segments={"busy": BUSY})
    profile = Person(under).profile
    for seq in (1, 2):
        told = Event(f"e{seq}", seq, "segment", "track", "View", START + seq, START + seq, {}, quiet=True)
        profile = apply(profile, told, under, START + 9 * DAY).profile
    assert (profile.members, next_due(profile)) == ({}, None)
