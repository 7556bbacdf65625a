"""From a sender's call to whom it is about: identifiers, traits and consent."""

from __future__ import annotations

from typing import Any

import pytest
from mapped_call import IDENTITY, RECEIVED, mapped

from core.engine.event import ConsentStatement, Identifier
from core.engine.mapping import map_event, normalise
from core.engine.rule import IdentifierRule, IdentityRules, SourceMapping


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ({"userId": "u1", "anonymousId": "a1"}, ["user_id=u1", "anonymous_id=a1"]),
        ({"userId": 123}, ["user_id=123"]),
        ({"userId": 123.0}, ["user_id=123"]),
        ({"userId": 2**60}, [f"user_id={2**60}"]),
        ({"userId": True}, ["user_id=true"]),
        ({"userId": {"id": 1}}, []),
        ({"userId": "x" * 501}, []),
        ({"userId": "NULL", "anonymousId": "ANONYMOUS"}, []),
        ({"userId": 0, "anonymousId": -1}, []),
        ({"traits": {"email": " Ada@Example.COM "}}, ["email=ada@example.com"]),
        ({"traits": {"email": "no address"}, "properties": {"email": "b@c.d"}}, ["email=b@c.d"]),
        ({"traits": {"email": "test@example.com"}, "properties": {"email": "b@c.d"}}, ["email=b@c.d"]),
        ({"traits": {"email": ["a@b.c"]}}, []),
        ({"traits": {"email": "a@"}}, []),
        ({"traits": {"email": "@b"}}, []),
        ({"traits": {"email": "a@b@c"}}, []),
        ({"traits": {"email": "a b@c.d"}}, []),
        ({"traits": {"phone": "(415) 555-0100"}}, ["phone=+14155550100"]),
        ({"traits": {"phone": 14155550100}}, ["phone=+14155550100"]),
        ({"traits": {"phone": "+49 30 901820"}}, ["phone=+4930901820"]),
        ({"traits": {"phone": "555-0100"}}, []),
        ({"traits": {"phone": "12"}, "properties": {"phone": "+14155550101"}}, ["phone=+14155550101"]),
        ({"traits": {"phone": "call me"}}, []),
        ({"traits": "odd", "properties": ["odd"], "context": 5}, []),
    ],
)
def test_identifiers_are_normalised_unblocked_and_strongest_first(
    call: dict[str, Any], expected: list[str]
) -> None:
    """The first candidate that is usable wins; what is malformed or blocked counts as absent."""
    assert [f"{found.namespace}={found.value}" for found in mapped(call).identifiers] == expected


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ({"userId": "u1", "previousId": "a1"}, ["user_id=u1", "anonymous_id=a1"]),
        ({"userId": "u1", "previousId": "a1", "anonymousId": "a2"}, ["user_id=u1", "anonymous_id=a2"]),
        ({"userId": "u1", "previousId": "a1", "anonymousId": "null"}, ["user_id=u1", "anonymous_id=a1"]),
        ({"userId": "u1", "previousId": "undefined"}, ["user_id=u1"]),
        ({"userId": "u1"}, ["user_id=u1"]),
    ],
)
def test_alias_brings_its_previous_id_as_anonymous(call: dict[str, Any], expected: list[str]) -> None:
    """An alias names two ids of one person; the old one is an anonymous id."""
    found = mapped({"type": "alias"} | call).identifiers
    assert [f"{identifier.namespace}={identifier.value}" for identifier in found] == expected
    assert not mapped({"previousId": "a1"}).identifiers


def test_traits_come_from_the_listed_places_renamed_and_without_the_dropped() -> None:
    """The first place wins; a name is dropped by its old or its new spelling."""
    event = mapped(
        {
            "type": "identify",
            "traits": {"firstName": "Ada", "password": "x", "age": 36, "city": None},
            "context": {"traits": {"first_name": "Eve", "city": "London", "pin": 1}},
        }
    )
    assert event.traits == {"first_name": "Ada", "age": 36.0, "city": "London"}


def test_the_traits_of_a_group_are_not_the_persons() -> None:
    """A group call's traits describe the group; those in its context the person."""
    event = mapped(
        {
            "type": "group",
            "groupId": "g1",
            "traits": {"email": "info@group.example", "name": "Group", "newsletter": True},
            "context": {"traits": {"email": "ada@example.com"}},
        }
    )
    assert event.identifiers == (Identifier("email", "ada@example.com"),)
    assert event.traits == {"email": "ada@example.com"}
    assert event.consent == ()
    assert event.data["traits"]["name"] == "Group"
    assert mapped({"type": "group", "groupId": "g1"}).traits == {}


@pytest.mark.parametrize(
    ("value", "granted"),
    [
        (True, True),
        ("true", True),
        ("Granted", True),
        (False, False),
        ("FALSE", False),
        ("denied", False),
        ("maybe", None),
        (1, None),
        (None, None),
        ("", None),
    ],
)
def test_consent_is_granted_or_withdrawn_by_known_words_only(value: Any, granted: bool | None) -> None:
    """What is neither a yes nor a no says nothing."""
    found = mapped({"type": "identify", "traits": {"newsletter": value}}).consent
    assert found == (() if granted is None else (ConsentStatement("news", "email", granted),))


@pytest.mark.parametrize(
    ("consent", "answers"),
    [
        (
            {"categoryPreferences": {"Advertising": True, "SMS ads": True, "OptOut": False}},
            (True, True, True),
        ),
        ({"categoryPreferences": {"Advertising": "true", "OptOut": True}}, (True, False, False)),
        ({"categoryPreferences": {"Advertising": None, "Other": True}}, (False, False, True)),
        ({"categoryPreferences": {}}, (False, False, True)),
        ({"categoryPreferences": None}, ()),
        ({"categoryPreferences": "odd"}, ()),
        ({}, ()),
        (None, ()),
        ("odd", ()),
    ],
)
def test_present_preferences_answer_every_mapped_category(consent: Any, answers: tuple[bool, ...]) -> None:
    """A category that a present object leaves out is a no, also for one that is empty; no object says nothing."""
    found = mapped({"context": {"consent": consent}}).consent
    assert tuple(statement.granted for statement in found) == answers
    assert [statement.purpose for statement in found] == ["marketing", "marketing", "analytics"][: len(found)]


def test_a_source_without_consent_leaves_preferences_as_sent() -> None:
    """Nothing is filled in where nothing is mapped."""
    source = SourceMapping(name="s", uses="segment", identifiers={})
    call = {"type": "track", "context": {"consent": {"categoryPreferences": {}}}}
    event = map_event(call, source, IdentityRules(()), seq=1, received_at=RECEIVED, raw_id="r")
    assert "context" not in event.data
    assert (event.identifiers, event.traits, event.consent, event.name) == ((), {}, (), "")


def test_nothing_is_blocked_where_nothing_is_listed() -> None:
    """Only what the admin blocks, or what is malformed, is not believed."""
    identity = IdentityRules((IdentifierRule("user_id", 1),))
    assert normalise({"user_id": "null"}, identity) == (Identifier("user_id", "null"),)


def test_identifiers_that_come_by_namespace_are_normalised_alike() -> None:
    """The API names namespaces itself; the same rules hold."""
    found = normalise({"email": "A@B.C", "user_id": 5, "phone": "x", "anonymous_id": "null"}, IDENTITY)
    assert found == (Identifier("user_id", "5"), Identifier("email", "a@b.c"))
