"""Small stories, one per rule that random runs meet rarely: the model, the engine and the page say the same."""

from __future__ import annotations

from typing import Any

import pytest
from reference.engine_side import EngineRun, Teller, rule_set
from reference.rules import Named
from reference.small import DATA, Told, actions_of, came, rule, wait
from reference.timelines import START, Wake

ABSENCE: dict[str, Any] = {"within": 20, "cancels": (Named("Buy"),)}

STORIES = [
    Told(
        "a late firing whose wait is long over lets the next step go when the clock next looks",
        rule("event", DATA, wait(10), DATA),
        [came(100, "View"), came(50, "Add", now=101), Wake("p", START + 101)],
        [("Add", None, 0, 50), ("Add", None, 2, 60)],
    ),
    Told(
        "a cart and its order that arrive together, late, cancel each other",
        rule("absence", DATA, **ABSENCE),
        [
            came(500, "View"),
            came(10, "Add", now=501),
            came(20, "Buy", now=501),
            Wake("p", START + 502),
        ],
        [],
    ),
    Told(
        "a cart that arrives late and alone fires when the clock next looks",
        rule("absence", DATA, **ABSENCE),
        [came(500, "View"), came(10, "Add", now=501), Wake("p", START + 502)],
        [("Add", None, 0, 10 + ABSENCE["within"])],
    ),
    Told(
        "a late firing whose journey the history has already ended lets no further step go",
        rule("event", DATA, wait(20), DATA, exit_on=(Named("Buy"),)),
        [came(60, "Buy"), came(50, "Add", now=61), Wake("p", START + 500)],
        [("Add", None, 0, 50)],
    ),
    Told(
        "of two open journeys of one key the earlier firing's goes on after a merge",
        rule("event", DATA, wait(50), DATA),
        [
            came(10, "Add", id="first"),
            came(20, "Add", id="second", person="q"),
            came(30, "View", joins="q"),
            Wake("p", START + 500),
        ],
        [("first", None, 0, 10), ("second", None, 0, 20), ("first", None, 2, 60)],
    ),
    Told(
        "an exit event of the other person ends a journey when the two become one",
        rule("event", DATA, wait(50), DATA, exit_on=(Named("Buy"),)),
        [came(10, "Add"), came(20, "Buy", person="q"), came(30, "View", joins="q"), Wake("p", START + 500)],
        [("Add", None, 0, 10)],
    ),
    Told(
        "an anchor event after due and before the timer is drained opens a case of its own",
        rule("absence", DATA, restart=True, **ABSENCE),
        [
            came(10, "Add", id="first", lateness=20),
            came(35, "Add", id="second", lateness=20),
            Wake("p", START + 500),
        ],
        [("first", None, 0, 30), ("second", None, 0, 55)],
    ),
    Told(
        "without restart, too, an event after due does not join the case whose timer still waits",
        rule("absence", DATA, **ABSENCE),
        [
            came(10, "Add", id="first", lateness=20),
            came(35, "Add", id="second", lateness=20),
            Wake("p", START + 500),
        ],
        [("first", None, 0, 30), ("second", None, 0, 55)],
    ),
    Told(
        "timers of sources with different lateness fire in the order in which they could be drained",
        rule("absence", DATA, keyed=True, cooldown=15, **ABSENCE),
        [
            came(10, "Add", id="slow", k="a", lateness=30),
            came(20, "Add", id="quick", k="b"),
            Wake("p", START + 500),
        ],
        [("quick", "b", 0, 40)],
    ),
]


@pytest.mark.parametrize("told", STORIES, ids=lambda told: told.name.replace(" ", "-"))
@pytest.mark.parametrize("side", ["model", "engine"])
def test_a_small_story_goes_as_the_page_says(told: Told, side: str) -> None:
    """Ask for exactly the promised actions."""
    assert actions_of(told, side) == told.actions


@pytest.mark.parametrize("often", [True, False])
def test_different_lateness_and_the_clock_looked_at_often_or_once_give_the_same(often: bool) -> None:
    """Fire the same timers whether the clock is looked at each millisecond or once."""
    told = STORIES[-1]
    run, teller = EngineRun(rule_set([told.rule])), Teller()
    wakes = [Wake("p", START + now) for now in (range(21, 500) if often else [500])]
    answers = [teller.answer(done) for turn in [*told.turns[:-1], *wakes] for done in run.turn(turn)]
    assert [action[1] for answer in answers for action in answer.actions] == ["quick"]
