"""Small stories of the anchors that events alone make match, one per sentence of the page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from reference.rules import Named
from reference.small import Told, actions_of, came, fires, looked, rule, wrong_of
from reference.timelines import Arrival, more

CHANGED: dict[str, Any] = {"value": "stage"}
FEW: dict[str, Any] = {"at_least": 2, "within": 30}
CHAIN: dict[str, Any] = {"chain": ((Named("Add"),), (Named("Buy"),)), "within": 30}


def add(at: int, event_id: str, **more: Any) -> Arrival:
    """Let an ``Add`` arrive."""
    return came(at, "Add", id=event_id, **more)


EVENTS = [
    fires(
        "changed: the first value of a key is no change, and each key has its own",
        rule("changed", keyed=True, **CHANGED),
        [
            add(10, "a", k="x", stage="new"),
            add(20, "b", k="y", stage="won"),
            add(30, "c", k="x", stage="won"),
            add(40, "d", k="x", stage="won"),
        ],
        "c/x",
        30,
    ),
    fires(
        "changed: an event without the value, or whose where does not hold, is passed over",
        replace(rule("changed", **CHANGED), names=(Named("Add", more("x", 1)),)),
        [
            add(10, "a", stage="new", x=2.0),
            add(20, "b", x=2.0),
            add(25, "w", stage="won", x=1.0),
            add(30, "c", stage="new", x=2.0),
            add(40, "d", stage="won", x=2.0),
        ],
        "d",
        40,
    ),
    fires(
        "changed: with `to` only a change to one of the values named counts, from whatever was before",
        rule("changed", to=("won",), **CHANGED),
        [add(10, "a", stage="won"), add(20, "b", stage="lost"), add(30, "c", stage="won")],
        "c",
        30,
    ),
    fires(
        "changed: a late event takes the change to itself, and the later one was no change",
        rule("changed", **CHANGED),
        [add(10, "a", stage="new"), add(30, "b", stage="won"), add(20, "c", stage="won", now=40)],
        "b",
        30,
        "c",
        20,
        wrong=[("b", 30)],
    ),
    fires(
        "changed: imported history is what a live event differs from, and fires nothing itself",
        rule("changed", **CHANGED),
        [
            add(10, "a", stage="new", quiet=True),
            add(20, "b", stage="won", quiet=True),
            add(30, "c", stage="new"),
        ],
        "c",
        30,
    ),
    fires(
        "count: the window includes its far edge",
        rule("count", **FEW),
        [add(10, "a"), add(40, "b"), add(71, "c"), add(101, "d")],
        "b",
        40,
        "d",
        101,
    ),
    fires(
        "count: distinct values number instead of events, and an event without the value is no mark",
        rule("count", distinct="sku", **FEW),
        [
            add(10, "a", sku="x"),
            add(11, "b", sku="x"),
            add(12, "c"),
            add(13, "d", sku="y"),
            add(14, "e", sku="z"),
        ],
        "d",
        13,
    ),
    fires(
        "count: only marks with the same value are looked at, and it is the key",
        rule("count", same="cat", **FEW),
        [add(10, "a", cat="r"), add(11, "b", cat="g"), add(12, "c"), add(13, "d", cat="r")],
        "d/r",
        13,
    ),
    fires(
        "count: a key names the decision and does not divide the count",
        rule("count", keyed=True, **FEW),
        [add(10, "a", k="x"), add(11, "b", k="y")],
        "b/y",
        11,
    ),
    fires(
        "count: marks that are history count, whatever part of them",
        rule("count", **FEW),
        [add(10, "a", quiet=True), add(11, "b"), add(12, "c", quiet=True)],
        "b",
        11,
    ),
    fires(
        "sequence: the first step may lie exactly within before the last, and not a millisecond more",
        rule("sequence", **CHAIN),
        [add(10, "a"), came(40, "Buy", id="b"), came(41, "Buy", id="c")],
        "b",
        40,
    ),
    fires(
        "sequence: events may serve in many chains, and equal timestamps keep their order",
        rule("sequence", **CHAIN),
        [came(10, "Buy", id="a"), add(10, "b"), came(10, "Buy", id="c"), came(11, "Buy", id="d")],
        "c",
        10,
        "d",
        11,
    ),
    fires(
        "sequence: one event is not two steps",
        rule("sequence", chain=((Named("Add"),), (Named("Add"),)), within=30),
        [add(10, "a"), add(20, "b")],
        "b",
        20,
    ),
    fires(
        "sequence: where strict, another track event between breaks it, a page view or an identify call does not",
        rule("sequence", strict=True, **CHAIN),
        [
            add(10, "a"),
            came(11, "Page Viewed", page="/"),
            came(12, "Identified"),
            came(13, "Buy", id="b"),
            add(20, "c"),
            came(21, "View"),
            came(22, "Buy", id="d"),
        ],
        "b",
        13,
    ),
    fires(
        "sequence: of a strict chain the step nearest by need not be the right one",
        rule(
            "sequence",
            strict=True,
            chain=((Named("Add"),), (Named("View"), Named("Page Viewed")), (Named("Buy"),)),
            within=30,
        ),
        [add(10, "a"), came(11, "View"), came(12, "Page Viewed", page="/"), came(13, "Buy", id="b")],
        "b",
        13,
    ),
    fires(
        "sequence: an unless event between first and last breaks the chain; one before it does not",
        rule("sequence", unless=(Named("Remove"),), **CHAIN),
        [
            came(9, "Remove"),
            add(10, "a"),
            came(11, "Buy", id="b"),
            came(12, "Remove", id="r"),
            came(13, "Buy", id="c"),
        ],
        "b",
        11,
    ),
    fires(
        "sequence: all events of a chain have the same value, which is the key",
        rule("sequence", same="cat", **CHAIN),
        [
            add(10, "a", cat="r"),
            came(11, "Buy", id="b", cat="g"),
            came(12, "Buy", id="c"),
            came(13, "Buy", cat="r"),
        ],
        "Buy/r",
        13,
    ),
    fires(
        "sequence: an unless event with another value does not break one that has a same",
        rule("sequence", same="cat", unless=(Named("Remove"),), **CHAIN),
        [
            add(10, "a", cat="r"),
            came(11, "Remove", cat="g"),
            came(12, "Buy", id="b", cat="r"),
            came(13, "Remove", id="r", cat="r"),
            came(14, "Buy", id="c", cat="r"),
        ],
        "b/r",
        12,
    ),
    fires(
        "sequence: a first step that comes late makes a chain of what is there",
        rule("sequence", **CHAIN),
        [came(20, "Buy", id="b"), add(10, "a", now=30)],
        "b",
        20,
    ),
    fires(
        "sequence: an unless event that comes late shows a firing to have been wrong",
        rule("sequence", unless=(Named("Remove"),), **CHAIN),
        [add(10, "a"), came(20, "Buy", id="b"), came(15, "Remove", now=30)],
        "b",
        20,
        wrong=[("b", 20)],
    ),
]


@pytest.mark.parametrize("told", EVENTS, ids=lambda told: told.name.replace(" ", "-"))
@pytest.mark.parametrize("side", ["model", "engine"])
def test_an_anchor_matches_as_the_page_says(told: Told, side: str) -> None:
    """Fire exactly at the promised events, and find exactly these firings wrong later."""
    assert (actions_of(told, side), wrong_of(told, side)) == (told.actions, list(told.wrong))


@pytest.mark.parametrize("side", ["model", "engine"])
def test_a_count_of_another_trigger_follows_what_becomes_of_its_matches(side: str) -> None:
    """Count carts that were left, whatever came of them, until a late order shows one not to have been."""
    carts = rule("absence", name="a", cancels=(Named("Buy"),), within=20, keyed=True, once=True)
    twice = replace(rule("count", name="b", at_least=2, within=100), names=(Named("a", is_trigger=True),))
    turns = [add(10, "x", k="1"), add(30, "y", k="2"), looked(90), came(15, "Buy", k="1", now=91)]
    told = Told("", twice, turns, [("y", None, 0, 50)], below=(carts,), wrong=(("y", 50),))
    assert (actions_of(told, side), wrong_of(told, side)) == (told.actions, list(told.wrong))
