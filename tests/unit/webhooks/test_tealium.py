"""Tealium's webhook connector and Collect clients: who may enter, what one request may hold, what is a repeat."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from edge.doubles import TEALIUM_TOKEN, Edge, edge

from core.errors import Busy
from webhooks.services import Limits

EVENT = {"tealium_event": "loyalty_join", "customer_id": "grace"}
MINE = EVENT | {"tealium_account": "acme"}
TOKEN = {"X-Cuewire-Token": TEALIUM_TOKEN}


def basic(password: str) -> dict[str, str]:
    """Write a Basic header."""
    return {"Authorization": "Basic " + base64.b64encode(f"any:{password}".encode()).decode()}


def post(app: Edge, body: Any, path: str = "/webhooks/tealium", **headers: str) -> Any:
    """Send JSON with the token."""
    return app.client.post(path, data=json.dumps(body), headers=headers or TOKEN)


@pytest.mark.parametrize(
    "headers", [{"Authorization": f"Bearer {TEALIUM_TOKEN}"}, TOKEN, basic(TEALIUM_TOKEN)], ids=range(3)
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "GET"])
def test_the_token_opens_in_any_of_three_places(headers: dict[str, str], method: str) -> None:
    """The connector can set a header, a Bearer token or Basic authentication, and any method."""
    app = edge()
    path = "/webhooks/tealium" + ("?data=" + json.dumps(EVENT) if method == "GET" else "")
    body = b"" if method == "GET" else json.dumps(EVENT).encode()
    answer = app.client.open(path, method=method, data=body, headers=headers)
    assert (answer.status_code, answer.json) == (200, {"success": True})
    assert [source for source, _, _ in app.intake.calls] == ["tealium"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Cuewire-Token": ""},
        {"X-Cuewire-Token": TEALIUM_TOKEN + "x"},
        {"Authorization": TEALIUM_TOKEN},
        {"Authorization": "Bearer token-us"},
        basic(""),
        basic("wrong"),
        {"Authorization": "Basic " + base64.b64encode(f"{TEALIUM_TOKEN}:".encode()).decode()},
    ],
    ids=range(8),
)
def test_any_other_token_is_refused(headers: dict[str, str]) -> None:
    """401 whatever the body is, and nothing is handed over."""
    app = edge()
    for body in (b"{}", b"[", json.dumps(EVENT).encode()):
        assert app.client.post("/webhooks/tealium", data=body, headers=headers).status_code == 401
    assert not app.intake.calls


def test_a_source_without_a_token_names_the_setting() -> None:
    """Not set means closed, also to an empty token."""
    answer = edge(secrets={}).client.post("/webhooks/tealium", json=EVENT, headers={"X-Cuewire-Token": ""})
    assert answer.status_code == 401
    assert "CUEWIRE_TEALIUM_TOKEN" in answer.json["error"]["hint"]


def test_a_second_instance_has_its_own_route_token_and_accounts() -> None:
    """Neither opens the other."""
    app = edge()
    assert post(app, EVENT, "/webhooks/tealium_us", **{"X-Cuewire-Token": "token-us"}).status_code == 200
    assert post(app, EVENT, "/webhooks/tealium_us").status_code == 401
    assert post(app, EVENT | {"tealium_account": "acme-us"}, "/event").status_code == 200
    assert [source for source, _, _ in app.intake.calls] == ["tealium_us", "tealium_us"]


def test_methods_belong_to_the_source() -> None:
    """GET is Tealium's way and not Segment's."""
    client = edge().client
    assert client.get("/webhooks/segment").status_code == 405
    assert client.delete("/webhooks/tealium").status_code == 405
    assert client.get("/webhooks/nobody").status_code == 404


def test_a_repeat_is_known_by_its_content_and_anything_else_is_another_event() -> None:
    """Equal content, whatever the order of its keys, has one id; a mapped id counts alone."""
    app = edge()
    for body in (EVENT, dict(reversed(EVENT.items())), EVENT | {"tealium_random": "1"}):
        post(app, body)
    for body in ({"eventid": "e-1", "a": 1}, {"eventid": "e-1", "a": 2}, {"eventid": "x" * 101}):
        post(app, body)
    ids = [call["messageId"] for call in app.intake.events]
    assert ids[0] == ids[1] != ids[2]
    assert ids[3:5] == ["e-1", "e-1"]
    assert len(ids[5]) < 100


def test_events_of_a_bulk_are_told_apart_by_what_they_share() -> None:
    """The same item of two visitors is two events; an event for each product has an id of its own."""
    app = edge()
    for visitor in ("v1", "v2"):
        shared = {"tealium_account": "acme", "tealium_visitor_id": visitor}
        post(app, {"shared": shared, "events": [{"tealium_event": "page_view"}]}, "/bulk-event")
    post(app, MINE | {"tealium_event": "Product Added", "product_id": ["a", "b", "c"]}, "/event")
    ids = [call["messageId"] for call in app.intake.events]
    assert len(ids) == len(set(ids)) == 5


@pytest.mark.parametrize(
    ("columns", "products"),
    [
        ({"product_id": ["a", "b"], "product_price": ["1", "2"]}, [("a", "1"), ("b", "2")]),
        ({"product_id": ["a", "b"], "product_price": ["1"]}, [("a", "1"), ("b", None)]),
        ({"product_id": ["a", "b"], "product_price": "1"}, [("a", "1"), ("b", "1")]),
        ({"product_id": "a", "product_unit_price": "3", "product_price": "1"}, [("a", "1")]),
        ({"product_id": "a", "product_unit_price": "3", "product_price": ""}, [("a", "3")]),
        ({"product_id": ["a", None], "product_price": [None, 4]}, [("a", None), (None, 4)]),
        ({"product_id": []}, [(None, None)]),
    ],
)
def test_parallel_arrays_become_one_event_for_each_product(
    columns: dict[str, Any], products: list[tuple[Any, Any]]
) -> None:
    """Short arrays leave the later products without a value; single values count for all."""
    app = edge()
    post(app, {"tealium_event": "Product Viewed", **columns})
    told = [call["properties"] for call in app.intake.events]
    assert [(one.get("product_id") or None, one.get("price")) for one in told] == products


def test_an_event_that_is_not_about_one_product_keeps_them_together() -> None:
    """The arrays stay, and the products stand beside them as a list."""
    app = edge()
    post(app, {"tealium_event": "Order Completed", "product_id": ["a", "b"], "order_subtotal": "5"})
    (call,) = app.intake.events
    assert call["properties"]["product_id"] == ["a", "b"]
    assert call["properties"]["products"] == [{"product_id": "a"}, {"product_id": "b"}]
    assert call["properties"]["revenue"] == 5


def test_a_single_bad_body_is_refused_and_a_bad_item_is_set_aside() -> None:
    """400 tells the connector's log; an array's other items go on."""
    app = edge()
    for body in (b"", b"{", b"7", b"data=%7B", b"a=1"):
        assert app.client.post("/webhooks/tealium", data=body, headers=TOKEN).status_code == 400
    assert not app.intake.calls
    body = b'[{"tealium_event":"a"},{"x":NaN},[]]'
    assert app.client.post("/webhooks/tealium", data=body, headers=TOKEN).status_code == 200
    assert (len(app.intake.events), len(app.intake.reasons)) == (1, 2)


def test_limits_hold_on_every_way_in() -> None:
    """An event, a bulk and an array may each be as large as its limit."""
    app = edge(limits=Limits(event=100, batch=300, batch_items=2, array=400, array_items=2))
    large = MINE | {"pad": "x" * 100}
    assert post(app, large).status_code == 413
    assert post(app, large, "/event").status_code == 413
    assert post(app, [EVENT] * 3).status_code == 413
    assert post(app, [large, EVENT]).status_code == 200
    assert app.intake.reasons == ["larger than 100 bytes"]
    assert post(app, {"events": [MINE] * 3}, "/bulk-event").status_code == 413
    assert post(app, {"events": [large] * 2}, "/bulk-event").status_code == 413


def test_collect_refuses_accounts_that_are_not_ours_and_says_so_in_the_header() -> None:
    """Tealium's clients look at X-Error and nothing else."""
    app = edge()
    for body, status in (
        ({"tealium_account": "other"}, 401),
        ({"tealium_account": ""}, 400),
        ({"tealium_account": ["acme"]}, 400),
        ({}, 400),
    ):
        answer = post(app, body, "/event")
        assert answer.status_code == status
        assert "account" in answer.headers["X-Error"]
    closed = post(edge(secrets={}), MINE, "/event")
    assert closed.status_code == 401
    assert closed.headers["X-Error"]
    assert not app.intake.calls


