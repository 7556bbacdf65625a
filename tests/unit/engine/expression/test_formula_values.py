"""What formulas compute, and what they leave unknown."""

from __future__ import annotations

from typing import Any

import pytest

from core.engine.formula import VALUE_NAMES, Unknown, compile_formula
from core.engine.scope import Scope, ValueScope

NOW = 1_700_000_000_000

EVENT = {
    "event": "Product Added",
    "properties": {
        "price": 40.0,
        "quantity": 2.0,
        "name": "Shoe",
        "full": True,
        "tags": ["a", "b"],
        "items": [{"sku": "s1"}, {"sku": "s2"}],
        "at": "2023-11-01T00:00:00Z",
        "long name": 1.0,
    },
    "context": {"page": {"path": "/product/1"}},
}

PROFILE = {
    "id": "p1",
    "identifiers": {"email": ["a@example.com"]},
    "traits": {"country": "DE"},
    "segments": [],
}


def scope(**changes: Any) -> Scope:
    """Build the scope that these tests share."""
    return Scope(
        **{"event": EVENT, "profile": PROFILE, "now": NOW, "case": {"sum": 80.0}, "key": "c1"} | changes
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("properties.price", 40.0),
        ('properties["long name"]', 1.0),
        ("event.properties.items[1].sku", "s2"),
        ("profile.identifiers.email[0]", "a@example.com"),
        ("context.page.path", "/product/1"),
        ("case.sum", 80.0),
        ("key", "c1"),
        ("properties.full", True),
        ("properties.tags", ["a", "b"]),
        ("traits", Unknown("traits is missing", "traits")),
    ],
)
def test_a_path_gives_its_value(text: str, expected: Any) -> None:
    """A formula that is only a path gives what the path leads to."""
    assert compile_formula(text).evaluate(scope()) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("properties.price * properties.quantity > 50", True),
        ("properties.price * 2", 80.0),
        ("2 * properties.price", 80.0),
        ("properties.price + 1", 41.0),
        ("1 + properties.price", 41.0),
        ("properties.price - 1", 39.0),
        ("100 - properties.price", 60.0),
        ("properties.price / 3", 40.0 / 3),
        ("properties.price % 3", 1.0),
        ("100 % properties.price", 20.0),
        ("size(properties.tags) * properties.price", 80.0),
        ("'n: ' + properties.name", "n: Shoe"),
        ("2 / 4 + 1", 1),
    ],
)
def test_numbers_from_data_mix_with_literals(text: str, expected: Any) -> None:
    """Doubles and whole literals mix; two whole literals divide as CEL does."""
    assert compile_formula(text).evaluate(scope()) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("properties.name.lowerAscii()", "shoe"),
        ('md5("ada@example.com")', "3e3417d7ef77d5932a6734b916515ed5"),
        ('sha256("ada@example.com").substring(0, 16)', "b5fc85e55755f9e0"),
        ("math.greatest(properties.price, 50)", 50),
        ("properties.?nothing.orValue(3)", 3),
        ("has(properties.nothing)", False),
        ("has(case.nothing)", False),
        ("!has(profile.traits.do_not_chase)", True),
        ("properties.name.matches('^S')", True),
        ("properties.price == 40 ? 'a' : 'b'", "a"),
        ("properties.items.exists(i, i.sku == 's2')", True),
        ("properties.items.map(i, i.sku)", ["s1", "s2"]),
        ("{'name': properties.name, 'nested': [{'a': 1.5}]}", {"name": "Shoe", "nested": [{"a": 1.5}]}),
        ("{1: 'one'}", {"1": "one"}),
        ("[null]", [None]),
        ("3u", 3),
        ("duration('90m')", "5400s"),
        ("'vip' in profile.segments", False),
    ],
)
def test_the_dialect_has_texts_math_optionals_and_macros(text: str, expected: Any) -> None:
    """Functions of the declared extensions work, and results are plain data."""
    assert compile_formula(text).evaluate(scope()) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", "2023-11-14T22:13:20.000Z"),
        ("[now]", ["2023-11-14T22:13:20.000Z"]),
        ("ago('7d')", "2023-11-07T22:13:20.000Z"),
        ("ago('30s')", "2023-11-14T22:12:50.000Z"),
        ("timestamp(properties.at) < ago('7d')", True),
        ("timestamp(properties.at) < ago(\n'15d')", False),
        ("ago('1d') < now && ago('2d') < ago('1d')", True),
        ("now - duration('1h')", "2023-11-14T21:13:20.000Z"),
    ],
)
def test_times_are_judged_as_of_now_and_come_out_as_text(text: str, expected: Any) -> None:
    """``now`` and ``ago`` read the scope's moment; a time as result is ISO text."""
    assert compile_formula(text).evaluate(scope()) == expected


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("properties.nothing", "properties.nothing"),
        ("properties.nothing * 2", "properties.nothing"),
        ("properties.price > 1 && properties.nothing > 1", "properties.nothing"),
        ("has(properties.other) || properties.nothing > 1", "properties.nothing"),
        ("!properties.nothing", "properties.nothing"),
        ("properties.items[7].sku == 's'", "properties.items[7].sku"),
        ("properties.name.first == 's'", "properties.name.first"),
        ("properties.tags.first", "properties.tags.first"),
        ("properties.tags[7]", "properties.tags[7]"),
        ("properties.name[0]", "properties.name[0]"),
        ("traits.email.lowerAscii()", "traits.email"),
        ("case.sum > 5 && case.nothing > 5", "case.nothing"),
    ],
)
def test_what_is_missing_is_unknown_and_named(text: str, field: str) -> None:
    """A missing value makes the result unknown, through ``not`` too, and the reason names its path."""
    assert compile_formula(text).evaluate(scope()) == Unknown(f"{field} is missing", field)


