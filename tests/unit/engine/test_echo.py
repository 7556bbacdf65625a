"""Triggers that count other triggers' matches, also when a late event makes or unmakes one."""

from __future__ import annotations

from one_person import DAY, HOUR, MINUTE, START, Person, rules, trigger

from core.engine.condition import Count
from core.engine.formula import compile_formula
from core.engine.rule import (
    AbsenceAnchor,
    ChangedAnchor,
    CountAnchor,
    DwellAnchor,
    EventAnchor,
    InactiveAnchor,
    Pattern,
    SequenceAnchor,
    SessionAnchor,
    Tally,
)
from core.engine.when import matched

CART = trigger("cart", AbsenceAnchor((Pattern("Add"),), (Pattern("Buy"),), 15 * MINUTE))
TWICE = trigger("twice", CountAnchor((Pattern(matched("cart")),), 2, 7 * DAY))


def test_the_second_abandonment_in_a_week_fires() -> None:
    """Count what a timer matched, at its due and with its anchor event."""
    person = Person(rules(CART, TWICE))
    person.event("Add", 0)
    assert person.until(HOUR) == ["cart"]
    person.event("Add", DAY)
    assert person.until(2 * DAY) == ["cart", "twice"]
    assert (person.last.at, person.last.event_id) == (START + DAY + 15 * MINUTE, "e2")


def test_an_order_that_comes_late_takes_an_abandonment_out_of_the_count() -> None:
    """Record both firings as wrong, and count on with what is left."""
    person = Person(rules(CART, TWICE))
    person.event("Add", 0)
    person.until(HOUR)
    person.event("Add", DAY)
    assert person.until(2 * DAY) == ["cart", "twice"]
    person.event("Other", 3 * DAY)
    person.event("Buy", MINUTE)
    wrong = [one.trigger for one in person.decisions if one.reasons[0].expression == "false positive"]
    assert wrong == ["cart", "twice"]
    person.event("Add", 4 * DAY)
    assert person.until(5 * DAY) == ["cart", "twice"]


def test_a_lapse_that_was_none_is_counted_no_more() -> None:
    """Take back what counted a lapse that late activity ended."""
    lapsed = trigger("lapsed", InactiveAnchor(DAY))
    once = trigger("once", CountAnchor((Pattern(matched("lapsed")),), 1, 7 * DAY))
    person = Person(rules(lapsed, once))
    person.event("View", 0)
    assert person.until(2 * DAY) == ["lapsed", "once"]
    person.event("View", 3 * DAY)
    person.event("View", HOUR)
    wrong = [one.trigger for one in person.decisions if one.reasons[0].expression == "false positive"]
    assert wrong == ["lapsed", "once"]


def test_conditions_count_matches_and_forget_what_was_none() -> None:
    """See the matches in a window and for ever, less those that a late event unmade."""
    week = Count(Tally("week", (Pattern(matched("cart")),), within=7 * DAY), at_least=2)
    ever = Count(Tally("ever", (Pattern(matched("cart")),)), at_least=2)
    asks = [
        trigger(name, EventAnchor((Pattern("Ask"),)), only_if=tree)
        for name, tree in (("a", week), ("b", ever))
    ]
    person = Person(rules(CART, *asks))
    for at in (0, DAY):
        person.event("Add", at)
        person.until(at + HOUR)
    assert person.event("Ask", 2 * DAY) == ["a", "b"]
    person.event("Buy", MINUTE)
    assert person.event("Ask", 3 * DAY) == []


def test_late_steps_and_changes_are_judged_at_their_own_time() -> None:
    """Fire what a late event makes true, at the events that were there before."""
    chain = trigger("chain", SequenceAnchor(((Pattern("A"),), (Pattern("B"),)), HOUR))
    change = trigger("change", ChangedAnchor((Pattern("S"),), compile_formula("properties.v")))
    person = Person(rules(chain, change))
    person.event("B", 2 * MINUTE)
    person.event("S", 2 * MINUTE, {"v": "x"})
    assert person.event("A", MINUTE) == ["chain"]
    assert (person.last.at, person.last.event_id) == (START + 2 * MINUTE, "e1")
    assert person.event("S", MINUTE, {"v": "y"}) == ["change"]
    assert person.last.event_id == "e2"


def test_a_late_event_of_a_session_is_found_again_without_its_data() -> None:
    """Name an event of which only the mark was kept, when a late one makes it the one that counts."""
    long = trigger("long", SessionAnchor(longer_than=20 * MINUTE))
    person = Person(rules(long))
    person.event("", 10 * MINUTE, kind="page")
    person.event("", 25 * MINUTE, kind="page")
    assert person.event("", 0, kind="page") == ["long"]
    assert (person.last.at, person.last.event_id) == (START + 25 * MINUTE, "e2")


