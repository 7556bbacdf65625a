"""The count anchor: rolling windows to the millisecond, different values, the same value."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hit_marks import MINUTE, Told, all_hits, check_against, marks_of, matched_at, moments, told

from core.engine.formula import compile_formula
from core.engine.hits import expression, hits, horizon, is_asked, limit, needed, short_of
from core.engine.profile import MARKS_LIMIT
from core.engine.when import CountAnchor, Pattern, matched

VIEWED = (Pattern("Viewed"),)
PLAIN = CountAnchor(VIEWED, 3, 10 * MINUTE)
PRODUCT, CATEGORY, SHOP = (compile_formula(f"properties.{name}") for name in ("product", "category", "shop"))
DISTINCT = replace(PLAIN, distinct=PRODUCT)
SAME = replace(PLAIN, same=CATEGORY)


def viewed(at: int, **properties: Any) -> Told:
    """Tell a view."""
    return told("Viewed", at, **properties)


def test_the_far_edge_of_the_window_counts_to_the_millisecond() -> None:
    """An event exactly ``within`` back counts, one a millisecond earlier does not."""
    assert matched_at(PLAIN, viewed(0), viewed(1), viewed(10 * MINUTE)) == [10 * MINUTE]
    assert matched_at(PLAIN, viewed(0), viewed(1), viewed(10 * MINUTE + 1)) == []


def test_a_count_matches_again_only_after_the_window_fell_below() -> None:
    """Further events of a full window match nothing."""
    later = 60 * MINUTE
    events = [viewed(at) for at in (0, 1, 2, 3, 10 * MINUTE + 1, later, later + 1, later + 2)]
    assert matched_at(PLAIN, *events) == [2, later + 2]


def test_a_window_that_loses_one_as_it_gains_one_matches_anew() -> None:
    """The marks before the event in its own window number fewer, so it matches."""
    assert matched_at(PLAIN, viewed(0), viewed(5), viewed(10), viewed(10 * MINUTE + 1)) == [
        10,
        10 * MINUTE + 1,
    ]


def test_equal_timestamps_keep_the_order_of_arrival() -> None:
    """Of three events at one time the one that arrived last matches."""
    found = all_hits(PLAIN, *(Told("Viewed", 7, seq) for seq in (12, 10, 11)))
    assert [(hit.mark.seq, hit.seqs, hit.saw) for hit in found] == [(12, (10, 11, 12), 3)]


def test_at_least_one_matches_whenever_the_window_was_empty() -> None:
    """A count of one rests for as long as its window holds another."""
    once = replace(PLAIN, at_least=1)
    assert matched_at(once, viewed(0), viewed(10 * MINUTE), viewed(20 * MINUTE + 1)) == [0, 20 * MINUTE + 1]


def test_where_decides_what_is_counted() -> None:
    """An event whose ``where`` is false or unknown is no mark."""
    dear = replace(PLAIN, patterns=(Pattern("Viewed", compile_formula("properties.price > 10.0")),))
    events = [viewed(1, price=20.0), viewed(2, price=5.0), viewed(3), told("Other", 4, price=20.0)]
    assert [mark.seq for mark in marks_of(dear, events)] == [1]


def test_distinct_numbers_values_and_shows_the_last_event_of_each() -> None:
    """The same product twice is one; the fourth event brings the third product."""
    found = all_hits(DISTINCT, *(viewed(at, product=p) for at, p in enumerate("abacb", 1)))
    assert [(hit.mark.seq, hit.seqs, hit.saw) for hit in found] == [(4, (2, 3, 4), 3)]


def test_a_value_that_is_already_in_the_window_never_matches() -> None:
    """What brings nothing new does not take the count anywhere."""
    within = replace(DISTINCT, at_least=2)
    events = [viewed(0, product="a"), viewed(1, product="b"), viewed(2, product="a"), viewed(3, product="b")]
    assert matched_at(within, *events) == [1]


@pytest.mark.parametrize("anchor", [DISTINCT, SAME])
def test_an_event_without_the_value_is_no_mark(anchor: CountAnchor) -> None:
    """Neither ``distinct`` nor ``same`` counts what has no such field."""
    assert marks_of(anchor, [viewed(1), viewed(2, product="", category="")]) == []


def test_same_counts_those_of_equal_value_and_makes_it_the_key() -> None:
    """Text, numbers and truth values compare by the text of a key."""
    values: list[Any] = ["1", 1.0, "x", 1, True, "true", 2.0, True]
    found = all_hits(SAME, *(viewed(at, category=value) for at, value in enumerate(values, 1)))
    assert [(hit.key, hit.seqs) for hit in found] == [("1", (1, 2, 4)), ("true", (5, 6, 8))]


def test_a_given_key_names_the_match_and_does_not_divide_the_count() -> None:
    """The key is that of the event that matches, with ``same`` or without."""
    events = [viewed(at, shop=f"s{at}", category="c") for at in (1, 2, 3)]
    for anchor in (PLAIN, SAME):
        found = all_hits(replace(anchor, key=SHOP), *events)
        assert [(hit.key, hit.seqs) for hit in found] == [("s3", (1, 2, 3))]
    assert [hit.key for hit in all_hits(replace(PLAIN, key=SHOP), *events[:2], viewed(4))] == [""]


def test_lists_and_maps_compare_whole_and_never_pass_for_their_text() -> None:
    """Equal lists are one value, whatever the order of their maps' fields."""
    values: list[Any] = [[{"a": 1.0, "b": 2.0}], [{"b": 2, "a": 1}], '[{"a":1,"b":2}]', [{"a": 1.0}]]
    events = [viewed(at, product=value) for at, value in enumerate(values, 1)]
    assert [hit.seqs for hit in all_hits(DISTINCT, *events)] == [(2, 3, 4)]