def test_a_head_request_stores_nothing() -> None:
    """Whoever only looks sends no event."""
    app = edge()
    for path in ("/event", "/bulk-event"):
        assert app.client.head(f"{path}?tealium_account=acme&tealium_event=x").status_code == 200
    assert app.client.head("/webhooks/tealium?data={}", headers=TOKEN).status_code == 405
    assert not app.intake.calls


def test_pages_of_any_site_may_call_collect_and_not_the_webhook() -> None:
    """Browsers ask first, and may read refusals too."""
    client = edge().client
    for path in ("/event", "/v3/collect/bulk-event"):
        asked = client.options(path, headers={"Access-Control-Request-Headers": "content-type"})
        assert asked.headers["Access-Control-Allow-Origin"] == "*"
        assert {"GET", "POST"} <= set(asked.headers["Access-Control-Allow-Methods"].split(", "))
        assert client.post(path, data=b"{").headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in client.options("/webhooks/tealium").headers


def test_a_full_server_asks_collect_clients_to_come_again() -> None:
    """503 with Retry-After, never a success that stores nothing."""
    app = edge()
    app.intake.failure = Busy("The writer is behind.", retry_after=2)
    answer = post(app, MINE, "/event")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.headers["X-Error"] == "The writer is behind."


def test_only_collect_calls_are_public() -> None:
    """What came with the token is believed on addresses and consent."""
    app = edge()
    post(app, EVENT)
    post(app, MINE, "/event")
    assert [item.is_public for item in app.intake.items] == [False, True]
