"""Small stories of what must be true: counts, scores, consent, inactivity, computed traits and calendar limits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from reference.rules import (
    Agreed,
    Computed,
    Counted,
    Idle,
    Measures,
    Named,
    Question,
    Rule,
    Scored,
    Step,
    Test,
    Tree,
)
from reference.small import DATA, Told, actions_of, came, fires, looked, rule, wait
from reference.timelines import START, Arrival, Wake

VIEWS = (Named("View"),)


def asks(question: Question, **more: Any) -> Rule:
    """Make a trigger of ``Buy`` with a condition."""
    return rule("event", names=("Buy",), only_if=question, **more)


def view(at: int, **given: Any) -> Arrival:
    """Let a ``View`` arrive."""
    return came(at, "View", **given)


def buy(at: int, event_id: str = "b", **given: Any) -> Arrival:
    """Let the event that asks arrive."""
    return came(at, "Buy", id=event_id, **given)


NOT_UNKNOWN = Tree("not", (Scored("churn", above=1.0),))
CONDITIONS = [
    fires(
        "count: both ends of its window belong to it",
        asks(Counted(VIEWS, within=30, at_least=2)),
        [view(10), view(40), buy(40, "a"), buy(41, "b")],
        "a",
        40,
    ),
    fires(
        "count: at_most holds where there is nothing",
        asks(Counted(VIEWS, within=30, at_most=0)),
        [buy(10, "a"), view(20), buy(50, "b"), buy(51, "c")],
        "a",
        10,
        "c",
        51,
    ),
    fires(
        "count: an earlier window has both ends too",
        asks(Counted(VIEWS, within=30, ago=20, at_least=1)),
        [view(10), buy(29, "a"), buy(30, "b"), buy(60, "c"), buy(61, "d")],
        "b",
        30,
        "c",
        60,
    ),
    fires(
        "count: events behind the event in order do not count, however equal their timestamps",
        rule("count", names=("Buy",), at_least=2, within=30, only_if=Counted(VIEWS, within=30, at_least=1)),
        [buy(20, "a"), view(20), buy(10, "b", now=21)],
    ),
    fires(
        "count: at a timer's due everything up to it counts, and nothing behind",
        rule("absence", names=("Buy",), within=20, cancels=(), only_if=Counted(VIEWS, within=50, at_most=1)),
        [buy(10, lateness=20), view(30), view(31), looked(500)],
        "b",
        30,
    ),
    fires(
        "count: without a window it is everything there ever was",
        asks(Counted(VIEWS, at_least=2)),
        [view(10, quiet=True), view(20), buy(900_000_000)],
        "b",
        900_000_000,
    ),
    fires(
        "count: another trigger's matches, whatever became of them",
        asks(Counted((Named("a", is_trigger=True),), within=30, at_least=2)),
        [view(10), view(20), buy(40, "x"), buy(41, "y")],
        "x",
        40,
        below=(rule("event", name="a", names=("View",), once=True),),
    ),
    fires(
        "score: an unknown one stays unknown through not",
        asks(NOT_UNKNOWN),
        [buy(10, "a"), came(20, "Identified", traits={"points": 0.0}), buy(30, "b")],
        "b",
        30,
        measures=Measures(scores={"churn": "points"}),
    ),
    fires(
        "consent: as at a message",
        asks(Agreed("marketing", "sms")),
        [buy(10, "a"), came(20, "View", consent={("marketing", ""): True}), buy(30, "b")],
        "b",
        30,
    ),
    fires(
        "inactive_for: imported history is activity here",
        rule("date", names=(), trait="ends", only_if=Idle(20)),
        [
            view(10, quiet=True),
            came(20, "Identified", id="i", traits={"ends": "2023-11-14T22:13:20.030"}),
            looked(500),
        ],
        "i",
        30,
    ),
    fires(
        "a checkpoint behind a wait is judged as of its own time",
        rule("event", DATA, wait(20), Step("only_if", question=Counted(VIEWS, within=15, at_least=1)), DATA),
        [came(10, "Add", id="a"), view(14), view(31), looked(500)],
        "a",
        10,
        measures=Measures(),
    ),
]


def computed(kind: str, text: str, ask: Any, field: str = "n", **more: Any) -> tuple[Computed, Test]:
    """Make a computed trait ``c`` of views, and a formula that reads it."""

    def read(scope: Any) -> bool | None:
        value = scope["traits"].get("c")
        return None if value is None else bool(ask(value))

    return Computed("c", kind, VIEWS, field, **more), Test(f"profile.traits.c {text}", read)


def sized(kind: str, size: int, **more: Any) -> tuple[Computed, Test]:
    """Make a computed list, and a formula that asks for its size and last value."""
    text = f'size(profile.traits.c) == {size} && profile.traits.c[{size - 1}] == "g"'
    trait, _ = computed(kind, "", bool, "cat", **more)
    return trait, Test(
        text, lambda scope: len(scope["traits"]["c"]) == size and scope["traits"]["c"][-1] == "g"
    )


SEEN = [
    view(10, n=1.0, cat="g", mixed="r"),
    view(20, n=3.0, cat="r", mixed=2.0),
    view(30, cat="g"),
    view(35, n=2.0, mixed=1.0),
]
COMPUTED = {
    "count counts events": computed("count", "== 4.0", lambda v: v == 4, ""),
    "sum passes over what has no number": computed("sum", "== 6.0", lambda v: v == 6),
    "avg too": computed("avg", "== 2.0", lambda v: v == 2),
    "min compares numbers where there are any": computed("min", "== 1.0", lambda v: v == 1, "mixed"),
    "max too": computed("max", "== 3.0", lambda v: v == 3),
    "max compares texts where there is no number": computed("max", '== "r"', lambda v: v == "r", "cat"),
    "first goes by order": computed("first", '== "r"', lambda v: v == "r", "mixed"),
    "last passes over an event without a value": computed("last", "== 2.0", lambda v: v == 2),
    "distinct is how many different values": computed("distinct", "== 2.0", lambda v: v == 2, "cat"),
    "list has each value once, the one seen last at the end": sized("list", 2),
    "list keeps the last of its limit": sized("list", 1, limit=1),
    "with within both ends belong to the window": computed("sum", "== 5.0", lambda v: v == 5, within=20),
}
MEASURED = [
    fires(f"computed: {name}", asks(test), [*SEEN, buy(40)], "b", 40, measures=Measures((trait,)))
    for name, (trait, test) in COMPUTED.items()
]
NOTHING = [
    fires(f"computed: {kind} of nothing is 0", asks(test), [buy(40)], "b", 40, measures=Measures((trait,)))
    for kind in ("count", "sum", "distinct")
    for trait, test in [computed(kind, "== 0.0", lambda v: v == 0)]
] + [
    fires(f"computed: {kind} of nothing is absent", asks(test), [buy(40)], measures=Measures((trait,)))
    for kind in ("avg", "min", "max", "first", "last", "list")
    for trait, test in [computed(kind, '!= "x"', lambda v: True)]
]
JOINED = [
    fires(
        "computed: what was gathered for ever of two people is added up, once",
        asks(test),
        [
            view(10, n=1.0),
            view(10, n=2.0, person="q"),
            view(11, n=2.0, joins="q"),
            view(12, n=3.0, person="r"),
            view(13, joins="r"),
            buy(20),
        ],
        "b",
        20,
        measures=Measures((trait,)),
    )
    for trait, test in [computed("sum", "== 8.0", lambda v: v == 8)]
]

HOUR = 3_600_000
BERLIN = {"timezone": "Europe/Berlin"}


def hours(*text: str) -> list[Arrival | Wake]:
    """Let ``Buy`` arrive at these UTC hours of October 2023; clocks in Berlin go back on the 29th."""
    turns: list[Arrival | Wake] = []
    for one in text:
        day, hour = one.split("T")
        at = datetime(2023, 10, int(day), int(hour), tzinfo=UTC).timestamp() * 1_000
        turns.append(buy(int(at) - START, one, traits=BERLIN))
    return turns


def days(name: str, per: str, turns: list[Arrival | Wake], *fired: str) -> Told:
    """Tell a story of a calendar cap by the ids of the firings."""
    when = {turn.event.id: turn.event.timestamp - START for turn in turns if isinstance(turn, Arrival)}
    at = [part for one in fired for part in (one, when[one])]
    return fires(name, rule("event", names=("Buy",), caps=((1, per),)), turns, *at)


CALENDAR = [
    days(
        "cap: the day on which clocks go back has 25 hours",
        "day",
        hours("28T21", "28T22", "29T22", "29T23"),
        "28T21",
        "28T22",
        "29T23",
    ),
    days(
        "cap: the calendar week begins on Monday",
        "week",
        hours("22T21", "22T22", "29T22", "29T23"),
        "22T21",
        "22T22",
        "29T23",
    ),
]

STORIES = [*CONDITIONS, *MEASURED, *NOTHING, *JOINED, *CALENDAR]


@pytest.mark.parametrize("told", STORIES, ids=lambda told: told.name.replace(" ", "-"))
@pytest.mark.parametrize("side", ["model", "engine"])
def test_a_condition_holds_as_the_page_says(told: Told, side: str) -> None:
    """Fire exactly where the condition holds or the limit allows."""
    assert actions_of(told, side) == told.actions
