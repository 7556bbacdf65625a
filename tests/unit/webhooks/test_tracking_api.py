"""Segment's tracking API: routes, keys, limits, and one bad item among good ones."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from edge.doubles import BASIC, WRITE_KEY, Edge, edge
from edge.reader import NOW

CALL = {"userId": "grace", "event": "Product Viewed", "messageId": "m1", "previousId": "v1"}
SINGLES = ["track", "identify", "page", "screen", "group", "alias", "t", "i", "p", "s", "g", "a"]
TYPE = {name[0]: name for name in SINGLES[:6]}


def basic(user: str, *, colon: str = ":") -> dict[str, str]:
    """Give a Basic header."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}{colon}".encode()).decode()}


def batch(app: Edge, *items: Any, **envelope: Any) -> Any:
    """Send a batch."""
    return app.client.post("/v1/batch", json={"batch": list(items), **envelope}, headers=BASIC)


def event(name: str = "A", **more: Any) -> dict[str, Any]:
    """Give a good item."""
    return {"type": "track", "event": name, "userId": "grace", **more}


@pytest.mark.parametrize("path", SINGLES)
def test_the_path_gives_the_type(path: str) -> None:
    """Long and short forms mean the same call, whatever type the body claims."""
    app = edge()
    answer = app.client.post(f"/v1/{path}", json=CALL | {"type": "delete"}, headers=BASIC)
    assert (answer.status_code, answer.json) == (200, {"success": True})
    assert [call["type"] for call in app.intake.events] == [TYPE[path[0]]]
    assert app.intake.calls[0][0] == "segment"
    assert app.intake.calls[0][2] == NOW


@pytest.mark.parametrize("path", ["batch", "import", "b"])
def test_each_batch_path_takes_a_batch(path: str) -> None:
    """All three spellings take an envelope."""
    app = edge()
    assert app.client.post(f"/v1/{path}", json={"batch": [event()]}, headers=BASIC).status_code == 200
    assert len(app.intake.events) == 1


def test_the_raw_bytes_of_each_item_are_kept() -> None:
    """An item is stored exactly as it stood in the batch."""
    app = edge()
    item = b'{ "type":"track", "event":"\\u00e4", "userId":"grace", "price": 1.0 }'
    app.client.post("/v1/batch", data=b'{"batch":[ ' + item + b" ]}", headers=BASIC)
    assert [one.raw for one in app.intake.items] == [item]


@pytest.mark.parametrize(
    "headers",
    [BASIC, basic("wk-next"), basic(WRITE_KEY, colon=""), basic(WRITE_KEY, colon=":ignored")],
    ids=["basic", "the next key of a rotation", "without a colon", "with a password"],
)
def test_the_write_key_may_come_as_basic(headers: dict[str, str]) -> None:
    """Every accepted value opens the door."""
    assert edge().client.post("/v1/track", json=CALL, headers=headers).status_code == 200


def test_the_write_key_may_come_in_the_address() -> None:
    """Where a client can set neither a header nor the body, as a beacon; another one opens nothing."""
    app = edge()
    for path in ("track", "batch"):
        body = CALL if path == "track" else {"batch": [event()]}
        assert app.client.post(f"/v1/{path}?writeKey={WRITE_KEY}", json=body).status_code == 200
        assert app.client.post(f"/v1/{path}?writeKey={WRITE_KEY}x", json=body).status_code == 401
        assert app.client.post(f"/v1/{path}?writekey={WRITE_KEY}", json=body).status_code == 401
    assert len(app.intake.events) == 2


@pytest.mark.parametrize(
    "body",
    [
        {"batch": [event()], "writeKey": WRITE_KEY},
        {"batch": [event(), event(writeKey=WRITE_KEY)]},
    ],
    ids=["envelope", "item"],
)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer an-oauth-token"}], ids=["alone", "bearer"])
def test_the_write_key_may_come_in_the_body(body: dict[str, Any], headers: dict[str, str]) -> None:
    """The envelope or an item may carry it, also beside a Bearer token."""
    assert edge().client.post("/v1/batch", json=body, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic("wrong"),
        {"Authorization": "Basic %%%"},
        {"Authorization": "Bearer wk-of-tests"},
        {"Authorization": "x"},
    ],
)
def test_a_wrong_key_is_refused(headers: dict[str, str]) -> None:
    """Nothing is handed over without a key."""
    app = edge()
    answer = app.client.post("/v1/track", json=CALL, headers=headers)
    assert answer.status_code == 401
    assert answer.json["error"]["code"] == "unauthorised"
    assert answer.json["error"]["field"] == "writeKey"
    assert not app.intake.calls


def test_another_source_has_its_own_key() -> None:
    """The key says which source an event belongs to."""
    app = edge()
    app.client.post("/v1/track", json=CALL, headers=basic("wk-eu"))
    assert [source for source, _, _ in app.intake.calls] == ["segment_eu"]


def test_a_source_without_a_key_is_closed() -> None:
    """A source whose secret is not set answers 401, also to an empty key, and names the setting."""
    for headers in ({}, basic("")):
        answer = edge(secrets={}).client.post("/v1/track", json=CALL, headers=headers)
        assert answer.status_code == 401
        assert "CUEWIRE_SEGMENT_WRITE_KEY" in answer.json["error"]["hint"]


