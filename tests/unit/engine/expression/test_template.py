"""What templates render, refuse and leave unknown."""

from __future__ import annotations

import pytest

from core.engine.formula import Unknown
from core.engine.scope import Scope
from core.engine.template import compile_template
from core.errors import FormulaError

SCOPE = Scope(
    event={
        "properties": {
            "price": 40.0,
            "name": "<b>Shoe</b>",
            "tags": ["a", "b"],
            "items": [{"sku": "s1"}],
            "at": "2026-01-02T03:04:05+02:00",
            "size": 3.0,
        }
    },
    profile={"traits": {"first_name": "Ada"}, "nothing": None},
    now=1_700_000_000_000,
    case={"sum": 80.5},
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi {{ profile.traits.first_name }}", "Hi Ada"),
        ('Hi {{ profile.traits.nick | default: "there" }}', "Hi there"),
        ("{{ properties.price }} {{ case.sum }}", "40 80.5"),
        ("{{ properties.price | times: 2 }}", "80"),
        ("{{ properties.items[0].sku }}", "s1"),
        ("{% for tag in properties.tags %}{{ forloop.index }}{{ tag }}{% endfor %}", "1a2b"),
        ("{% assign x = properties.price | plus: 1 %}{{ x }}", "41"),
        ("{{ now | date: '%Y-%m-%d' }}", "2023-11-14"),
        ("{{ 'now' | date: '%Y' }} {{ 'today' | date: '%d' }}", "2023 14"),
        ("{{ properties.at | date: '%H:%M' }}", "03:04"),
        ("{{ properties.name | date: '%Y' }}", "<b>Shoe</b>"),
        ("{{ properties.tags | size }}", "2"),
    ],
)
def test_a_template_renders_the_scope(text: str, expected: str) -> None:
    """Templates see the same names as formulas, numbers as people write them, and no clock but ``now``."""
    template = compile_template(text)
    assert template.render(SCOPE) == expected
    assert template.evaluate(SCOPE) == expected


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("{{ profile.traits.nick }}", "profile.traits.nick"),
        ("{{ profile.nothing }}", "profile.nothing"),
        ("{{ properties.items[3].sku }}", "properties.items[3].sku"),
        ("{{ key }}", "key"),
        ("{% for item in properties.none %}x{% endfor %}", "properties.none"),
        ("{{ properties.none | date: '%Y' }}", "properties.none"),
        ("{% assign x = properties.none %}{{ x }}", "properties.none"),
        ("{{ properties.none | upcase }}", "properties.none"),
        ("{{ properties.none | first }}", "properties.none"),
        ("{{ properties.none | size }}", "properties.none"),
        ("{{ properties.none | plus: 1 }}", "properties.none"),
        ("{{ properties.tags | join: properties.none }}", "properties.none"),
    ],
)
def test_a_missing_value_makes_the_whole_unknown(text: str, field: str) -> None:
    """A message with a hole is not sent; the reason names the value."""
    assert compile_template(text).render(SCOPE) == Unknown(f"{field} is missing", field)


@pytest.mark.parametrize(
    "test",
    ["properties.none", "properties.none == 'x'", "properties.none > 5", "properties.none contains 'x'"],
)
def test_a_missing_value_may_be_tested(test: str) -> None:
    """``if`` asks whether a value is there: unknown counts as not met."""
    text = "{% if " + test + " %}yes{% else %}no{% endif %}"
    assert compile_template(text).render(SCOPE) == "no"


def test_html_escapes_values_and_not_the_template() -> None:
    """What a person typed into a form never becomes markup."""
    assert (
        compile_template("<p>{{ properties.name }}</p>", html=True).render(SCOPE)
        == "<p>&lt;b&gt;Shoe&lt;/b&gt;</p>"
    )
    assert compile_template("<p>{{ properties.name }}</p>").render(SCOPE) == "<p><b>Shoe</b></p>"


@pytest.mark.parametrize(
    ("text", "column", "message", "hint"),
    [
        ("Hi {{ profle.id }}", 7, "name profle is unknown", "did you mean profile?"),
        ("{{ today }}", 4, "name today is unknown", "known are"),
        ("{{ key | upcas }}", 10, "filter upcas is unknown", "did you mean upcase?"),
        ("{% include 'x' %}", 4, "unexpected tag 'include'", ""),
        ("{% render 'x' %}", 4, "unexpected tag 'render'", ""),
        ("{{ key", 1, "expected '}}'", ""),
        ("{% if key %}", 12, "expected tag", ""),
    ],
)
def test_a_wrong_template_is_refused_with_place_and_hint(
    text: str, column: int, message: str, hint: str
) -> None:
    """A name, filter or tag nobody knows is found when mappings load, not when a message is due."""
    with pytest.raises(FormulaError) as caught:
        compile_template(text)
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.column == column


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{% for a in (1..200) %}{% for b in (1..200) %}{% endfor %}{% endfor %}", "loop"),
        ("{% assign x = 'aaaaaaaaaa' %}" + "{% assign x = x | append: x %}" * 20, "output"),
        (
            "{% assign x = 'aaaaaaaaaa' %}"
            + "{% assign x = x | append: x %}" * 15
            + "".join(f"{{% assign x{i} = x %}}" for i in range(4)),
            "namespace",
        ),
        ("{% for a in (1..9000) %}" + "a" * 100 + "{% endfor %}", "output"),
        ("{{ properties.price | divided_by: 0 }}", "divide by 0"),
        ("{{ properties.name | slice: 'x' }}", "slice"),
        ("{{ (1..100000000) | join: ',' }}", "loop"),
        ("{{ (1..99999999999999999999) | join: ',' }}", "too large"),
        ("{% assign x = 'aaaaaaaaaa' %}{{ x" + " | replace: 'a', x" * 7 + " }}", "output"),
    ],
)
def test_what_a_template_may_cost_is_bounded(text: str, reason: str) -> None:
    """Loops, output and variables have limits; passing one, or a wrong type, is unknown and never raises."""
    found = compile_template(text).render(SCOPE)
    assert isinstance(found, Unknown)
    assert reason in found.reason


def test_templates_are_equal_by_their_text() -> None:
    """Rules that hold templates compare and hash by value."""
    one, other = compile_template("{{ key }}"), compile_template("{{ key }}")
    assert one == other
    assert hash(one) == hash(other)
    assert one != "{{ key }}"
    assert repr(one) == "Template('{{ key }}')"