def test_long_values_stay_different_and_keep_marks_small() -> None:
    """A value of any length costs a mark no more than a few hundred bytes."""
    events = [viewed(at, product="x" * 10_000 + str(at)) for at in (1, 2, 3)]
    assert len(all_hits(DISTINCT, *events)) == 1
    assert all(len(mark.value[-1]) < 200 for mark in marks_of(DISTINCT, events))


def test_matches_of_a_trigger_are_counted_by_its_name() -> None:
    """A pattern may stand for another trigger; reasons name it plainly."""
    anchor = CountAnchor((Pattern(matched("cart")),), 2, 100)
    assert matched_at(anchor, told(matched("cart"), 5), told("cart", 6), told(matched("cart"), 7)) == [7]
    assert expression(anchor) == "count of cart within 0.1s"


def test_quiet_marks_count() -> None:
    """Imported history stands in the window as any event does."""
    past = [Told("Viewed", at, at, quiet=True) for at in (1, 2)]
    assert matched_at(PLAIN, *past, viewed(3)) == [3]


def test_reasons_tell_the_count_so_far() -> None:
    """Below, the number; above, that it was reached before."""
    marks = marks_of(DISTINCT, [viewed(at, product=p) for at, p in enumerate("aabcd", 1)])
    assert [short_of(DISTINCT, marks, index) for index in (0, 1, 2, 4)] == [1, 1, 2, "4, already reached"]
    assert expression(DISTINCT) == "count of Viewed within 10m, distinct properties.product"
    assert expression(SAME) == "count of Viewed within 10m, same properties.category"
    assert (needed(PLAIN), is_asked(PLAIN, "Viewed"), is_asked(PLAIN, "Other")) == (3, True, False)
    assert (horizon(PLAIN), limit(PLAIN)) == (10 * MINUTE, MARKS_LIMIT)


def naive(anchor: CountAnchor, events: list[Told]) -> list[tuple[int, str, tuple[int, ...]]]:
    """Count by the words of the page alone."""

    def of(event: Told, formula: Any) -> Any:
        return None if formula is None else event.properties.get(formula.text.removeprefix("properties."))

    asked = [formula for formula in (anchor.distinct, anchor.same) if formula]
    usable = [event for event in events if all(of(event, formula) for formula in asked)]
    found = []
    for place, event in enumerate(usable):
        window = [one for one in usable[: place + 1] if event.at - anchor.within <= one.at <= event.at]
        window = [one for one in window if of(one, anchor.same) == of(event, anchor.same)]
        last = {of(one, anchor.distinct) or one.seq: one.seq for one in window}
        before = {of(one, anchor.distinct) or one.seq for one in window[:-1]}
        if len(last) >= anchor.at_least > len(before):
            key = of(event, anchor.key or anchor.same) or ""
            found.append((event.seq, key, tuple(sorted(last.values()))))
    return found


@pytest.mark.parametrize("seed", range(400))
def test_counts_agree_with_the_words_of_the_page(seed: int) -> None:
    """Compare random stories, for every start and event by event."""
    random = Random(seed)
    events = [
        Told(
            "Viewed",
            at,
            seq,
            {
                name: random.choice("ab") if random.random() < 0.9 else ""
                for name in ("product", "category", "shop")
            },
        )
        for seq, at in enumerate(moments(random, 14, (0, 1, 2, 5, 9, 10, 11)), 1)
    ]
    anchor = CountAnchor(
        VIEWED,
        random.randint(1, 4),
        10,
        random.choice([None, SHOP]),
        random.choice([None, PRODUCT]),
        random.choice([None, CATEGORY]),
    )
    check_against(anchor, events, naive(anchor, events))


def test_a_start_behind_the_last_mark_gives_nothing() -> None:
    """Nothing is asked, nothing is found."""
    assert hits(PLAIN, [], 0) == []
