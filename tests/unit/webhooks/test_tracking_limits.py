"""Segment's tracking API where it ends: no batch, too much, a full server, another site's page."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from edge.doubles import BASIC, Edge, edge

from core.errors import Busy, StoreError
from webhooks.services import Limits

CALL = {"userId": "grace", "event": "Product Viewed", "messageId": "m1"}


def batch(app: Edge, *items: Any, **envelope: Any) -> Any:
    """Send a batch."""
    return app.client.post("/v1/batch", json={"batch": list(items), **envelope}, headers=BASIC)


def event(**more: Any) -> dict[str, Any]:
    """Give a good item."""
    return {"type": "track", "event": "A", "userId": "grace", **more}


def test_an_empty_batch_is_a_success() -> None:
    """Nothing to do is done."""
    app = edge()
    assert batch(app).status_code == 200
    assert not app.intake.calls


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"nonsense", "body"),
        (b"[]", "body"),
        (b'{"batch": {}}', "batch"),
        (b"{}", "batch"),
        (b'{"batch": [{"type":"track"}', "body"),
        (b'{"batch": [{"type":"track"}, {bad}]}', "body"),
        (b'{"batch": [1,]}', "body"),
        (b'{"batch": [], "context": NaN}', "body"),
    ],
)
def test_a_body_that_is_no_batch_is_refused(body: bytes, field: str) -> None:
    """400 names what is wrong."""
    answer = edge().client.post("/v1/batch", data=body, headers=BASIC)
    assert answer.status_code == 400
    assert answer.json["error"]["field"] == field


def test_an_envelope_may_not_smuggle_depth_into_items() -> None:
    """What is merged into every item is bounded too."""
    deep: dict[str, Any] = {}
    for _ in range(40):
        deep = {"a": deep}
    answer = batch(edge(), event(), context=deep)
    assert answer.status_code == 400
    assert answer.json["error"]["field"] == "context"


def test_limits_hold_to_the_byte_and_item() -> None:
    """A call, a batch and its items may be as large as the limit and no larger."""
    app = edge(limits=Limits(event=200, batch=1_000, batch_items=3))
    padded = CALL | {"pad": "x" * (200 - len(json.dumps(CALL | {"pad": ""})))}
    for extra, status in (("", 200), ("x", 413)):
        body = json.dumps(padded | {"pad": padded["pad"] + extra})
        assert app.client.post("/v1/track", data=body, headers=BASIC).status_code == status
    assert batch(app, *[event()] * 3).status_code == 200
    assert batch(app, *[event()] * 4).status_code == 413
    assert batch(app, event(pad="x" * 1_000)).status_code == 413
    assert (
        app.client.post(
            "/v1/batch", data=gzip.compress(b" " * 100_000), headers=BASIC | {"Content-Encoding": "gzip"}
        ).status_code
        == 413
    )


def test_a_full_server_asks_to_come_again() -> None:
    """503 with Retry-After, and nothing counted as taken."""
    app = edge()
    app.intake.failure = Busy("The writer is behind.", retry_after=2)
    answer = app.client.post("/v1/track", json=CALL, headers=BASIC)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.json["error"]["code"] == "busy"


def test_a_store_that_cannot_write_is_no_success() -> None:
    """The sender keeps its events and tries again; the answer keeps the details to itself."""
    app = edge()
    app.intake.failure = StoreError("disk full at /var/lib")
    answer = app.client.post("/v1/batch", json={"batch": [event()]}, headers=BASIC)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "/var/lib" not in answer.text


def test_a_bug_is_answered_without_details() -> None:
    """500 in the shape of every error; browsers may read it."""
    app = edge()
    app.intake.failure = RuntimeError("secret detail")
    answer = app.client.post("/v1/track", json=CALL, headers=BASIC)
    assert answer.status_code == 500
    assert answer.json["error"]["code"] == "internal"
    assert "secret detail" not in answer.text
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["/v1/t", "/v1/b", "/v1/batch"])
def test_browsers_may_ask_before_they_send(path: str) -> None:
    """A preflight is answered with what the browser wants to send."""
    asked = {
        "Origin": "https://shop.example.com",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,x-retry-count",
    }
    answer = edge().client.options(path, headers=asked)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Headers"] == asked["Access-Control-Request-Headers"]
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]


def test_browsers_may_read_refusals() -> None:
    """Errors carry the header too, or a page's SDK would see only a network fault."""
    client = edge().client
    for answer in (client.post("/v1/t", data=b"{"), client.post("/v1/t", json=CALL), client.post("/v1/nope")):
        assert answer.status_code >= 400
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_other_routes_are_closed_to_pages() -> None:
    """The API answers no page of another site."""
    assert "Access-Control-Allow-Origin" not in edge().client.get("/api/events").headers


def test_the_browser_librarys_metrics_are_dropped() -> None:
    """They are answered, and nothing is stored."""
    app = edge()
    assert app.client.post("/v1/m", data=b'{"series":[]}').status_code == 200
    assert not app.intake.calls