def test_a_stay_is_proven_by_leaving() -> None:
    """Count the time on a page, and nothing for a leave that was lost."""
    dwell = trigger("dwell", DwellAnchor(3 * MINUTE, where=compile_formula('context.page.path == "/p"')))
    page = {"page": {"path": "/p"}}
    person = Person(rules(dwell))
    person.event("Page Viewed", 0, kind="page", context=page)
    assert person.event("Page Left", 4 * MINUTE, context=page) == ["dwell"]
    person.event("Page Viewed", HOUR, kind="page", context=page)
    assert person.event("Page Viewed", 2 * HOUR, kind="page", context={"page": {"path": "/q"}}) == []


def test_what_history_matched_is_counted_and_fires_nothing() -> None:
    """Let a count that began in imported history be completed by a live event."""
    seen = trigger("seen", EventAnchor((Pattern("View"),)))
    both = trigger("both", CountAnchor((Pattern(matched("seen")),), 2, DAY))
    chain = trigger("chain", SequenceAnchor(((Pattern("View"),), (Pattern("View"),)), DAY))
    person = Person(rules(seen, both, chain))
    assert person.event("View", 0, quiet=True) == []
    assert person.event("View", 1) == ["both", "chain", "seen"]


def test_matches_of_history_are_counted_even_where_they_were_found_late() -> None:
    """Count a chain that a late import completes at an imported event, and fire nothing by it."""
    chain = trigger("chain", SequenceAnchor(((Pattern("A"),), (Pattern("B"),)), DAY))
    after = trigger("after", CountAnchor((Pattern(matched("chain")),), 1, DAY))
    person = Person(rules(chain, after))
    person.event("B", 2, quiet=True)
    assert person.event("A", 1) == []
    assert [mark.seq for mark in person.profile.marks[after.anchor_hash]] == [1]


def test_a_call_of_the_api_is_a_match_too() -> None:
    """Count an anchor that was taken as met."""
    person = Person(rules(CART, trigger("one", CountAnchor((Pattern(matched("cart")),), 1, DAY))))
    assert person.event("", 0, kind="trigger", trigger="cart") == ["cart", "one"]
    assert person.event("", 1, kind="trigger", trigger="nobody") == []


def test_only_events_that_are_meant_are_counted() -> None:
    """Count neither an event whose `where` fails nor one without the value that is kept."""
    where = compile_formula("properties.n > 1")
    meant = Tally("meant", (Pattern("View", where),), within=HOUR, value=compile_formula("properties.v"))
    ask = trigger("ask", EventAnchor((Pattern("Ask"),)), only_if=Count(meant, at_least=1))
    person = Person(rules(ask))
    person.event("View", 0, {"n": 1.0, "v": "x"})
    person.event("View", 1, {"n": 2.0})
    assert person.event("Ask", 2) == []
    person.event("View", 3, {"n": 2.0, "v": "x"})
    assert person.event("Ask", 4) == ["ask"]


def test_a_match_of_before_a_rule_is_not_taken_from_its_count() -> None:
    """Take nothing off a count that never held the match, neither in a window nor for ever."""
    ever = Count(Tally("ever", (Pattern(matched("cart")),)), at_least=1)
    asks = trigger("asks", EventAnchor((Pattern("Ask"),)), only_if=ever)
    lost = rules(CART, TWICE, asks)
    person = Person(rules(CART))
    person.event("Add", 0)
    person.until(HOUR)
    person.rules = lost
    person.event("Ask", 2 * HOUR)
    person.event("Buy", MINUTE)
    person.event("Buy", 2)
    assert person.event("Ask", 3 * HOUR) == []


def test_a_chain_whose_event_is_no_longer_known_is_not_judged_anew() -> None:
    """Fire nothing for an event of which neither the data nor the id was kept."""
    chain = trigger("chain", SequenceAnchor(((Pattern("A"),), (Pattern("B"),)), DAY))
    person = Person(rules(chain))
    person.event("B", HOUR)
    for index in range(200):
        person.event("A", 2 * HOUR + index)
    assert person.event("A", 0) == []


def test_a_firing_whose_event_is_forgotten_is_found_by_its_time() -> None:
    """Of two firings only the one that a late event takes the count from was wrong."""
    person = Person(rules(trigger("twice", CountAnchor((Pattern("View"),), 2, HOUR))))
    for at in (0, 1, DAY, DAY + 4):
        person.event("View", at)
    person.profile.timeline = []
    assert person.event("View", DAY + 2) == ["twice"]
    wrong = [one.at for one in person.decisions if one.reasons[0].expression == "false positive"]
    assert wrong == [START + DAY + 4]


def test_a_session_that_only_history_proved_long_takes_nothing_back() -> None:
    """An event before the imported one fires, and nothing that fired was wrong."""
    person = Person(rules(trigger("long", SessionAnchor(longer_than=20 * MINUTE))))
    for at in (0, 25 * MINUTE):
        person.event("", at, kind="page", quiet=True)
    assert person.event("", 22 * MINUTE, kind="page") == ["long"]
    assert [one.outcome for one in person.decisions] == ["fired"]
