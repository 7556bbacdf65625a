"""The sequence anchor: chains of steps, in order, within a window, with nothing that breaks them."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from random import Random
from typing import Any

import pytest
from hit_marks import HOUR, Told, all_hits, check_against, marks_of, matched_at, moments, told

from core.engine.formula import compile_formula
from core.engine.hits import expression, horizon, is_asked, needed, short_of
from core.engine.when import Pattern, SequenceAnchor

PLAN, DEAL = compile_formula("properties.plan"), compile_formula("properties.deal")


def steps(names: str) -> tuple[tuple[Pattern, ...], ...]:
    """Make a step of each letter."""
    return tuple((Pattern(name),) for name in names)


AB, ABC, AA = (SequenceAnchor(steps(names), 48 * HOUR) for names in ("AB", "ABC", "AA"))
STRICT = replace(AB, strict=True)
SAME = replace(AB, same=PLAN)
UNLESS = replace(AB, unless=(Pattern("X"),))


def story(names: str, **properties: Any) -> list[Told]:
    """Tell one event a second, named by the letters; a small letter is a page view."""
    return [
        Told(name.upper(), 1_000 * at, at, dict(properties), kind="page" if name.islower() else "track")
        for at, name in enumerate(names, 1)
    ]


def chains(anchor: SequenceAnchor, *events: Told) -> list[tuple[int, ...]]:
    """Give the chains that match."""
    return [hit.seqs for hit in all_hits(anchor, *events)]


def test_the_first_step_may_lie_exactly_within_before_the_last() -> None:
    """The edge is included, a millisecond more is not."""
    assert matched_at(AB, told("A", 0), told("B", 48 * HOUR)) == [48 * HOUR]
    assert matched_at(AB, told("A", 0), told("B", 48 * HOUR + 1)) == []


def test_a_step_comes_before_the_next_in_order() -> None:
    """At equal times the order of arrival decides."""
    assert chains(AB, Told("A", 5, 1), Told("B", 5, 2)) == [(1, 2)]
    assert chains(AB, Told("B", 5, 1), Told("A", 5, 2)) == []


def test_the_same_step_twice_needs_two_events() -> None:
    """One event is never two steps of a chain; it may serve in many chains."""
    assert chains(AA, *story("AAA")) == [(1, 2), (2, 3)]


def test_each_last_step_matches_and_steps_serve_again() -> None:
    """Every event of the last step with a chain before it matches."""
    assert chains(AB, *story("ABB")) == [(1, 2), (1, 3)]


def test_the_chain_whose_events_are_latest_is_taken() -> None:
    """From the last step backwards, each the latest that leaves a chain."""
    assert chains(ABC, *story("AABABAC")) == [(4, 5, 7)]


def test_a_step_may_be_one_of_several_names_with_where() -> None:
    """A step has patterns; an event that matches two steps may be either."""
    dear = compile_formula("properties.price > 10.0")
    anchor = replace(AB, steps=((Pattern("A"), Pattern("C")), (Pattern("A", dear), Pattern("B"))))
    found = chains(anchor, told("C", 1), told("A", 2, price=20.0), told("A", 3, price=5.0), told("B", 4))
    assert found == [(1, 2), (3, 4)]


def test_strict_allows_no_other_track_event_between_neighbours() -> None:
    """Whatever its name, and also one of another ``same``."""
    assert chains(STRICT, *story("ABAZBAB")) == [(1, 2), (6, 7)]
    other = [told("A", 1, plan="x"), told("A", 2, plan="y"), told("B", 3, plan="x")]
    assert chains(replace(STRICT, same=PLAN), *other) == []


def test_strict_lets_pages_and_other_calls_lie_between() -> None:
    """Page views between are no track events, even where they are steps."""
    pages = [replace(event, kind=kind) for event, kind in zip(story("AzzzB"), "tpsit", strict=True)]
    kinds = {"t": "track", "p": "page", "s": "screen", "i": "identify"}
    assert chains(STRICT, *(replace(event, kind=kinds[event.kind]) for event in pages)) == [(1, 5)]
    assert chains(STRICT, *story("AaB")) == [(2, 3)]


def test_strict_takes_an_earlier_event_where_the_latest_leads_nowhere() -> None:
    """A page view that is the same step as the track event before it does not hide it."""
    assert chains(replace(ABC, strict=True), *story("ABbC")) == [(1, 2, 4)]


def test_same_asks_one_value_of_all_steps_and_makes_it_the_key() -> None:
    """An event without the value is no step."""
    events = [told("A", 1, plan="x"), told("A", 2, plan=5.0), told("A", 3), told("B", 4, plan="x")]
    found = all_hits(SAME, *events, told("B", 5), told("B", 6, plan="5"))
    assert [(hit.key, hit.seqs) for hit in found] == [("x", (1, 4)), ("5", (2, 6))]


def test_a_given_key_is_read_from_the_last_event() -> None:
    """With ``same`` or without, and no value is no key."""
    events = [told("A", 1, plan="x", deal="d1"), told("B", 2, plan="x", deal="d2"), told("B", 3, plan="x")]
    for anchor in (AB, SAME):
        assert [hit.key for hit in all_hits(replace(anchor, key=DEAL), *events)] == ["d2", ""]


def test_unless_breaks_a_chain_between_its_first_and_last_event() -> None:
    """Before the first it breaks nothing, and a chain that begins behind it is whole."""
    assert chains(UNLESS, *story("XAB")) == [(2, 3)]
    assert chains(UNLESS, *story("AXB")) == []
    assert chains(UNLESS, *story("AXAB")) == [(3, 4)]
    assert chains(replace(ABC, unless=UNLESS.unless), *story("ABXC")) == []


def test_unless_with_another_same_breaks_nothing() -> None:
    """One of the same value does, and one that names none."""
    for plan, expected in (({"plan": "y"}, [(1, 3)]), ({"plan": "x"}, []), ({}, [])):
        events = [told("A", 1, plan="x"), told("X", 2, **plan), told("B", 3, plan="x")]
        assert chains(replace(SAME, unless=UNLESS.unless), *events) == expected


def test_a_step_that_is_also_unless_may_stand_at_the_ends_only() -> None:
    """As the first or last event it lies between nothing."""
    for name in "AC":
        assert chains(replace(ABC, unless=(Pattern(name),)), *story("ABC")) == [(1, 2, 3)]
    assert chains(replace(ABC, unless=(Pattern("B"),)), *story("ABC")) == []


def test_only_strict_looks_at_events_that_it_does_not_name() -> None:
    """Marks are kept of steps and of what breaks chains."""
    assert len(marks_of(UNLESS, story("AZXzB"))) == 3
    assert len(marks_of(STRICT, story("AZXzB"))) == 4


def test_reasons_tell_what_is_missing() -> None:
    """A step, the value, or quiet between the steps."""

    def short(anchor: SequenceAnchor, *events: Told) -> Any:
        marks = marks_of(anchor, events)
        return short_of(anchor, marks, len(marks) - 1)

    assert short(ABC, *story("BC")) == "step 1 of 3 is missing: A"
    assert short(ABC, *story("BAC")) == "step 2 of 3 is missing: B"
    assert short(UNLESS, *story("AXB")) == "broken by X"
    assert short(STRICT, *story("AZB")) == "another event between two steps"
    assert short(replace(STRICT, same=PLAN), *story("AB")) == "no properties.plan"
    assert short(AB, *story("A")) == "no event that is step 2: B"
    assert all_hits(AB, *story("ZAZB"))[0].saw == "all in 2s"
    text = expression(replace(SAME, strict=True, unless=UNLESS.unless))
    assert text == "A then B within 2d, strict, same properties.plan, unless X"
    assert (needed(AB), is_asked(AB, "B"), is_asked(AB, "A")) == ("all 2 steps", True, False)
    assert horizon(AB) == 48 * HOUR


def naive(anchor: SequenceAnchor, events: list[Told]) -> list[tuple[int, str, tuple[int, ...]]]:
    """Try every choice of events, and take the latest that is a chain by the words of the page."""
    found = []
    for last in range(len(events)):
        choices = product(range(last), repeat=len(anchor.steps) - 1)
        whole = [(*choice, last) for choice in choices if is_chain(anchor, events, (*choice, last))]
        if whole:
            best = max(whole, key=lambda chain: chain[::-1])
            key = value_of(anchor.key or anchor.same, events[last])
            found.append((events[last].seq, key, tuple(events[at].seq for at in best)))
    return found


def value_of(formula: Any, event: Told) -> str:
    """Read a property by the formula's name; empty without."""
    return event.properties.get(formula.text.removeprefix("properties."), "") if formula else ""


