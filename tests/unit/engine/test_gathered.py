"""What tallies gather: windows against brute force, totals whatever the order, changes by time alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engine.formula import Unknown, compile_formula
from core.engine.gathered import (
    VALUES_LIMIT,
    add_total,
    in_window,
    join_totals,
    next_change,
    reading,
    total_value,
    value_of,
    value_text,
    window_value,
)
from core.engine.measure import ComputedKind
from core.engine.profile import Mark, Total
from core.engine.scope import Scope
from core.engine.tally import Tally

KINDS: tuple[ComputedKind, ...] = get_args(ComputedKind)
MISSING = Unknown("properties.price is missing")

kinds = st.sampled_from(KINDS)
values = st.one_of(
    st.integers(-9, 9).map(float),
    st.sampled_from(["a", "b", "1", "true", True, False, [1.0], [1.0, "a"], {"x": 1.0}, MISSING, None]),
)
limits = st.integers(1, 5)


def marks_of(read: Sequence[Any], stamps: Sequence[int]) -> list[Mark]:
    """Put readings at moments, in order, ties in order of arrival."""
    found = [Mark(at, seq, value) for seq, (at, value) in enumerate(zip(stamps, read, strict=False))]
    return sorted(found, key=lambda mark: (mark.timestamp, mark.seq))


marks = st.builds(
    marks_of, st.lists(values, max_size=12), st.lists(st.integers(0, 6), min_size=12, max_size=12)
)


def total_of(found: Sequence[Mark], kind: ComputedKind) -> Total:
    """Add marks up one by one."""
    return reduce(lambda total, mark: add_total(total, mark, kind), found, Total())


def brute(kind: ComputedKind, found: Sequence[Mark], limit: int) -> Any:
    """Say what a computed trait is from the words of the semantics page alone."""
    read = [mark.value for mark in found if mark.value is not None and mark.value is not MISSING]
    numbers = [value for value in read if type(value) is float]
    texts = [value for value in read if type(value) is str]
    lasting: list[Any] = []
    for value in read:
        lasting = [one for one in lasting if value_text(one) != value_text(value)] + [value]
    return {
        "count": float(len(found)),
        "sum": float(sum(numbers)),
        "avg": sum(numbers) / len(numbers) if numbers else None,
        "min": min(numbers or texts, default=None),
        "max": max(numbers or texts, default=None),
        "first": read[0] if read else None,
        "last": read[-1] if read else None,
        "distinct": float(len(lasting)),
        "list": lasting[-limit:] or None,
    }[kind]


@given(kinds, marks, limits)
def test_a_window_gives_what_the_words_say(kind: ComputedKind, found: list[Mark], limit: int) -> None:
    """Compare every kind with brute force."""
    assert window_value(kind, found, limit=limit) == brute(kind, found, limit)


@given(kinds, marks, limits, st.data())
def test_a_total_is_the_same_in_any_order_of_arrival(
    kind: ComputedKind, found: list[Mark], limit: int, data: st.DataObject
) -> None:
    """Shuffle the events: the total's bytes stay, and it says what a window over all of them says."""
    total = total_of(data.draw(st.permutations(found)), kind)
    assert msgspec.msgpack.encode(total, order="deterministic") == msgspec.msgpack.encode(
        total_of(found, kind), order="deterministic"
    )
    assert total_value(kind, [total], limit=limit) == brute(kind, found, limit)


@given(kinds, marks, limits, st.data())
def test_totals_of_several_origins_say_what_one_would(
    kind: ComputedKind, found: list[Mark], limit: int, data: st.DataObject
) -> None:
    """Deal the events out to three origins; together they give the value of all."""
    dealt: list[list[Mark]] = [[], [], []]
    for mark in found:
        dealt[data.draw(st.integers(0, 2))].append(mark)
    totals = [total_of(part, kind) for part in dealt]
    assert total_value(kind, totals, limit=limit) == brute(kind, found, limit)


@given(kinds, st.lists(marks, min_size=3, max_size=3))
def test_totals_of_one_origin_join_alike_in_any_way(kind: ComputedKind, three: list[list[Mark]]) -> None:
    """Join idempotently, commutatively and associatively."""
    one, two, three_ = (total_of(part, kind) for part in three)
    assert join_totals(one, one) == one
    assert join_totals(one, two) == join_totals(two, one)
    assert join_totals(join_totals(one, two), three_) == join_totals(one, join_totals(two, three_))


@given(kinds, marks, st.data())
def test_of_one_origin_the_total_that_saw_more_is_kept(
    kind: ComputedKind, found: list[Mark], data: st.DataObject
) -> None:
    """Join a total with an older copy of itself: nothing is counted twice or lost."""
    whole = total_of(found, kind)
    older = total_of(found[: data.draw(st.integers(0, len(found)))], kind)
    assert join_totals(older, whole) == whole


@given(marks, st.integers(-2, 20), st.one_of(st.none(), st.integers(0, 5)), st.integers(0, 4))
def test_a_window_holds_both_its_ends(found: list[Mark], at: int, within: int | None, ago: int) -> None:
    """Compare the bounds with the formula of the page."""
    low, high = in_window(found, at, None, within=within, ago=ago)
    far = float("-inf") if within is None else at - ago - within
    assert found[low:high] == [mark for mark in found if far <= mark.timestamp <= at - ago]


