"""From a sender's call to an event."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.engine.event import ConsentStatement, Event, Identifier
from core.engine.formula import VALUE_NAMES, Formula, compile_formula
from core.engine.instant import iso, parse_time
from core.engine.mapping import map_event, normalise
from core.engine.rule import IdentifierRule, IdentityRules, SourceMapping
from core.errors import BadRequest

SAMPLES = Path(__file__).parents[5] / "shared" / "samples" / "inbound" / "segment"

IDENTITY = IdentityRules(
    identifiers=(
        IdentifierRule("user_id", 1),
        IdentifierRule("email", 5, "email"),
        IdentifierRule("phone", 5, "e164", "US"),
        IdentifierRule("anonymous_id", 100),
    ),
    blocked=frozenset({"", "null", "undefined", "0", "-1", "Anonymous"}),
    blocked_formulas=(compile_formula("value.startsWith('test@')", names=VALUE_NAMES),),
)


def formulas(*texts: str) -> tuple[Formula, ...]:
    """Compile candidates."""
    return tuple(compile_formula(text) for text in texts)


SOURCE = SourceMapping(
    name="segment",
    uses="segment",
    identifiers={
        "user_id": formulas("event.userId"),
        "anonymous_id": formulas("event.anonymousId"),
        "email": formulas("traits.email", "context.traits.email", "properties.email"),
        "phone": formulas("traits.phone", "properties.phone"),
        "unheard_of": formulas("event.userId"),
    },
    traits_from=("traits", "context.traits"),
    traits_rename={"firstName": "first_name"},
    traits_drop=frozenset({"password", "pin"}),
    consent={
        ("marketing", ""): compile_formula("context.consent.categoryPreferences.Advertising"),
        ("marketing", "sms"): compile_formula("event.context.consent.categoryPreferences['SMS ads']"),
        ("analytics", ""): compile_formula("!context.consent.categoryPreferences.OptOut"),
        ("news", "email"): compile_formula("traits.newsletter"),
    },
    events={"Completed Order": "Order Completed"},
    types=frozenset({"points"}),
    lateness=5_000,
)

RECEIVED = 1_700_000_000_000


def mapped(call: dict[str, Any], **changes: Any) -> Event:
    """Map a call, by default a track of the event E."""
    arguments = {"seq": 7, "received_at": RECEIVED, "raw_id": "raw-1"} | changes
    return map_event({"type": "track", "event": "E"} | call, SOURCE, IDENTITY, **arguments)


def test_a_track_call_becomes_an_event() -> None:
    """Everything the engine needs, in one value."""
    event = mapped(
        {
            "messageId": "m1",
            "userId": "u1",
            "anonymousId": None,
            "event": "Completed Order",
            "properties": {"revenue": "39.95", "points": "7", "coupon": ""},
            "context": {"traits": {"email": "Ada@Example.com"}},
            "timestamp": "2023-11-14T22:00:00Z",
            "integrations": {},
            "writeKey": "secret",
            "_metadata": {"nodeVersion": "20"},
        }
    )
    assert event == Event(
        id="m1",
        seq=7,
        source="segment",
        type="track",
        name="Order Completed",
        timestamp=1_699_999_200_000,
        received_at=RECEIVED,
        data={
            "type": "track",
            "messageId": "m1",
            "event": "Order Completed",
            "userId": "u1",
            "properties": {"revenue": 39.95, "points": 7.0},
            "context": {"traits": {"email": "Ada@Example.com"}},
            "timestamp": "2023-11-14T22:00:00.000Z",
            "receivedAt": "2023-11-14T22:13:20.000Z",
        },
        identifiers=(Identifier("user_id", "u1"), Identifier("email", "ada@example.com")),
        traits={"email": "Ada@Example.com"},
        consent=(),
        lateness=5_000,
    )


@pytest.mark.parametrize("kind", [None, "", "Track", "trigger", "other", 1, ["track"], {}])
def test_a_call_without_a_known_type_is_refused(kind: Any) -> None:
    """The type is the one field that is owed."""
    with pytest.raises(BadRequest) as caught:
        mapped({"type": kind})
    assert caught.value.field == "type"
    assert "track" in caught.value.hint


@pytest.mark.parametrize(
    ("call", "name"),
    [
        ({"type": "track", "event": "Signed Up"}, "Signed Up"),
        ({"type": "track", "event": "Completed Order"}, "Order Completed"),
        ({"type": "track", "event": None}, ""),
        ({"type": "track", "event": {"a": 1}}, ""),
        ({"type": "track", "event": 5}, ""),
        ({"type": "page", "name": "Home", "event": "x"}, "Page Viewed"),
        ({"type": "screen"}, "Screen Viewed"),
        ({"type": "identify"}, "Identified"),
        ({"type": "group"}, "Grouped"),
        ({"type": "alias"}, ""),
        ({"type": "delete"}, ""),
    ],
)
def test_each_call_is_an_event_by_its_name(call: dict[str, Any], name: str) -> None:
    """Calls without an event of their own have a fixed name, in the data too."""
    event = mapped(call)
    assert event.name == name
    assert event.data.get("event", "") == name


@pytest.mark.parametrize(
    ("message_id", "expected"),
    [
        ("m1", "m1"),
        (12, "12"),
        ("x" * 100, "x" * 100),
        ("x" * 101, "raw-1"),
        ("", "raw-1"),
        (None, "raw-1"),
        ([1], "raw-1"),
    ],
)
def test_the_message_id_names_the_event_where_it_is_usable(message_id: Any, expected: str) -> None:
    """Without a usable one the hash of the raw item stands in."""
    event = mapped({"messageId": message_id})
    assert event.id == expected
    assert event.data["messageId"] == expected


MINUTE = 60_000


def at(minutes: float) -> str:
    """Write a time so many minutes from the arrival."""
    return iso(RECEIVED + int(minutes * MINUTE))


@pytest.mark.parametrize(
    ("call", "minutes"),
    [
        ({}, 0),
        ({"timestamp": at(-5)}, -5),
        ({"timestamp": at(5)}, 0),
        ({"timestamp": at(55), "sentAt": at(60)}, -5),
        ({"timestamp": at(-65), "sentAt": at(-60)}, -5),
        ({"timestamp": at(61), "sentAt": at(60)}, 0),
        ({"originalTimestamp": at(55), "sentAt": at(60)}, -5),
        ({"originalTimestamp": at(-5)}, -5),
        ({"timestamp": at(-5), "originalTimestamp": at(55), "sentAt": at(60)}, -5),
        ({"timestamp": at(-5), "receivedAt": at(-1), "sentAt": at(60)}, -5),
        ({"timestamp": "odd", "originalTimestamp": at(55), "sentAt": at(60)}, -5),
        ({"timestamp": at(-5), "sentAt": "odd"}, -5),
        ({"timestamp": True, "sentAt": at(60)}, 0),
        ({"timestamp": "2023-11-14T22:00:00Z", "sentAt": "9999-01-01T00:00:00Z"}, 0),
        ({"timestamp": RECEIVED - 5 * MINUTE}, -5),
    ],
)
def test_the_clients_clock_is_corrected(call: dict[str, Any], minutes: int) -> None:
    """The time of sending tells how wrong the clock is, unless Segment has corrected it; arrival is the bound."""
    event = mapped(call)
    assert event.timestamp == RECEIVED + minutes * MINUTE
    assert parse_time(event.data["timestamp"]) == event.timestamp
    assert event.data["receivedAt"] == iso(RECEIVED)


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


def test_ids_are_text_in_the_data_too() -> None:
    """A formula that compares ``event.userId`` with text works for senders of numbers."""
    data = mapped({"userId": 123, "groupId": 4.0, "previousId": ["x"]}).data
    assert (data["userId"], data["groupId"]) == ("123", "4")
    assert "previousId" not in data


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


def test_mapping_leaves_the_call_alone() -> None:
    """The raw call is kept for replays."""
    call = {"type": "page", "userId": 1, "context": {"consent": {"categoryPreferences": {}}}, "writeKey": "k"}
    before = json.dumps(call)
    mapped(call)
    assert json.dumps(call) == before


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
IDS = ["messageId", "userId", "anonymousId", "previousId", "groupId"]
TIMES = ["timestamp", "originalTimestamp", "sentAt", "receivedAt"]
FIELDS = [*IDS, *TIMES, "event", "name", "properties", "traits", "context", "integrations"]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["track", "identify", "group", "alias", "delete"]),
    st.dictionaries(st.sampled_from(FIELDS), ODD),
)
def test_no_call_with_a_type_makes_mapping_fail(kind: str, call: dict[str, Any]) -> None:
    """Fields of the wrong type count as absent, whatever they hold."""
    event = mapped({"type": kind} | call)
    assert 0 <= event.timestamp <= RECEIVED
    assert event.id
    for name in ("properties", "traits", "context"):
        assert isinstance(event.data.get(name, {}), dict)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the vendors' samples are not beside this checkout")
def test_every_real_sample_is_mapped() -> None:
    """What Segment documents and sends is read without a loss of its type."""
    found = [json.loads(path.read_text()) for path in sorted(SAMPLES.glob("*.json"))]
    calls = [call for call in found if isinstance(call, dict) and call.get("type")]
    assert len(calls) > 50
    for call in calls:
        assert map_event(call, SOURCE, IDENTITY, seq=1, received_at=RECEIVED, raw_id="r").type == call["type"]
