"""Small stories of what is kept no more: the model, the engine and the page say the same."""

from __future__ import annotations

import pytest
from reference.policy import Group, Policy
from reference.posted import Posted, letter, sending
from reference.rules import Named
from reference.small import DATA, came, looked, rule
from reference.timelines import Arrival, in_case

SIDES = pytest.mark.parametrize("side", ["model", "engine"])


def adds(number: int) -> list[Arrival]:
    """Let so many things be added, each with its own key."""
    return [came(n, "Add", id=f"a{n}", k=f"k{n}", product_id=f"p{n}") for n in range(number)]


def spread(number: int) -> list[Arrival]:
    """Let so many things be added, and one late, right behind the first."""
    later = [came(4 + 2 * n, "Add", id=f"a{n}") for n in range(number - 1)]
    return [came(0, "Add", id="first"), *later, came(1, "Add", id="late", now=1_000)]


@SIDES
@pytest.mark.parametrize(("removed", "fires"), [(51, False), (49, True)])
def test_a_case_keeps_its_last_fifty_events_and_counts_all(side: str, removed: int, *, fires: bool) -> None:
    """Of sixty products the first ten are counted, and can no more be taken out; without the others it closes."""
    cart = rule(
        "absence",
        DATA,
        within=200,
        cancels=(Named("Buy"),),
        less=(Named("Remove"),),
        only_if=in_case("count", 11),
    )
    gone = [came(100 + n, "Remove", id=f"r{n}", product_id=f"p{59 - n}") for n in range(removed)]
    story = Posted([cart], [*adds(60), *gone, looked(500)])
    decided = [outcome for _, _, outcome in story.decided(side)]
    assert decided == (["fired"] if fires else [])


@SIDES
@pytest.mark.parametrize(("firings", "outcome"), [(200, "suppressed"), (201, "fired")])
def test_the_last_two_hundred_firings_of_a_trigger_are_known(side: str, firings: int, outcome: str) -> None:
    """A late match lies too near the first of all alone, which is forgotten then."""
    story = Posted([sending(letter(), cooldown=2)], spread(firings))
    assert story.decided(side)[-1] == ("t", 1, outcome)


@SIDES
@pytest.mark.parametrize(("firings", "outcome"), [(200, "suppressed"), (201, "fired")])
def test_the_last_two_hundred_firings_of_a_group_are_known(side: str, firings: int, outcome: str) -> None:
    """As of a trigger."""
    policy = Policy(groups={"g": Group(1, 1)})
    story = Posted([sending(letter(), group="g")], spread(firings), policy)
    assert story.decided(side)[-1] == ("t", 1, outcome)


@SIDES
def test_no_more_than_fifty_matches_of_a_trigger_are_held_for_a_person(side: str) -> None:
    """What comes beyond loses its group for good."""
    held = sending(letter(), group="g", keyed=True)
    policy = Policy(groups={"g": Group(1, 1_000, hold=True)})
    story = Posted([held], adds(52), policy)
    assert [outcome for _, _, outcome in story.decided(side)] == ["fired", *["held"] * 50, "suppressed"]
