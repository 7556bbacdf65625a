"""Whatever a sender sends, the answer is 2xx or 4xx in the shape of all errors, never 5xx."""

from __future__ import annotations

import base64
import gzip
from typing import Any
from urllib.parse import quote

import pytest
from edge.bad_bodies import BATCHES, CALL_DOCUMENTS, DOCUMENTS, VENDOR
from edge.doubles import (
    AUTH_TOKEN,
    BASIC,
    BEARER,
    MPARTICLE_VALUE,
    PUBLIC_URL,
    SHARED_SECRET,
    TEALIUM_TOKEN,
    edge,
)
from edge.reader import NOW
from twilio.request_validator import RequestValidator

from core.engine.mapping import map_event
from cuewire.wiring import PRESETS, load_mappings
from webhooks.signatures import hmac_hex

VENDOR_ROUTES = [
    "/webhooks/tealium",
    "/event",
    "/v3/collect/bulk-event",
    "/webhooks/mparticle",
    "/v2/events",
    "/v2/bulkevents",
]
ROUTES = ["/v1/track", "/v1/i", "/v1/alias", "/v1/batch", "/v1/b", "/webhooks/segment", "/api/trigger"]

EVENTS_API = {"Authorization": "Basic " + base64.b64encode(b"mp-key:mp-secret").decode()}
VENDOR_HEADERS = {
    "/webhooks/tealium": {"X-Cuewire-Token": TEALIUM_TOKEN},
    "/webhooks/mparticle": {"Authorization": MPARTICLE_VALUE},
    "/v2/events": EVENTS_API,
    "/v2/bulkevents": EVENTS_API,
}


def headers_of(route: str, body: bytes) -> dict[str, str]:
    """Open the door, so that the body itself is judged."""
    if route in VENDOR_ROUTES:
        return VENDOR_HEADERS.get(route, {})
    if route.startswith("/webhooks"):
        return {"X-Signature": hmac_hex("sha1", SHARED_SECRET, body)}
    return BASIC if route.startswith("/v1") else BEARER


def check(answer: Any) -> None:
    """Ask for 2xx, or 4xx in the shape of all errors."""
    assert 200 <= answer.status_code < 500
    if answer.status_code >= 400 and answer.json.get("returnCode") == 1400:
        assert answer.headers["X-Error"]
    elif answer.status_code >= 400 and "errors" in answer.json:
        assert [set(error) for error in answer.json["errors"]] == [{"code", "message"}]
    elif answer.status_code >= 400:
        error = answer.json["error"]
        assert error["code"] and error["message"]
        assert set(error) <= {"code", "message", "field", "hint"}


def test_the_corpus_is_large() -> None:
    """Enough ways to be wrong, each of them different."""
    assert len({*DOCUMENTS, *CALL_DOCUMENTS, *BATCHES}) >= 150


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("key", ["keyed", "unkeyed", "gzip"])
def test_no_body_makes_the_server_fail(route: str, key: str) -> None:
    """Each body, plain and compressed, with and without a key."""
    app = edge()
    for body in [*DOCUMENTS, *CALL_DOCUMENTS, *BATCHES]:
        sent = gzip.compress(body, 1) if key == "gzip" else body
        headers = {} if key == "unkeyed" else headers_of(route, body)
        packed = {"Content-Encoding": "gzip"} if key == "gzip" else {}
        check(app.client.post(route, data=sent, headers=headers | packed))


@pytest.mark.parametrize("route", VENDOR_ROUTES)
@pytest.mark.parametrize("way", ["post", "array", "gzip", "unkeyed"])
def test_no_vendor_body_makes_the_server_fail(route: str, way: str) -> None:
    """Each body as it is, in an array, compressed and without a key."""
    app = edge()
    headers = {} if way == "unkeyed" else headers_of(route, b"")
    for body in [*DOCUMENTS, *VENDOR]:
        sent, more = body, {}
        if way == "array":
            sent = b"[%s,%s]" % (body, body)
        elif way == "gzip":
            sent, more = gzip.compress(body, 1), {"Content-Encoding": "gzip"}
        check(app.client.post(route, data=sent, headers=headers | more))