def test_a_key_or_case_that_does_not_exist_is_missing() -> None:
    """Outside a case there is no key and nothing in ``case``."""
    bare = scope(case=None, key=None)
    assert compile_formula("key == 'a'").evaluate(bare) == Unknown("key is missing", "key")
    assert compile_formula("key").evaluate(bare) == Unknown("key is missing", "key")
    assert compile_formula("case.sum > 5").evaluate(bare) == Unknown("case.sum is missing", "case.sum")
    assert compile_formula("has(case.sum)").evaluate(bare) is False


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("properties.name > 5", "No matching overloads"),
        ("properties.name == 'Shoe' && properties.price", "No matching overloads"),
        ("properties.price / 0", "division by zero"),
        ("properties.price / 0.0", "not a finite number"),
        ("timestamp(properties.name) < now", "conversion failed"),
        ("ago(properties.name) < now", "is no duration"),
        ("dyn(b'bytes')", "neither text"),
        ("dyn(properties.?nothing)", ".orValue"),
        ("dyn({'a': [properties.?nothing]})", ".orValue"),
        ("properties.items.map(i, i.nothing)", "nothing"),
        ("properties.name.matches('[')", "regular expression"),
    ],
)
def test_what_cannot_be_computed_is_unknown_and_says_why(text: str, reason: str) -> None:
    """Wrong types and values never raise."""
    found = compile_formula(text).evaluate(scope())
    assert isinstance(found, Unknown)
    assert text in found.reason
    assert reason in found.reason


@pytest.mark.parametrize(
    "text", ["properties.?nothing.orValue('')", "null", "[]", "{}", "properties.name.substring(4)"]
)
def test_an_empty_result_is_unknown(text: str) -> None:
    """Null and empty results count as absent, as empty data does."""
    found = compile_formula(text).evaluate(scope())
    assert isinstance(found, Unknown)
    assert found.reason == f"{text} is empty"


def test_a_formula_that_runs_too_long_is_unknown() -> None:
    """CEL's iteration budget raises; here it is one more thing that cannot be computed."""
    ten = "[1,2,3,4,5,6,7,8,9,10]"
    text = f"{ten}.all(a,{ten}.all(b,{ten}.all(c,{ten}.all(d,{ten}.all(e,true)))))"
    found = compile_formula(text).evaluate(scope())
    assert isinstance(found, Unknown)
    assert "budget" in found.reason


def test_a_blocked_formula_sees_only_the_value() -> None:
    """Formulas in ``blocked`` are asked about one identifier."""
    formula = compile_formula("value.startsWith('test@') || value.matches('^x+$')", names=VALUE_NAMES)
    assert formula.evaluate(ValueScope("test@example.com")) is True
    assert formula.evaluate(ValueScope("xxx")) is True
    assert formula.evaluate(ValueScope("a@example.com")) is False
    assert compile_formula("value.matches('x') || value.matches('y')", names=VALUE_NAMES).evaluate(
        ValueScope("y")
    )


def test_formulas_are_equal_by_their_text() -> None:
    """Rules that hold formulas compare and hash by value."""
    one, other = compile_formula("case.sum > 50"), compile_formula("case.sum > 50")
    assert one == other
    assert hash(one) == hash(other)
    assert one != compile_formula("case.sum > 51")
    assert one != "case.sum > 50"
    assert repr(one) == "Formula('case.sum > 50')"


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("case.sum > 50 && case.sum < 90", {"case.sum": 80.0}),
        (
            "has(properties.x) ? key : properties['name']",
            {"properties.x": None, "key": "c1", "properties.name": "Shoe"},
        ),
        (
            "properties.?x.orValue(properties[?'price'].orValue(1.0)) > 1",
            {"properties.x": None, "properties.price": 40.0},
        ),
        ("properties.items.exists(i, i.sku == 's1')", {"properties.items": EVENT["properties"]["items"]}),
        ("properties['long name'] > 1 // properties.name", {'properties["long name"]': 1.0}),
        ("properties.tags[size(properties.tags) - 1] == 'properties.name'", {"properties.tags": ["a", "b"]}),
        ("timestamp(event.timestamp) < now", {"event.timestamp": None}),
        (r"properties['a\'b'] == 1", {"properties": EVENT["properties"]}),
        ("traits.case == 'x'", {"traits.case": None}),
    ],
)
def test_inputs_are_the_paths_that_a_formula_reads(text: str, reads: dict[str, Any]) -> None:
    """A reason can show what a formula saw: each path once, functions and literals not."""
    found = compile_formula(text).inputs(scope())
    assert {name: None if isinstance(value, Unknown) else value for name, value in found.items()} == reads


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("properties.price > 1", True),
        ("properties.full", True),
        ("properties.price * 2.0", False),
        ("1.0 + 2.0", False),
        ("'yes'", False),
        ("size(properties.tags)", False),
    ],
)
def test_a_formula_tells_whether_it_may_hold(text: str, expected: bool) -> None:
    """What is surely a number or a text is no condition; what depends on the data may be one."""
    assert compile_formula(text).may_hold is expected
