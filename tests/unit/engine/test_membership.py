"""What a platform computed of a person: told again it sets nothing off."""

from __future__ import annotations

from typing import Any

import pytest
from one_person import START, Person, rules, trigger

from core.engine.event import Event
from core.engine.membership import as_news, computed_key
from core.engine.rule import EventAnchor, Pattern

RULES = rules(trigger("t", EventAnchor((Pattern("Audience Entered"),))))


def told(key: Any = "vip", *, value: Any = True, kind: str = "track", **properties: Any) -> Event:
    """Make the event by which a platform says that somebody is in an audience."""
    data = {"properties": {"audience_key": key, "vip": value, **properties}}
    return Event("e1", 1, "segment", kind, "Audience Entered", START, START, data, traits={"vip": value})


def test_an_audience_that_a_person_is_in_already_is_no_news() -> None:
    """It says what they are, and nothing else: the identifiers still join. Another value is news."""
    person = Person(RULES)
    assert as_news(told(), person.profile) == told()
    person.event("", 0, kind="identify", traits={"vip": True})
    again = as_news(told(), person.profile)
    assert (again.type, again.name, again.id) == ("identify", "", "e1")
    assert as_news(told(value=False), person.profile) == told(value=False)


@pytest.mark.parametrize(
    ("event", "key"),
    [
        (told(), "vip"),
        (told("other"), ""),
        (told(7), ""),
        (told(7, trait_key="vip"), "vip"),
        (told(kind="identify"), ""),
        (Event("e1", 1, "segment", "track", "A", START, START, {}), ""),
    ],
)
def test_the_key_names_a_trait_that_the_event_brings(event: Event, key: str) -> None:
    """Anything else is an event like any other."""
    assert computed_key(event) == key
