"""The dwell anchor of pages that measure themselves."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hit_marks import MINUTE, Told, all_hits, check_against, matched_at, moments

from core.engine.formula import compile_formula
from core.engine.hits import expression
from core.engine.when import DwellAnchor

ENTER, LEAVE, BEAT = "Page Viewed", "Page Left", "Page Heartbeat"
TIMED = DwellAnchor(3 * MINUTE, seconds=compile_formula("properties.seconds"))


def timed(at: int, seconds: Any, page: str = "/a", *, name: str = BEAT, **more: Any) -> Told:
    """Tell an event of a page, with a measurement or without."""
    fields = {"path": page, "seconds": seconds, **more.pop("properties", {})}
    properties = {field: value for field, value in fields.items() if value not in (None, "")}
    return replace(Told(name, at, properties=properties), **more)


def test_a_page_that_measures_itself_is_believed() -> None:
    """More than ``longer_than`` matches, exactly that long does not; the clock between events is not asked."""
    assert matched_at(TIMED, timed(1, 180), timed(2, 180.001), timed(3, 200.0)) == [2]
    assert matched_at(replace(TIMED, longer_than=1_001), timed(1, 1.001)) == []
    for name in (ENTER, LEAVE, BEAT):
        assert matched_at(TIMED, timed(1, 200, name=name)) == [1]


def test_a_smaller_measurement_belongs_to_a_new_stay() -> None:
    """A page measured anew matches anew; an equal or larger one is the same stay."""
    assert matched_at(TIMED, *(timed(at, s) for at, s in enumerate([200, 200, 300, 190, 100, 181], 1))) == [
        1,
        4,
        6,
    ]


def test_measurements_are_compared_by_page_and_source() -> None:
    """One of another page or source says nothing of this one."""
    events = [timed(1, 200), timed(2, 250, "/b"), timed(3, 260), timed(4, 270, source="app")]
    assert matched_at(TIMED, *events) == [1, 2, 4]


def test_a_measurement_without_a_page_is_of_the_page_entered_last() -> None:
    """So that the next page of a single-page app is a stay of its own."""
    events = [timed(1, None, name=ENTER), timed(2, 200, ""), timed(3, 210, "/a")]
    assert matched_at(TIMED, *events, timed(4, None, "/b", name=ENTER), timed(5, 220, "")) == [2, 5]
    assert matched_at(TIMED, timed(1, 200, ""), timed(2, 210, "")) == [1]


def test_what_is_no_number_or_not_meant_measures_nothing() -> None:
    """Text, truth values and events for which ``where`` does not hold are passed over."""
    assert matched_at(TIMED, timed(1, "200"), timed(2, True), timed(3, None)) == []
    assert matched_at(replace(TIMED, longer_than=0), timed(1, True), timed(2, "1")) == []
    where = replace(TIMED, where=compile_formula("properties.good == true"))
    assert matched_at(where, timed(1, 200), timed(2, 200, properties={"good": True})) == [2]


def test_the_key_of_a_measurement_is_its_own() -> None:
    """There is no other event to read it from."""
    keyed = replace(TIMED, key=compile_formula("properties.path"))
    assert [(hit.key, hit.seqs) for hit in all_hits(keyed, timed(1, 200), timed(2, 200, "/b"))] == [
        ("/a", (1,)),
        ("/b", (2,)),
    ]


def test_a_reason_names_the_field_that_measures() -> None:
    """And shows page and seconds."""
    assert expression(TIMED) == "a page looked at for longer than 3m, by properties.seconds"
    assert all_hits(TIMED, timed(1, 200))[0].saw == {"page": "/a", "seconds": 200.0}


def naive_measured(events: list[Told]) -> list[tuple[int, str, tuple[int, ...]]]:
    """Remember the page entered last and the measurement before, by source."""
    entered: dict[str, str] = {}
    before: dict[tuple[str, str], float] = {}
    found = []
    for event in events:
        page = event.properties.get("path", "")
        if event.name == ENTER:
            entered[event.source] = page
        place = (event.source, page or entered.get(event.source, ""))
        seconds = event.properties.get("seconds")
        if seconds is None:
            continue
        last = before.get(place)
        if seconds > 180 and (last is None or last <= 180 or last > seconds):
            found.append((event.seq, "", (event.seq,)))
        before[place] = seconds
    return found


@pytest.mark.parametrize("seed", range(200))
def test_measurements_agree_with_the_words_of_the_page(seed: int) -> None:
    """Compare random stories, for every start and event by event."""
    random = Random(seed)
    events = [
        timed(
            at,
            random.choice([None, 100.0, 180.0, 181.0, 200.0]),
            random.choice(["/a", "/b", ""]),
            name=random.choice([ENTER, LEAVE, BEAT]),
            seq=seq,
            source=random.choice(["segment", "segment", "app"]),
        )
        for seq, at in enumerate(moments(random, 14, (0, 1, MINUTE)), 1)
    ]
    check_against(TIMED, events, naive_measured(events))