@pytest.mark.parametrize(
    ("path", "change", "field"),
    [
        ("track", {"event": None}, "event"),
        ("track", {"event": "  "}, "event"),
        ("track", {"event": 7}, "event"),
        ("track", {"userId": None}, "userId"),
        ("track", {"userId": ""}, "userId"),
        ("track", {"userId": ["a"]}, "userId"),
        ("identify", {"traits": []}, "traits"),
        ("page", {"properties": "x"}, "properties"),
        ("screen", {"context": 1}, "context"),
        ("group", {"integrations": True}, "integrations"),
        ("alias", {"previousId": None}, "previousId"),
        ("track", {"messageId": "m" * 101}, "messageId"),
        ("track", {"messageId": {}}, "messageId"),
    ],
)
def test_a_bad_single_call_is_told_its_field(path: str, change: dict[str, Any], field: str) -> None:
    """The answer names the field and what to do."""
    app = edge()
    answer = app.client.post(f"/v1/{path}", json=CALL | change, headers=BASIC)
    assert answer.status_code == 400
    assert answer.json["error"]["field"] == field
    assert answer.json["error"]["hint"]
    assert not app.intake.calls


def test_an_anonymous_id_alone_is_enough() -> None:
    """Visitors need no user id, and a number is an id."""
    app = edge()
    for change in ({"userId": None, "anonymousId": "v1"}, {"userId": 7}):
        assert app.client.post("/v1/track", json=CALL | change, headers=BASIC).status_code == 200


def test_a_bad_item_never_costs_the_others() -> None:
    """The batch answers success; each bad item is set aside with its reason."""
    app = edge()
    bad = [7, None, [], {}, {"type": "nope"}, {"type": "track"}, event(properties=[]), {"type": "trigger"}]
    answer = batch(app, event("first"), *bad, event("last"))
    assert answer.status_code == 200
    assert [call["event"] for call in app.intake.events] == ["first", "last"]
    assert len(app.intake.reasons) == len(bad)
    assert app.intake.reasons[3].startswith("type: ")
    assert app.intake.reasons[6].startswith("properties: ")


@pytest.mark.parametrize(
    "bad",
    [
        b'{"type":"track","event":"A","userId":"u","properties":{"x":NaN}}',
        b'{"type":"track","event":"A","userId":"u","properties":{"x":-Infinity}}',
        b'{"type":"track","event":"cut \\ud83d","userId":"u"}',
        b'{"type":"track","event":"cut \\ud83d and more","userId":"u"}',
        b'{"type":"track","event":"\xff","userId":"u"}',
        b'{"type":"track","event":"A","userId":"u","properties":{"x":1e999}}',
        b'{"type":"track","properties":' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001,
        b"[" * 3_000 + b"]" * 3_000,
        b'{"type":"track","event":"A","userId":"u","properties":' + b'{"a":' * 40 + b"1" + b"}" * 41,
        b'{"type":"track","event":"' + b"x" * 40_000 + b'"}',
    ],
    ids=[
        "nan",
        "infinity",
        "half",
        "half inside",
        "latin",
        "huge",
        "deep",
        "deep array",
        "bit too deep",
        "large",
    ],
)
def test_an_unreadable_item_never_costs_the_others(bad: bytes) -> None:
    """Also an item that no strict decoder reads is set aside alone, with its bytes."""
    app = edge()
    good = json.dumps(event("good")).encode()
    body = (
        b'{"writeKey":"x", "batch": ['
        + good
        + b" , "
        + bad
        + b","
        + good
        + b'], "sentAt": "2026-01-02T03:04:05Z"}'
    )
    answer = app.client.post("/v1/batch", data=body, headers=BASIC)
    assert answer.status_code == 200
    assert [call["event"] for call in app.intake.events] == ["good", "good"]
    assert [call["sentAt"] for call in app.intake.events] == ["2026-01-02T03:04:05Z"] * 2
    assert [item.raw for item in app.intake.items][1] == bad
    assert len(app.intake.reasons) == 1


def test_the_envelope_is_merged_into_each_item() -> None:
    """Shared context and integrations reach every item; what an item says itself stands."""
    app = edge()
    own = event(context={"ip": "own"}, integrations=None, sentAt="own")
    batch(
        app,
        event(),
        own,
        context={"ip": "shared", "locale": "de"},
        integrations={"All": False},
        sentAt="shared",
    )
    first, second = app.intake.events
    assert (first["context"], first["sentAt"]) == ({"ip": "shared", "locale": "de"}, "shared")
    assert (second["context"], second["sentAt"]) == ({"ip": "own", "locale": "de"}, "own")
    assert second["integrations"] == {"All": False}


def test_a_client_cannot_claim_that_segment_corrected_its_clock() -> None:
    """The fields by which Segment says so are dropped; RudderStack's own time takes their place."""
    app = edge()
    batch(app, event(originalTimestamp="2026-01-01T00:00:00Z", receivedAt="2026-01-01T00:00:01Z"))
    assert app.intake.events[0]["timestamp"] == "2026-01-01T00:00:00Z"
    assert not {"originalTimestamp", "receivedAt"} & set(app.intake.events[0])