@given(marks, st.integers(0, 11), st.one_of(st.none(), st.integers(0, 5)), st.integers(0, 3))
def test_at_an_event_those_behind_it_in_order_do_not_count(
    found: list[Mark], index: int, within: int | None, ago: int
) -> None:
    """Look from each mark: of those at its own moment only the ones before it count, and itself."""
    if not found:
        assert in_window(found, 0, 0, within=within, ago=ago) == (0, 0)
        return
    here = found[index % len(found)]
    low, high = in_window(found, here.timestamp, here.seq, within=within, ago=ago)
    far = float("-inf") if within is None else here.timestamp - ago - within
    counted = [m for m in found if far <= m.timestamp <= here.timestamp - ago and m[:2] <= here[:2]]
    assert found[low:high] == counted


@given(marks, st.integers(-2, 8), st.one_of(st.none(), st.integers(0, 5)), st.integers(0, 4))
def test_the_next_change_is_the_first_that_stepping_finds(
    found: list[Mark], at: int, within: int | None, ago: int
) -> None:
    """Step millisecond by millisecond, far beyond the last change there can be."""
    steps = [(then, in_window(found, then, None, within=within, ago=ago)) for then in range(at, 30)]
    changes = [after[0] for before, after in pairwise(steps) if before[1] != after[1]]
    assert next_change(found, at, within=within, ago=ago) == next(iter(changes), None)


def test_the_edge_of_a_window_is_exact_to_the_millisecond() -> None:
    """Count an event exactly ``within`` ago, and no more a millisecond later."""
    found = [Mark(1_000, 1)]
    assert in_window(found, 1_500, None, within=500, ago=0) == (0, 1)
    assert in_window(found, 1_501, None, within=500, ago=0) == (1, 1)
    assert next_change(found, 1_000, within=500, ago=0) == 1_501
    assert next_change(found, 1_501, within=500, ago=0) is None


def test_a_total_keeps_the_thousand_values_seen_last_in_any_order() -> None:
    """Drop the one not seen for longest, also where it comes back or arrives late."""
    found = [Mark(at, at, f"v{at % 1_200}") for at in range(2_500)]
    forth, back = total_of(found, "list"), total_of(found[::-1], "list")
    assert forth.values == back.values
    assert len(forth.values) == VALUES_LIMIT
    assert min(mark.timestamp for mark in forth.values.values()) == 1_500
    assert forth.count == 2_500


def test_a_number_displaces_text_from_an_extreme() -> None:
    """Compare texts only where there is no number, whichever came first."""
    found = [Mark(1, 1, "a"), Mark(2, 2, 5.0), Mark(3, 3, "z"), Mark(4, 4, True)]
    assert window_value("max", found, limit=1) == 5.0
    assert window_value("max", [found[0], found[2]], limit=1) == "z"
    assert window_value("min", [found[3]], limit=1) is None


@pytest.mark.parametrize("kind", KINDS)
def test_of_nothing_counts_and_sums_are_zero_and_the_rest_is_absent(kind: ComputedKind) -> None:
    """Give 0.0 for count, sum and distinct."""
    nothing = 0.0 if kind in ("count", "sum", "distinct") else None
    assert window_value(kind, [], limit=3) == nothing
    assert total_value(kind, [], limit=3) == nothing
    assert total_value(kind, [Total()], limit=3) == nothing


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_without_a_value_changes_no_total_but_a_count(kind: ComputedKind) -> None:
    """Pass over what cannot be read."""
    assert add_total(None, Mark(1, 1, MISSING), kind) == (Total(count=1) if kind == "count" else Total())


def test_values_that_read_alike_are_one_and_lists_compare_whole() -> None:
    """Take 1 and "1" for one value, the newest way of writing it kept; a list is no text."""
    found = [Mark(1, 1, 1.0), Mark(2, 2, "1"), Mark(3, 3, ["1"]), Mark(4, 4, ["1"]), Mark(5, 5, {"a": 1.0})]
    assert window_value("distinct", found, limit=9) == 3.0
    assert window_value("list", found, limit=9) == ["1", ["1"], {"a": 1.0}]
    assert value_text({"a": 1.0, "b": 2.0}) == value_text({"b": 2.0, "a": 1.0})


def test_a_sum_that_no_float_holds_is_absent() -> None:
    """Give nothing rather than infinity."""
    found = [Mark(at, at, 1.7e308) for at in (1, 2)]
    for kind in ("sum", "avg"):
        assert window_value(kind, found, limit=1) is None
        assert total_value(kind, [total_of(found, kind)], limit=1) is None


def test_whole_numbers_of_formulas_are_floats_and_truth_is_no_number() -> None:
    """Read an int as a float; add up no booleans."""
    assert value_of("sum", 3) == 3.0
    assert isinstance(value_of("list", 3), float)
    assert value_of("sum", True) is None
    assert value_of("last", True) is True


def test_a_tally_reads_its_formula_from_an_event() -> None:
    """Give None without a formula, the value with one, and an Unknown where the field is missing."""
    scope = Scope(event={"properties": {"price": 4.0}}, profile={}, now=0)
    formula = compile_formula("properties.price")
    assert reading(Tally("t", ()), scope) is None
    assert reading(Tally("t", (), value=formula), scope) == 4.0
    without = Scope(event={"properties": {}}, profile={}, now=0)
    assert isinstance(reading(Tally("t", (), value=formula), without), Unknown)
