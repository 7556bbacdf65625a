"""Batches are split by their brackets alone exactly as a JSON reader splits them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadRequest
from webhooks.payload import read_damaged, read_with_items
from webhooks.slices import Unsplittable, first_item, members, split

TEXT = st.text(st.sampled_from('ab"\\[]{},: \n\té😀'), max_size=12)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
LAYOUT = st.sampled_from([{}, {"separators": (",", ":")}, {"indent": 1}, {"ensure_ascii": False}])


@given(st.lists(JSON, max_size=6), LAYOUT)
def test_an_array_splits_into_its_items(values: list[Any], layout: dict[str, Any]) -> None:
    """Whatever the items hold and however they are laid out, NaN included."""
    body = json.dumps(values, **layout).encode()
    items = split(body)
    assert [repr(json.loads(item)) for item in items] == [repr(value) for value in json.loads(body)]
    assert all(item in body and item.strip() == item for item in items)
    assert first_item(body, len(body)) == (items[0] if items else b"")


@given(st.dictionaries(TEXT, JSON, max_size=6), LAYOUT)
def test_an_object_splits_into_its_members(value: dict[str, Any], layout: dict[str, Any]) -> None:
    """Each member's place holds its value."""
    body = json.dumps(value, **layout).encode()
    found = {name: json.loads(body[start:end]) for name, (start, end) in members(body).items()}
    assert repr(sorted(found.items(), key=lambda pair: pair[0])) == repr(
        sorted(json.loads(body).items(), key=lambda pair: pair[0])
    )


@given(st.lists(JSON, min_size=1, max_size=4), st.data())
def test_a_cut_array_is_never_split(values: list[Any], data: st.DataObject) -> None:
    """A body that ended early does not pass for a shorter one."""
    body = json.dumps(values).encode()
    with pytest.raises(Unsplittable):
        split(body[: data.draw(st.integers(0, len(body) - 1))])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"1",
        b"[1]]",
        b"[1}",
        b"[1,]",
        b"[,1]",
        b"[1,,2]",
        b"[1 2]",
        b"[a]",
        b"[1] 2",
        b'["a]',
        b"[:]",
        b"][",
    ],
)
def test_what_is_no_array_is_not_split(body: bytes) -> None:
    """Only brackets that match, with something readable between the commas."""
    with pytest.raises(Unsplittable):
        split(body)


def test_the_first_item_is_sought_only_so_far() -> None:
    """A stranger cannot make the server search a large body for a bracket."""
    body = b'[{"a":"' + b"x" * 1_000 + b'"},{}]'
    assert first_item(body, 100) == b""
    assert first_item(body, 1_100) == body[1:-4]


def test_a_long_string_is_read_in_linear_time() -> None:
    """Backslashes and quotes have no costly combination."""
    body = b'["' + b"\\\\" * 200_000 + b"x]"
    with pytest.raises(Unsplittable):
        split(body)


@given(st.dictionaries(TEXT | st.just("events"), JSON, max_size=6), LAYOUT)
def test_the_quick_way_and_the_one_by_brackets_find_the_same(
    value: dict[str, Any], layout: dict[str, Any]
) -> None:
    """What can be read strictly gives the same items and the same rest by both, or the same refusal."""
    body = json.dumps(value, **layout).encode()
    assert told(read_with_items, body) == told(read_damaged, body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"events": [1], "events": [2]}',
        b'{"a": "\xff", "events": [1]}',
        b'{"events": ["\\ud800", 1]}',
        b'{"a": ' + b"[" * 50 + b"]" * 50 + b', "events": [1]}',
        b'{"events": [' + b"[" * 5_000 + b"]" * 5_000 + b", 1]}",
        b'{"events": [1]} x',
        b'{"events": {"a": 1}}',
    ],
)
def test_both_ways_agree_on_what_is_odd(body: bytes) -> None:
    """Twice the same name, bad characters, depth, what follows the end, no list."""
    assert told(read_with_items, body) == told(read_damaged, body)


def told(read: Callable[[bytes, str], Any], body: bytes) -> str:
    """Write down what a reader finds, or why it refuses."""
    try:
        return repr(read(body, "events"))
    except BadRequest as problem:
        return f"{problem.field}: {problem.message}"
