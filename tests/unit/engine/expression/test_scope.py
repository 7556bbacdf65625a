"""What a scope gives to formulas and templates, and when it builds it."""

from __future__ import annotations

from typing import Any

from core.engine.facts import NO_FACTS
from core.engine.formula import compile_formula
from core.engine.scope import Scope, ValueScope, whole_numbers


def test_the_profile_is_viewed_once_and_only_when_read() -> None:
    """Building the view costs more than most formulas; copies for a case share it."""
    calls: list[int] = []

    def view() -> dict[str, Any]:
        calls.append(1)
        return {"traits": {"country": "DE"}}

    scope = Scope(event={"properties": {"price": 1.0}}, profile=view, now=0)
    other = scope.with_case({"sum": 5.0}, "k")
    assert compile_formula("properties.price").evaluate(scope) == 1.0
    assert not calls
    assert compile_formula("profile.traits.country").evaluate(other) == "DE"
    assert compile_formula("profile.traits.country.matches('D')").evaluate(scope) is True
    assert len(calls) == 1


def test_a_copy_for_a_case_sees_its_own_case_and_key() -> None:
    """Cases of one event differ in case and key, and in nothing else."""
    scope = Scope(event={"event": "E"}, profile={"id": "p"}, now=7, case={"sum": 1.0}, key="a")
    copy = scope.with_case({"sum": 2.0}, "b")
    formula = compile_formula("case.sum == 2 && key == 'b' && event.event == 'E' && profile.id.matches('p')")
    assert formula.evaluate(copy) is True
    assert (copy.now, copy.event) == (7, scope.event)
    assert (scope.case, scope.key) == ({"sum": 1.0}, "a")
    assert copy.with_case(None, None).case == {}


def test_the_activation_is_built_once() -> None:
    """All formulas of an event share one activation."""
    scope = Scope(event={}, profile={}, now=0)
    assert scope.activation() is scope.activation()
    value = ValueScope("x")
    assert value.activation() is value.activation()


def test_templates_see_whole_numbers_without_fraction_and_now_as_text() -> None:
    """Data holds floats only; a person reads 40, not 40.0."""
    scope = Scope(event={"properties": {"price": 40.0, "rate": 0.5}}, profile={}, now=0, key="c1")
    names = scope.names()
    assert names["properties"] == {"price": 40, "rate": 0.5}
    assert type(names["properties"]["price"]) is int
    assert (names["now"], names["key"]) == ("1970-01-01T00:00:00.000Z", "c1")
    assert scope.names() is names


def test_whole_numbers_reach_into_lists_and_maps_and_leave_the_rest() -> None:
    """Beyond what a float holds exactly nothing is made whole."""
    found = whole_numbers({"a": [1.0, (2.5, 3.0)], "b": 1e300, "c": True, "d": "1.0", "e": None})
    assert found == {"a": [1, [2.5, 3]], "b": 1e300, "c": True, "d": "1.0", "e": None}
    assert [type(item) for item in found["a"]] == [int, list]
    assert type(found["b"]) is float


def test_a_trait_is_read_from_the_view_where_nobody_knows_the_person() -> None:
    """Formulas over a plain profile find its traits, and nothing where there is no profile."""
    assert Scope(event={}, profile={"traits": {"plan": "pro"}}, now=0).trait("plan") == "pro"
    assert Scope(event={}, profile={}, now=0).trait("plan") is None
    assert NO_FACTS.trait("plan") is None
