"""Small stories of a rule that is published on the way: it sees the past and does nothing for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from reference.rules import Named, Rule
from reference.small import Asked, Told, actions_of, came, looked, rule
from reference.timelines import START, Arrival, Published, Turn

SEEN = rule("event", name="seen", names=("Add",))
COUNT: dict[str, Any] = {"within": 30}


def add(at: int, event_id: str, **given: Any) -> Arrival:
    """Let an ``Add`` arrive."""
    return came(at, "Add", id=event_id, **given)


def published(new: Rule, before: list[Arrival], now: int, *after: Turn, known: Rule = SEEN) -> Told:
    """Publish a rule between what came before and what comes after."""
    new = replace(new, since=before[-1].event.seq)
    return Told("", new, [*before, Published([known, new], START + now), *after], [], below=(known,))


STORIES: dict[str, tuple[Told, list[Asked]]] = {
    "nothing fires for what was already so": (
        published(rule("count", at_least=2, **COUNT), [add(10, "a"), add(20, "b")], 21, looked(500)),
        [],
    ),
    "its counts see what is still in the timeline": (
        published(rule("count", at_least=3, **COUNT), [add(10, "a"), add(20, "b")], 21, add(30, "c")),
        [("c", None, 0, 30)],
    ),
    "of what came before, only what some trigger named is still there": (
        published(
            rule("count", at_least=3, **COUNT),
            [add(10, "a"), add(20, "b")],
            21,
            add(30, "c"),
            known=rule("event", name="seen", names=("Buy",)),
        ),
        [],
    ),
    "a late event makes nothing fire at an event from before": (
        published(rule("count", at_least=3, **COUNT), [add(10, "a"), add(20, "b")], 21, add(5, "c", now=22)),
        [],
    ),
    "no case is opened for what came before": (
        published(
            rule("absence", within=20, cancels=(Named("Buy"),)), [add(10, "a")], 11, add(40, "b"), looked(500)
        ),
        [("b", None, 0, 60)],
    ),
    "a change is one from what came before": (
        published(rule("changed", value="n"), [add(10, "a", n=1.0)], 11, add(20, "b", n=2.0)),
        [("b", None, 0, 20)],
    ),
}


@pytest.mark.parametrize("name", STORIES, ids=lambda name: name.replace(" ", "-"))
@pytest.mark.parametrize("side", ["model", "engine"])
def test_a_rule_that_is_published_on_the_way(name: str, side: str) -> None:
    """Fire exactly where the page says."""
    told, expected = STORIES[name]
    at_the_start = replace(told, rule=told.below[0], below=())
    assert actions_of(at_the_start, side, of=told.rule.name) == expected
