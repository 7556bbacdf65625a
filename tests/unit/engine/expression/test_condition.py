"""Three-valued conditions and the reasons they leave."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engine.condition import AllOf, AnyOf, Condition, FormulaCondition, Not, judge
from core.engine.decision import Part
from core.engine.formula import compile_formula
from core.engine.scope import Scope

TEXTS = {True: "properties.yes", False: "properties.no", None: "properties.none"}
SCOPE = Scope(
    event={
        "properties": {
            "yes": True,
            "no": False,
            "name": "Shoe",
            "price": 40.0,
            "tags": ["a"],
            "map": {"a": "b"},
        }
    },
    profile={},
    now=0,
    case={"sum": 80.0},
)


def leaf(text: str) -> FormulaCondition:
    """Make a condition of one formula."""
    return FormulaCondition(compile_formula(text))


LEAVES = {truth: leaf(text) for truth, text in TEXTS.items()}
TRUTHS = st.sampled_from([True, False, None])


def kleene(truths: list[bool | None], decisive: bool) -> bool | None:
    """Join truths by the textbook: as numbers, ``all`` is the least and ``any`` the greatest."""
    order = {False: 0.0, None: 0.5, True: 1.0}
    pick = max if decisive else min
    found = pick((order[truth] for truth in truths), default=0.0 if decisive else 1.0)
    return {number: truth for truth, number in order.items()}[found]


@given(st.lists(TRUTHS, max_size=4))
def test_all_and_any_are_kleenes(truths: list[bool | None]) -> None:
    """Unknown gives way only to the truth that decides."""
    parts = tuple(LEAVES[truth] for truth in truths)
    assert judge(AllOf(parts), SCOPE).truth is kleene(truths, decisive=False)
    assert judge(AnyOf(parts), SCOPE).truth is kleene(truths, decisive=True)


@given(TRUTHS)
def test_not_keeps_unknown(truth: bool | None) -> None:
    """What is unknown stays unknown through ``not``."""
    expected = {True: False, False: True, None: None}[truth]
    assert judge(Not(LEAVES[truth]), SCOPE).truth is expected


@given(st.lists(TRUTHS, max_size=4))
def test_de_morgan_holds_for_three_values(truths: list[bool | None]) -> None:
    """The negation of ``all`` is ``any`` of the negations."""
    parts = tuple(LEAVES[truth] for truth in truths)
    one, other = Not(AllOf(parts)), AnyOf(tuple(Not(part) for part in parts))
    assert judge(one, SCOPE).truth is judge(other, SCOPE).truth


def test_every_part_is_judged_even_when_the_first_decides() -> None:
    """A reason shows all that was asked."""
    condition = AllOf((LEAVES[False], AnyOf((LEAVES[True], Not(LEAVES[None])))))
    assert judge(condition, SCOPE) == Part(
        kind="all",
        truth=False,
        expression="all(properties.no; any(properties.yes; not(properties.none)))",
        parts=(
            Part(kind="formula", truth=False, expression="properties.no", saw={"properties.no": False}),
            Part(
                kind="any",
                truth=True,
                expression="any(properties.yes; not(properties.none))",
                parts=(
                    Part(
                        kind="formula", truth=True, expression="properties.yes", saw={"properties.yes": True}
                    ),
                    Part(
                        kind="not",
                        truth=None,
                        expression="not(properties.none)",
                        parts=(
                            Part(
                                kind="formula",
                                truth=None,
                                expression="properties.none",
                                saw={"unknown": "properties.none is missing", "properties.none": None},
                            ),
                        ),
                    ),
                ),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("text", "truth", "saw"),
    [
        ("case.sum > 50", True, {"case.sum": 80.0}),
        ("case.sum > 50 && properties.none == 1", None, {"case.sum": 80.0, "properties.none": None}),
        ("has(properties.none)", False, {"properties.none": None}),
        ("properties.tags == ['a']", True, {"properties.tags": ["a"]}),
        (
            "properties.map.a == 'b' && size(properties.map) == 2",
            False,
            {"properties.map.a": "b", "properties.map": "map of 1"},
        ),
        ("1 < 2", True, {}),
    ],
)
def test_a_leaf_shows_what_it_saw(text: str, truth: bool | None, saw: dict[str, Any]) -> None:
    """Each path that the formula reads is there with its value, or null where there is none."""
    part = judge(leaf(text), SCOPE)
    assert part.truth is truth
    assert {name: value for name, value in part.saw.items() if name != "unknown"} == saw
    assert ("unknown" in part.saw) is (truth is None)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("properties.name", "text"), ("properties.price", "a number"), ("[1]", "a list"), ("{'a': 1}", "a map")],
)
def test_a_result_that_is_no_truth_value_is_unknown(text: str, kind: str) -> None:
    """A condition is true or false; anything else is a mistake that the reason names."""
    part = judge(leaf(text), SCOPE)
    assert part.truth is None
    assert part.saw["unknown"] == f"{text} is {kind}, not true or false"


def test_a_reason_shows_of_large_values_only_their_size() -> None:
    """A decision is a record, not a copy of the event."""
    properties = {"text": "x" * 500, "many": [1.0] * 50, "deep": [{"a": 1.0}]}
    scope = Scope(event={"properties": properties}, profile={}, now=0)
    part = judge(leaf("size(properties.text) + size(properties.many) + size(properties.deep) > 1"), scope)
    assert part.saw == {
        "properties.text": "x" * 200 + "…",
        "properties.many": "list of 50",
        "properties.deep": "list of 1",
    }


@pytest.mark.parametrize("condition", [LEAVES[True], AllOf((LEAVES[True],)), AnyOf(()), Not(LEAVES[None])])
def test_a_condition_and_its_part_are_written_alike(condition: Condition) -> None:
    """The expression of a condition is that of its reason."""
    assert judge(condition, SCOPE).expression == condition.expression
