"""The changed anchor: a value that differs from the one before it of the same key."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hit_marks import Told, all_hits, check_against, marks_of, matched_at, moments, told

from core.engine.formula import compile_formula
from core.engine.hits import expression, horizon, is_asked, needed, short_of
from core.engine.when import ChangedAnchor, Pattern

STAGE, ID = compile_formula("properties.stage"), compile_formula("properties.id")
ANY = ChangedAnchor((Pattern("Updated"),), STAGE)
KEYED = replace(ANY, key=ID)
WON = replace(KEYED, to=("Won", 5.0, True))


def updated(at: int, stage: Any = None, key: str = "") -> Told:
    """Tell an update."""
    fields = {"stage": stage, "id": key}
    return told("Updated", at, **{name: value for name, value in fields.items() if value not in (None, "")})


def test_the_first_value_is_no_change_and_an_equal_one_neither() -> None:
    """It matches where the value differs from the one right before it."""
    events = [updated(at, stage) for at, stage in enumerate(["a", "a", "b", "b", "a"], 1)]
    found = all_hits(ANY, *events)
    assert [(hit.mark.seq, hit.seqs, hit.saw) for hit in found] == [
        (3, (2, 3), {"from": "a", "to": "b"}),
        (5, (4, 5), {"from": "b", "to": "a"}),
    ]


def test_each_key_has_its_own_value_before() -> None:
    """An event without the key belongs to the keyless ones."""
    events = [
        updated(1, "a", "x"),
        updated(2, "b", "y"),
        updated(3, "c"),
        updated(4, "b", "x"),
        updated(5, "d"),
    ]
    assert [(hit.key, hit.seqs) for hit in all_hits(KEYED, *events)] == [("x", (1, 4)), ("", (3, 5))]


def test_an_event_without_the_value_is_passed_over() -> None:
    """What says nothing neither changes the value nor forgets it."""
    assert matched_at(ANY, updated(1, "a"), updated(2), updated(3, "a"), updated(4, ""), updated(5, "b")) == [
        5
    ]


def test_where_decides_which_events_are_read() -> None:
    """An event for which ``where`` does not hold is not the one before."""
    anchor = replace(ANY, patterns=(Pattern("Updated", compile_formula("properties.real == true")),))
    events = [
        told("Updated", 1, stage="a", real=True),
        told("Updated", 2, stage="b", real=False),
        told("Updated", 3, stage="a", real=True),
    ]
    assert matched_at(anchor, *events) == []


def test_with_to_only_a_change_to_one_of_these_matches() -> None:
    """Values are compared by their text, so that a number sent as text is meant too."""
    values: list[Any] = ["a", "Won", "Lost", "5", 5.0, "b", True, "Won"]
    events = [updated(at, value, "k") for at, value in enumerate(values, 1)]
    assert matched_at(WON, *events) == [2, 4, 7, 8]


def test_equal_values_written_otherwise_are_no_change() -> None:
    """1, 1.0 and "1" are one value; so are lists of them."""
    values: list[Any] = [1, 1.0, "1", [1, "x"], [1.0, "x"], ["x", 1.0]]
    assert matched_at(ANY, *(updated(at, value) for at, value in enumerate(values, 1))) == [4, 6]


def test_equal_timestamps_keep_the_order_of_arrival() -> None:
    """The value before is that of the event that arrived before."""
    events = [Told("Updated", 5, seq, {"stage": stage}) for seq, stage in ((3, "b"), (1, "a"), (2, "b"))]
    assert [hit.mark.seq for hit in all_hits(ANY, *events)] == [2]


def test_reasons_tell_the_values() -> None:
    """What is no change shows the value it had before, if any."""
    marks = marks_of(KEYED, [updated(1, "a", "k"), updated(2, ["a"], "k"), updated(3, "a", "m")])
    assert [short_of(KEYED, marks, at) for at in range(3)] == [
        "a, the first value",
        {"from": "a", "to": '["a"]'},
        "a, the first value",
    ]
    assert expression(KEYED) == "change of properties.stage of Updated"
    assert (needed(KEYED), needed(WON)) == ("a change to another value", "a change to Won or 5 or true")
    assert (is_asked(KEYED, "Updated"), is_asked(KEYED, "Other"), horizon(KEYED)) == (True, False, 0)


def naive(anchor: ChangedAnchor, events: list[Told]) -> list[tuple[int, str, tuple[int, ...]]]:
    """Remember each key's last value, as the page says it."""
    held: dict[str, tuple[str, int]] = {}
    found = []
    for event in events:
        key = event.properties.get("id", "") if anchor.key else ""
        value = event.properties.get("stage")
        if value is None:
            continue
        if key in held and held[key][0] != value and (not anchor.to or value in anchor.to):
            found.append((event.seq, key, (held[key][1], event.seq)))
        held[key] = (value, event.seq)
    return found


@pytest.mark.parametrize("seed", range(200))
def test_changes_agree_with_the_words_of_the_page(seed: int) -> None:
    """Compare random stories, for every start and event by event."""
    random = Random(seed)
    events = []
    for seq, at in enumerate(moments(random, 14, (0, 1, 7)), 1):
        story = updated(at, random.choice(["a", "b", "Won", None]), random.choice(["x", "y", ""]))
        events.append(replace(story, seq=seq))
    anchor = random.choice([ANY, KEYED, WON, replace(WON, key=None)])
    check_against(anchor, events, naive(anchor, events))
