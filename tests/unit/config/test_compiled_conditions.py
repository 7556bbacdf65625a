"""What each condition becomes, wherever conditions stand; and that the same count has the same id everywhere."""

from __future__ import annotations

import pytest
from mapping_folder import DO, Folder, rules

from core.config.kinds.tally import tally_of
from core.engine.condition import (
    AllOf,
    AnyOf,
    Condition,
    Consented,
    Count,
    FormulaCondition,
    Inactive,
    InSegment,
    Not,
    ScoreIs,
)
from core.engine.formula import compile_formula
from core.engine.rule import OnlyIf, Pattern
from core.engine.when import matched

DAY = 86_400_000
V = compile_formula("properties.v")
PROFILE = "segments: {vip: =profile.traits.revenue > 1000}\nscores: {churn: =profile.traits.churn_score}\n"
A, B = Pattern("A"), Pattern("B")

#: Makes the events known.
TRIED = "tests: [{name: n, timeline: [{at: 0m, event: A}, {at: 0m, event: B}], expect: []}]\n"

LEAVES = [
    ("{in_segment: vip}", InSegment("vip")),
    ("{inactive_for: 30d}", Inactive(30 * DAY)),
    ("{score: {name: churn, above: 0.7}}", ScoreIs("churn", above=0.7)),
    ("{score: {name: churn, below: 1}}", ScoreIs("churn", below=1.0)),
    ("{score: {name: churn, above: 0, below: 0.5}}", ScoreIs("churn", 0.0, 0.5)),
    ("{consent: {purpose: marketing, channel: sms}}", Consented("marketing", "sms")),
    ("{consent: {purpose: transactional}}", Consented("transactional")),
    ("{count: {event: A, at_least: 2}}", Count(tally_of((A,)), at_least=2)),
    ("{count: {event: A, at_most: 0, within: 7d}}", Count(tally_of((A,), within=7 * DAY), at_most=0)),
    (
        "{count: {event: [A, B], where: =properties.v, at_least: 1, at_most: 1, within: 1d, ago: 7d}}",
        Count(tally_of((Pattern("A", V), Pattern("B", V)), within=DAY, ago=7 * DAY), 1, 1),
    ),
    (
        "{count: {trigger: x, at_least: 2, within: 7d}}",
        Count(tally_of((Pattern(matched("x")),), within=7 * DAY), at_least=2),
    ),
]


def load(folder: Folder, text: str) -> None:
    """Write a trigger with a condition beside a profile and another trigger."""
    folder.write("profile.yaml", PROFILE)
    folder.write("triggers/x.yaml", f"trigger: x\nstatus: shadow\nwhen: api\n{DO}{TRIED}")
    folder.write("triggers/t.yaml", f"trigger: t\nwhen: api\n{text}")


@pytest.mark.parametrize(("text", "expected"), LEAVES, ids=[text for text, _ in LEAVES])
def test_each_leaf_becomes_its_value(folder: Folder, text: str, expected: Condition) -> None:
    """In `only_if` and at a checkpoint alike."""
    load(folder, f"only_if: {text}\ndo: [only_if: {text}, braze.track_event: {{name: x}}]\n")
    found = rules(folder).triggers["t"]
    assert found.only_if == expected
    assert found.steps[0] == OnlyIf(expected)


@pytest.mark.parametrize(("text", "expected"), LEAVES, ids=[text for text, _ in LEAVES])
def test_a_segment_is_a_condition(folder: Folder, text: str, expected: Condition) -> None:
    """Any leaf may be a whole segment."""
    load(folder, DO)
    folder.write("profile.yaml", PROFILE.replace("segments: {", f"segments: {{it: {text}, "))
    assert rules(folder).segments["it"].condition == expected


def test_conditions_have_any_depth(folder: Folder) -> None:
    """Leaves of every kind under all, any and not."""
    load(
        folder,
        "only_if:\n  all:\n    - =properties.v\n    - not: {in_segment: vip}\n"
        "    - any:\n      - {count: {event: A, at_least: 2}}\n"
        "      - not: [{all: [{inactive_for: 1d}, {consent: {purpose: marketing}}]}]\n" + DO,
    )
    expected = AllOf(
        (
            FormulaCondition(V),
            Not(InSegment("vip")),
            AnyOf(
                (
                    Count(tally_of((A,)), at_least=2),
                    Not(AllOf((Inactive(DAY), Consented("marketing")))),
                )
            ),
        )
    )
    assert rules(folder).triggers["t"].only_if == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("event: [A, B]", "event: [B, A, B]"),
        ("event: [A, B]", "event: [{event: A}, B]"),
        ("event: {event: A, where: =properties.v > 1}", "event: A, where: '=properties.v>1'"),
    ],
)
def test_the_same_count_has_the_same_id(folder: Folder, one: str, other: str) -> None:
    """It is gathered once, whichever file asks for it and however it is written."""
    load(folder, f"only_if: {{count: {{{one}, at_least: 2, within: 7d}}}}\n{DO}")
    folder.write(
        "profile.yaml",
        f"segments: {{vip: {{count: {{{other}, at_least: 9, within: 7d}}}}}}\nscores: {{churn: =profile.traits.c}}\n",
    )
    loaded = rules(folder)
    left, right = loaded.triggers["t"].only_if, loaded.segments["vip"].condition
    assert isinstance(left, Count)
    assert isinstance(right, Count)
    assert left.tally.id == right.tally.id


def test_counts_that_differ_in_meaning_have_different_ids() -> None:
    """Names, `where`, the window and how long ago it was are all part of it."""
    where = Pattern("A", V)
    tallies = [
        tally_of((A,)),
        tally_of((B,)),
        tally_of((A, B)),
        tally_of((where,)),
        tally_of((Pattern(matched("A")),)),
        tally_of((A,), within=DAY),
        tally_of((A,), within=2 * DAY),
        tally_of((A,), within=DAY, ago=DAY),
        tally_of((A,), value=V),
        tally_of((A,), within=DAY, value=V),
    ]
    assert len({one.id for one in tallies}) == len(tallies)