@pytest.mark.parametrize("kind", ["tealium", "mparticle"])
def test_no_vendor_body_makes_the_mapping_fail(kind: str) -> None:
    """What the intake is given is an event to the shipped mapping, whatever its values are."""
    rules = load_mappings(PRESETS).rules
    assert rules is not None
    app = edge(rule_set=rules)
    route = f"/webhooks/{kind}"
    for body in VENDOR:
        app.client.post(route, data=b"[%s]" % body, headers=headers_of(route, b""))
    assert len(app.intake.events) > 150
    for call in app.intake.events:
        source = rules.sources[kind]
        event = map_event(call, source, rules.identity, seq=0, received_at=NOW, raw_id="r")
        assert event.id == call["messageId"]
        assert event.timestamp <= NOW


@pytest.mark.parametrize("route", ["/webhooks/tealium", "/event", "/bulk-event"])
def test_no_query_makes_the_server_fail(route: str) -> None:
    """Each document in ``data``, and queries that are none."""
    app = edge()
    queries = [f"data={quote(body)}" for body in [*DOCUMENTS, *VENDOR] if len(body) < 5_000]
    queries += [
        "",
        "data",
        "data=",
        "&&&",
        "%",
        "%zz=%ff",
        "a=%ed%a0%80",
        "tealium_account=acme&data=%7B",
        "a=1&" * 600,
    ]
    for query in queries:
        check(app.client.get(f"{route}?{query}", headers=headers_of(route, b"")))
    for call in app.intake.events:
        assert call["messageId"]


@pytest.mark.parametrize("body", DOCUMENTS, ids=range(len(DOCUMENTS)))
def test_no_document_is_stored_that_is_none(body: bytes) -> None:
    """Nothing that is not a call reaches the store as one."""
    app = edge()
    for route in ROUTES[:-1]:
        app.client.post(route, data=body, headers=headers_of(route, body))
    assert not app.intake.events


def test_no_form_makes_the_callback_fail() -> None:
    """Signed nonsense is nonsense all the same."""
    app = edge()
    path = "/callbacks/twilio/status?delivery=a_1"
    for status in ("", "delivered", "x" * 500, "\u0000", "é", "delivered "):
        form = {"MessageStatus": status, "ErrorCode": status}
        signature = RequestValidator(AUTH_TOKEN).compute_signature(PUBLIC_URL + path, form)
        check(app.client.post(path, data=form, headers={"X-Twilio-Signature": signature}))
    for body in DOCUMENTS:
        check(app.client.post(path, data=body, content_type="application/x-www-form-urlencoded"))


ODD = [
    "",
    "%00",
    "%ff",
    "%ed%a0%80",
    "x" * 3_000,
    "..",
    "%2e%2e%2f",
    "'",
    '"',
    "a:b",
    ":",
    "email:",
    "%F0%9F%98%80",
]


@pytest.mark.parametrize("value", ODD)
def test_no_address_makes_the_server_fail(value: str) -> None:
    """Every parameter and path part may hold any text."""
    app = edge()
    names = ("profile", "trigger", "status", "since", "limit", "cursor", value or "x")
    for name in ("events", "decisions", "deliveries", "segments"):
        for parameter in names:
            check(app.client.get(f"/api/{name}?{parameter}={value}", headers=BEARER))
    for path in (
        f"profiles/email/{value}",
        f"profiles/{value}/x",
        f"trigger/{value}",
        f"trigger/status?trigger_id={value}",
    ):
        check(app.client.get(f"/api/{path}", headers=BEARER))
    check(app.client.post(f"/webhooks/{value}", data=b"{}"))
    check(app.client.get(f"/{value}"))


@pytest.mark.parametrize(
    "value", ["", " ", "é", "\x7f", "Basic", "Basic =", "Bearer", "Bearer é", "x" * 5_000, "Basic /w=="]
)
def test_no_header_makes_the_server_fail(value: str) -> None:
    """Headers that are looked at may hold any text that a server lets through."""
    app = edge()
    names = ("X-Signature", "X-Twilio-Signature", "X-Cuewire-Token", "Idempotency-Key")
    for name in ("Authorization", "Content-Encoding", *names):
        for route in (*ROUTES, *VENDOR_ROUTES, "/callbacks/twilio/status?delivery=a_1"):
            check(app.client.post(route, data=b"{}", headers=headers_of(route, b"{}") | {name: value}))
        check(app.client.get("/api/events", headers=BEARER | {name: value}))
    check(app.client.options("/v1/t", headers={"Access-Control-Request-Headers": value}))
