"""From a sender's call to an event."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mapped_call import IDENTITY, RECEIVED, SOURCE, mapped

from core.engine.event import Event, Identifier
from core.engine.instant import iso, parse_time
from core.engine.mapping import map_event
from core.errors import BadRequest

SAMPLES = Path(__file__).parents[5] / "shared" / "samples" / "inbound" / "segment"


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


def test_ids_are_text_in_the_data_too() -> None:
    """A formula that compares ``event.userId`` with text works for senders of numbers."""
    data = mapped({"userId": 123, "groupId": 4.0, "previousId": ["x"]}).data
    assert (data["userId"], data["groupId"]) == ("123", "4")
    assert "previousId" not in data


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
