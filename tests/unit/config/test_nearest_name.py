"""Finding the name that a mistyped one was meant to be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config.nearest import did_you_mean, distance, nearest

KEYS = ["trigger", "title", "status", "when", "only_if", "exit_on", "limits", "do", "goal", "tests"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("tirgger", "trigger"),
        ("statsu", "status"),
        ("doo", "do"),
        ("onlyif", "only_if"),
        ("When", "when"),
        ("lim", "limits"),
        ("colour", ""),
        ("xy", ""),
        ("", ""),
    ],
)
def test_the_nearest_name_is_close_or_none(typed: str, meant: str) -> None:
    """A letter wrong, missing, doubled or swapped is close; another word is not."""
    assert nearest(typed, KEYS) == meant


def test_swapped_letters_count_once() -> None:
    """The usual slip of two fingers is one step."""
    assert distance("ab", "ba") == 1
    assert distance("abc", "abc") == 0
    assert distance("abc", "") == 3


@given(st.text(max_size=8), st.text(max_size=8))
def test_distance_is_symmetric(left: str, right: str) -> None:
    """It does not matter which of the two was typed."""
    assert distance(left, right) == distance(right, left)


def test_a_very_long_name_is_not_compared() -> None:
    """A hostile key costs nothing."""
    assert nearest("x" * 500_000, KEYS) == ""


def test_a_short_list_is_told_when_nothing_is_near() -> None:
    """Without a near name the known ones are listed, unless they are many."""
    assert did_you_mean("colour", ["b", "a"]) == "known: a, b"
    assert did_you_mean("colour", [str(n) for n in range(20)]) == ""
    assert did_you_mean("colour", []) == ""
