"""The short way gives what CEL gives, for any data."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.engine.formula import Formula, Unknown, compile_formula
from core.engine.scope import Scope

NAMES = ["a", "b", "items"]
SCALARS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-5, 5).map(float),
    st.booleans(),
    # CEL ends texts at a NUL, which cleaning therefore takes out.
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=3),
    st.sampled_from(["x", "xy", "é", "z", "10"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
)
MAPS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3)
STEPS = st.one_of(
    st.sampled_from([f".{name}" for name in NAMES]),
    st.sampled_from([f'["{name}"]' for name in NAMES]),
    st.integers(0, 3).map(lambda index: f"[{index}]"),
)
PATHS = st.builds(
    lambda root, steps: root + "".join(steps),
    st.sampled_from(["properties", "traits", "case", "profile.traits", "event.properties", "key"]),
    st.lists(STEPS, max_size=3),
)
LITERALS = st.sampled_from(["1", "2.5", "-1", "0", "'x'", '"xy"', "true", "false", "10", "1e3"])
CALLS = st.one_of(
    st.builds(lambda path, name: f"has({path}.{name})", PATHS, st.sampled_from(NAMES)),
    st.builds(lambda path: f"size({path})", PATHS),
    st.builds(
        lambda path, method, text: f"{path}.a.{method}('{text}')",
        PATHS,
        st.sampled_from(["startsWith", "endsWith", "contains"]),
        st.sampled_from(["x", "y", "1"]),
    ),
    st.builds(lambda path: f"{path} in ['x', 1, 2.5]", PATHS),
)
SIGNS = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "&&", "||"])
FORMULAS = st.recursive(
    PATHS | CALLS | LITERALS,
    lambda inner: st.one_of(
        st.builds(lambda left, sign, right: f"{left} {sign} {right}", inner, SIGNS, inner),
        inner.map(lambda part: f"({part})"),
        inner.map(lambda part: f"!({part})"),
    ),
    max_leaves=4,
)


def compiled(text: str) -> Formula | None:
    """Compile a formula; None where CEL's checker refuses it already."""
    try:
        return compile_formula(text)
    except Exception:  # noqa: BLE001 - whatever is refused is not under test here
        return None


def agree(one: Any, other: Any) -> bool:
    """Tell whether two results are the same value of the same type, or both unknown."""
    if isinstance(one, Unknown) or isinstance(other, Unknown):
        return isinstance(one, Unknown) and isinstance(other, Unknown)
    return type(one) is type(other) and one == other


@settings(max_examples=200, deadline=None)
@given(PATHS, MAPS, MAPS, st.none() | st.text(max_size=2))
def test_a_path_getter_agrees_with_cel(
    path: str, first: dict[str, Any], second: dict[str, Any], key: str | None
) -> None:
    """A path gives CEL's value, or is unknown exactly where CEL's is."""
    formula = compile_formula(path)
    scope = Scope(
        event={"properties": first, "traits": second}, profile={"traits": first}, now=0, case=second, key=key
    )
    assert agree(formula.evaluate(scope), formula.evaluate_by_cel(scope))


@settings(max_examples=500, deadline=None)
@given(FORMULAS, MAPS, MAPS)
def test_a_closure_agrees_with_cel(text: str, first: dict[str, Any], second: dict[str, Any]) -> None:
    """Comparisons, arithmetic and logic give CEL's answer, with the same reason where it is unknown."""
    formula = compiled(text)
    if formula is None:
        return
    scope = Scope(
        event={"properties": first, "traits": second}, profile={"traits": first}, now=0, case=second
    )
    assert agree(formula.evaluate(scope), formula.evaluate_by_cel(scope))


EACH = {
    "text": "x",
    "other text": "xy",
    "number": 2.0,
    "nought": 0.0,
    "huge": 1e308,
    "yes": True,
    "no": False,
}
EACH |= {"list": ["x", 1.0], "map": {"a": 1.0}}


@pytest.mark.parametrize(
    "text",
    [
        *(
            f"properties.a {sign} properties.b"
            for sign in ("==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/")
        ),
        "properties.a && properties.b",
        "properties.a || properties.b",
        "!properties.a",
        "properties.a in ['x', 2]",
        "properties.a.startsWith('x')",
        "properties.a.endsWith('y')",
        "properties.a.contains('y')",
        "size(properties.a) == size(properties.b)",
        "has(properties.a.a)",
        "has(properties.a) && has(properties.c)",
        "properties.a * -2 - 1 > 0.5 || properties.b == true",
    ],
)
def test_every_closure_agrees_with_cel_for_every_pair_of_types(text: str) -> None:
    """No type that data can have, nor its absence, makes the short way answer otherwise than CEL."""
    formula = compile_formula(text)
    assert formula.is_short
    for first in [None, *EACH]:
        for second in [None, *EACH]:
            properties = {name: EACH[kind] for name, kind in (("a", first), ("b", second)) if kind}
            scope = Scope(event={"properties": properties}, profile={}, now=0)
            assert agree(formula.evaluate(scope), formula.evaluate_by_cel(scope)), properties


@pytest.mark.parametrize(
    "text",
    [
        "properties.a",
        "properties.a * properties.b > 50",
        "case.sum > 50 && !(traits.a == 'x' || properties.a in ['x', 'y'])",
        "properties.a.startsWith('x')",
        "has(properties.a)",
        "size(properties.items) >= 2",
    ],
)
def test_the_common_forms_take_the_short_way(text: str) -> None:
    """The forms that admins write most do not need CEL."""
    assert compile_formula(text).is_short


@pytest.mark.parametrize(
    "text",
    [
        "now",
        "now > now",
        "properties.?a.orValue(1)",
        "[properties.?a.orValue(1)]",
        "properties.a.matches('x')",
        "properties.a.startsWith(properties.b)",
        "properties.a.replace('a', 'b')",
        "properties.a == -properties.b",
        "properties.a == 0x10",
        "properties.a == 3u",
        "properties.a == r'x'",
        "properties.a ? 1 : 2",
        "'a' in properties.items",
        "has(properties.a.b.c) ? 1 : 2",
        "size([1])",
        "size('a')",
        "properties.a == dyn(1)",
        " && ".join(["properties.a == 1"] * 31),
    ],
)
def test_anything_else_is_left_to_cel(text: str) -> None:
    """The short way never guesses at what it does not know."""
    assert not compile_formula(text).is_short
