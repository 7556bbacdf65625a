"""Routes between instances: the first that holds, and what is unknown does not."""

from __future__ import annotations

from core.engine.formula import compile_formula
from core.engine.route import routed
from core.engine.rule import Act, Route
from core.engine.scope import Scope

EU = Act("crm_eu", "upsert", {})
US = Act("crm_us", "upsert", {})
HOME = Act(
    "crm",
    "upsert",
    {},
    tags=("promo",),
    routes=(
        Route(compile_formula('properties.country == "DE"'), EU),
        Route(compile_formula('properties.country in ["DE", "US"]'), US),
    ),
)


def place(**properties: str) -> str:
    """Say where an event's action goes."""
    return routed(HOME, Scope(event={"properties": properties}, profile={}, now=0)).destination


def test_the_first_route_that_holds_counts() -> None:
    """Two hold for Germany, and the file's order decides."""
    assert [place(country="DE"), place(country="US"), place(country="FR")] == ["crm_eu", "crm_us", "crm"]


def test_what_is_unknown_does_not_hold() -> None:
    """Who has no country stays where the step says."""
    assert place() == "crm"


def test_tags_go_along() -> None:
    """Caps count a message by its tags, wherever it leaves."""
    scope = Scope(event={"properties": {"country": "US"}}, profile={}, now=0)
    assert routed(HOME, scope).tags == ("promo",)
