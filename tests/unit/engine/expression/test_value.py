"""The three kinds of value, and the fields of an action."""

from __future__ import annotations

from typing import Any

import pytest

from core.engine.formula import Formula, Unknown
from core.engine.scope import Scope
from core.engine.template import Template
from core.engine.value import Literal, Localized, Structure, compile_value, evaluate_fields
from core.errors import FormulaError

SCOPE = Scope(
    event={"properties": {"price": 40.0, "rate": 2.5, "name": "Shoe"}},
    profile={"traits": {}},
    now=0,
    key="c1",
)


@pytest.mark.parametrize(
    ("raw", "kind", "expected"),
    [
        ("=properties.price", Formula, 40.0),
        ("= properties.price * 2", Formula, 80.0),
        ("==1+1", Literal, "=1+1"),
        ("==", Literal, "="),
        ("Hi {{ properties.name }}", Template, "Hi Shoe"),
        ("{% if key %}x{% endif %}", Template, "x"),
        ("lead", Literal, "lead"),
        (" =x", Literal, " =x"),
        (5, Literal, 5),
        (None, Literal, None),
        (["a", "==b"], Literal, ["a", "=b"]),
        ({"a": {"b": ["==c"]}}, Literal, {"a": {"b": ["=c"]}}),
        (["a", "=properties.price", "=properties.none"], Structure, ["a", 40.0]),
        ({"a": "=properties.none", "b": "{{ key }}", "c": ["=key"]}, Structure, {"b": "c1", "c": ["c1"]}),
        ({"a": "=properties.none"}, Structure, {}),
        (
            {"a": ["{{ properties.none }}"]},
            Structure,
            Unknown("properties.none is missing", "properties.none"),
        ),
    ],
)
def test_text_tells_what_kind_of_value_it_is(raw: Any, kind: type, expected: Any) -> None:
    """One rule each: ``=`` a formula, ``==`` a plain =, braces a template, anything else itself."""
    value = compile_value(raw)
    assert isinstance(value, kind)
    assert value.evaluate(SCOPE) == expected


def test_a_wrong_formula_is_placed_in_the_text_as_written() -> None:
    """The column counts the leading = too."""
    with pytest.raises(FormulaError) as caught:
        compile_value("=propertes.price")
    assert caught.value.column == 2
    assert caught.value.hint == "did you mean properties?"


def test_html_reaches_the_templates_inside() -> None:
    """Templates inside lists and maps escape too."""
    scope = Scope(event={"properties": {"name": "<b>"}}, profile={}, now=0)
    assert compile_value(["{{ properties.name }}"], html=True).evaluate(scope) == ["&lt;b&gt;"]


def test_fields_part_into_values_stopping_and_left_out() -> None:
    """An unknown formula is left out, an unknown template stops the send, whole numbers lose their fraction."""
    fields = {
        "price": "=properties.price",
        "rate": "=properties.rate",
        "list": ["=properties.price"],
        "none": "=properties.none",
        "body": "{{ properties.none }}",
        "nested": {"body": "{{ profile.traits.x }}"},
        "plain": 3.0,
    }
    values, stopping, left_out = evaluate_fields(
        {name: compile_value(raw) for name, raw in fields.items()}, SCOPE
    )
    assert values == {"price": 40, "rate": 2.5, "list": [40], "plain": 3}
    assert type(values["price"]) is int
    assert stopping == {
        "body": Unknown("properties.none is missing", "properties.none"),
        "nested": Unknown("profile.traits.x is missing", "profile.traits.x"),
    }
    assert left_out == {"none": Unknown("properties.none is missing", "properties.none")}


@pytest.mark.parametrize(
    ("tag", "expected"), [("fr_CA", "allô"), ("fr-BE", "salut"), ("de", "hello"), (None, "hello")]
)
def test_a_value_in_several_languages_is_read_in_the_person_s(tag: str | None, expected: str) -> None:
    """Take the closest language that there is, and the default for everybody else."""
    value = Localized(Literal("hello"), {"fr": Literal("salut"), "fr-ca": Literal("allô")})
    traits = {"locale": tag} if tag else {}
    assert value.evaluate(Scope(event={}, profile={"traits": traits}, now=0)) == expected
