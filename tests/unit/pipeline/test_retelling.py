"""A stored event is told again as the engine took it, from the raw bytes or from what is kept beside them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from embedded.published import rules_of
from msgspec import structs

from core.engine.digest import derive
from core.engine.event import Event
from core.engine.instant import iso
from core.engine.mapping import map_event
from core.engine.rule import RuleSet
from core.engine.stranger import as_stranger
from core.pipeline.retelling import kept_call, retold
from core.pipeline.rows import event_row
from core.ports import EventRow

NOW = 1_800_000_000_000
MINUTE = 60_000

MORE = {"context": {"page": {"path": "/a"}, "traits": {"email": "a@example.com"}}}

CALLS: list[dict[str, Any]] = [
    {
        "type": "track",
        "event": "Bought",
        "userId": "u1",
        "messageId": "m1",
        "properties": {"price": "7", "n": None},
    },
    {"type": "track", "event": "Bought", "anonymousId": "a1", "timestamp": iso(NOW - MINUTE)},
    {"type": "track", "event": "Old name", "userId": "u1", "sentAt": iso(NOW - 5), "timestamp": iso(NOW - 9)},
    {
        "type": "track",
        "event": "Bought",
        "userId": "u1",
        "originalTimestamp": iso(NOW - 7),
        "sentAt": iso(NOW),
    },
    {"type": "page", "name": "Home", "userId": "u1", "messageId": 7, **MORE},
    {"type": "identify", "userId": "u1", "traits": {"email": "A@example.com", "plan": "pro"}, **MORE},
    {"type": "group", "groupId": "g1", "userId": "u1", "traits": {"plan": "pro"}},
    {"type": "alias", "userId": "u1", "previousId": "a1"},
]


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> RuleSet:
    """Give mappings that rename an event and read a number from text."""
    text = (
        "source: segment\nidentifiers: {user_id: =event.userId, anonymous_id: =event.anonymousId,"
        " email: [=traits.email, =context.traits.email]}\n"
        "traits: {from: [traits, context.traits]}\nevents: {Old name: New name}\n"
        "consent: {marketing: =traits.agreed}\n"
    )
    return rules_of(tmp_path_factory.mktemp("rules"), {"sources/segment.yaml": text})


def taken(call: dict[str, Any], rules: RuleSet, arrived: int = NOW) -> Event:
    """Map a call as the pipeline does when it arrives."""
    raw_id = derive("e", msgspec.json.encode(call).decode())
    mapping = rules.sources["segment"]
    return map_event(call, mapping, rules.identity, seq=9, received_at=arrived, raw_id=raw_id)


def row_of(event: Event, raw: bytes, **more: Any) -> EventRow:
    """Make the row that is stored."""
    return event_row(event, raw, status="applied", profile_id="p1", **more)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call["type"])
@pytest.mark.parametrize(
    "raw", ["its own bytes", "a vendor's bytes", "bytes that are no JSON", "without its type"]
)
def test_an_event_is_told_again_as_it_was_taken(rules: RuleSet, call: dict[str, Any], raw: str) -> None:
    """Whatever the bytes were that it came as."""
    own = (
        {name: value for name, value in call.items() if name != "type"} if raw == "without its type" else call
    )
    data = {"a vendor's bytes": b'{"tealium_event": "x"}', "bytes that are no JSON": b"\xff{"}.get(raw)
    data = data or msgspec.json.encode(own)
    event = taken(call, rules)
    row = row_of(event, data, call=kept_call(data, call))
    assert bool(row.call) == (raw in ("a vendor's bytes", "bytes that are no JSON"))
    assert retold(row, rules) == event


def test_what_an_envelope_shares_is_kept_beside_the_bytes(rules: RuleSet) -> None:
    """The bytes of an item in a batch do not tell it."""
    item = {"type": "track", "event": "Bought", "userId": "u1"}
    assert kept_call(msgspec.json.encode(item), item) == b""
    assert msgspec.json.decode(kept_call(msgspec.json.encode(item), {**item, **MORE})) == {**item, **MORE}


def test_the_present_mapping_reads_what_an_older_one_stored(rules: RuleSet) -> None:
    """A name that is renamed since then, in the row as it was; the time stays."""
    event = structs.replace(taken(CALLS[2], rules), name="Old name")
    again = retold(row_of(event, msgspec.json.encode(CALLS[2])), rules)
    assert again is not None
    assert (again.name, again.timestamp) == ("New name", event.timestamp)


def test_a_row_of_an_older_version_is_told_as_far_as_it_can_be(rules: RuleSet) -> None:
    """By its name at least, where the bytes are a vendor's."""
    event = taken(CALLS[0], rules)
    again = retold(row_of(event, b'{"tealium_event": "x"}'), rules)
    assert again is not None
    assert (again.name, again.id, again.identifiers) == ("Bought", "m1", event.identifiers)


def test_imported_history_is_told_as_of_its_first_arrival(rules: RuleSet) -> None:
    """Though it is stored as of the import."""
    event = structs.replace(taken(CALLS[1], rules, NOW - MINUTE // 2), quiet=True)
    row = structs.replace(row_of(event, msgspec.json.encode(CALLS[1])), received_at=NOW + MINUTE)
    assert retold(row, rules) == event


def test_a_public_event_is_not_believed_when_told_again_either(rules: RuleSet) -> None:
    """Neither its addresses nor its consent."""
    call = {**CALLS[5], "traits": {"email": "a@example.com", "agreed": True, "plan": "pro"}}
    event = as_stranger(taken(call, rules), rules.identity)
    again = retold(row_of(event, msgspec.json.encode(call), is_public=True), rules)
    assert again == event
    assert (again.consent, [one.namespace for one in again.identifiers]) == ((), ["user_id"])


def test_an_event_of_a_source_that_is_gone_still_counts_by_its_name(rules: RuleSet) -> None:
    """Read without any mapping."""
    row = structs.replace(row_of(taken(CALLS[0], rules), msgspec.json.encode(CALLS[0])), source="gone")
    again = retold(row, rules)
    assert again is not None
    assert (again.name, again.data["properties"]) == ("Bought", {"price": 7.0})


def test_a_row_that_is_no_call_is_left_out(rules: RuleSet) -> None:
    """A call of the API is none of a sender's."""
    row = structs.replace(row_of(taken(CALLS[0], rules), b"{}"), type="trigger")
    assert retold(row, rules) is None
