"""Data as formulas meet it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engine.clean import DEPTH, EXACT, NUMERIC, clean, event_key
from core.engine.formula import Unknown

JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=5),
        st.sampled_from(["12", "1e3"]),
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "price", ""]), inner, max_size=3)
    ),
    max_leaves=20,
)
OBJECTS = st.dictionaries(st.sampled_from(["a", "b", "value"]), JSON, max_size=4)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("x", "x"),
        (" ", " "),
        ("a\0b", "ab"),
        (["a\0b", "\0", {"c\0": "\0d"}], ["ab", {"c": "d"}]),
        (3, 3.0),
        (0, 0.0),
        (True, True),
        (False, False),
        (2**53, 2.0**53),
        (2**53 + 1, "9007199254740993"),
        (-(2**70), str(-(2**70))),
        (1.5, 1.5),
        ([1, None, "", [], {}, "x", False, float("nan")], [1.0, "x", False]),
        ({"a": {"b": None}, "c": {"d": 1}}, {"c": {"d": 1.0}}),
    ],
)
def test_numbers_become_floats_and_the_rest_stays(value: Any, kept: Any) -> None:
    """Whole numbers that a float cannot hold stay text; truth values stay what they are."""
    found = clean({"x": value})["x"]
    assert found == kept
    assert type(found) is type(kept)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "\0",
        [],
        {},
        [None, ""],
        {"a": None},
        {"a": [{}]},
        float("inf"),
        float("nan"),
        pytest.param(10**5000, id="thousands of digits"),
        b"x",
        {1, 2},
    ],
)
def test_what_is_null_or_empty_is_absent(value: Any) -> None:
    """Absent means missing, null or empty, all the way down."""
    assert clean({"x": value, "y": 1}) == {"y": 1.0}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("39.95", 39.95),
        ("40", 40.0),
        (" 40 ", 40.0),
        ("-1e3", -1000.0),
        ("$40", "$40"),
        ("1_000", "1_000"),
        ("nan", "nan"),
        ("inf", "inf"),
        ("٣", "٣"),
        ("9007199254740993", "9007199254740993"),
        ("1e300", "1e300"),
    ],
)
def test_known_names_are_read_as_numbers_from_text(text: str, kept: Any) -> None:
    """Senders quote prices; what is no plain number stays text."""
    assert clean({"properties": {"price": text}}) == {"properties": {"price": kept}}
    assert clean({"points": text}, frozenset({"points"})) == {"points": kept}
    assert clean({"points": text}) == {"points": text}


def test_what_nests_too_deep_is_dropped() -> None:
    """Nothing deeper than the bound reaches a formula."""
    deep: Any = {"leaf": 1}
    for _ in range(DEPTH // 2):
        deep = {"list": [deep]}
    assert clean({"x": deep, "y": 1}) == {"y": 1.0}
    shallow: dict[str, Any] = {"leaf": 1}
    for _ in range(DEPTH - 1):
        shallow = {"map": shallow}
    assert clean(shallow)


@given(OBJECTS)
def test_cleaning_twice_is_cleaning_once(call: dict[str, Any]) -> None:
    """Cleaned data is clean."""
    once = clean(call)
    assert clean(once) == once


@given(OBJECTS)
def test_clean_data_holds_nothing_empty_and_no_integers(call: dict[str, Any]) -> None:
    """Whatever arrives, formulas meet floats, truth values and filled texts, lists and maps."""

    def check(value: Any) -> None:
        assert type(value) in (str, bool, float, list, dict)
        assert value or type(value) in (bool, float)
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
            check(inner)

    found = clean(call)
    for value in found.values():
        check(value)
    assert all(
        abs(value) <= EXACT or type(call[name]) is float
        for name, value in found.items()
        if type(value) is float
    )


def test_the_spec_names_money_and_amounts() -> None:
    """These names are promised to be numbers."""
    assert set(NUMERIC) == {"price", "quantity", "revenue", "total", "value"}


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("c1", "c1"),
        ("123.0", "123.0"),
        (123.0, "123"),
        (-0.0, "0"),
        (1.5, "1.5"),
        (7, "7"),
        pytest.param(10**5000, None, id="thousands of digits"),
        (1e22, "10000000000000000000000"),
        (True, "true"),
        (False, "false"),
        ("", None),
        (None, None),
        (float("nan"), None),
        (["a"], None),
        ({"a": 1}, None),
        (Unknown("x is missing", "x"), None),
    ],
)
def test_keys_are_text_and_whole_numbers_have_no_fraction(value: Any, key: str | None) -> None:
    """What cannot be a key is no key."""
    assert event_key(value) == key