def is_chain(anchor: SequenceAnchor, events: list[Told], chain: tuple[int, ...]) -> bool:
    """Ask each sentence of the page in turn."""
    if list(chain) != sorted(set(chain)):
        return False
    if any(
        events[at].name not in {p.name for p in step} for at, step in zip(chain, anchor.steps, strict=True)
    ):
        return False
    same = {value_of(anchor.same, events[at]) for at in chain}
    if anchor.same and (len(same) > 1 or "" in same):
        return False
    if events[chain[-1]].at - events[chain[0]].at > anchor.within:
        return False
    inside = range(chain[0] + 1, chain[-1])
    if anchor.strict and any(events[at].kind == "track" and at not in chain for at in inside):
        return False
    breaking = [events[at] for at in inside if events[at].name in {p.name for p in anchor.unless}]
    return not any(value_of(anchor.same, event) in {"", *same} for event in breaking)


@pytest.mark.parametrize("seed", range(500))
def test_sequences_agree_with_the_words_of_the_page(seed: int) -> None:
    """Compare random stories, for every start and event by event."""
    random = Random(seed)
    events = [
        Told(
            random.choice("AABBCX"),
            at,
            seq,
            {name: random.choice("ab") for name in ("plan", "deal") if random.random() < 0.9},
            kind=random.choice(["track", "track", "page"]),
        )
        for seq, at in enumerate(moments(random, 11, (0, 1, 2, 9, 10, 11)), 1)
    ]
    names = random.choice(["AB", "ABC", "AA", "ABA", "AAB"])
    either = tuple((Pattern("A"), Pattern("B")) if random.random() < 0.2 else step for step in steps(names))
    anchor = SequenceAnchor(
        either,
        random.choice([10, 20]),
        strict=random.random() < 0.4,
        same=random.choice([None, PLAN]),
        unless=(Pattern(random.choice("XXA")),) if random.random() < 0.4 else (),
        key=random.choice([None, DEAL]),
    )
    check_against(anchor, events, naive(anchor, events))
