"""Segment's webhook destinations: signatures, arrays, wrapped items."""

from __future__ import annotations

import json
from typing import Any

import pytest
from edge.doubles import SHARED_SECRET, Edge, edge

from core.engine.rule import IdentityRules, RuleSet, SourceMapping
from webhooks.services import Limits
from webhooks.signatures import hmac_hex

ONE = (
    b'{"type":"track","event":"Order Completed","userId":"grace","properties":{"tiny":1e-7,"n":"Zo\xc3\xab"}}'
)
TWO = b'{"type":"identify","userId":"grace"}'


def signature(message: bytes, secret: str = SHARED_SECRET) -> str:
    """Sign as Segment does."""
    return hmac_hex("sha1", secret, message)


def post(
    app: Edge, body: bytes, signed: bytes | None = None, *, name: str = "segment", method: str = "POST"
) -> Any:
    """Send a body, signed over all of it or over a part."""
    headers = {"X-Signature": signature(body if signed is None else signed)}
    return app.client.open(f"/webhooks/{name}", method=method, data=body, headers=headers)


def test_a_known_signature_is_made() -> None:
    """RFC 2202, test case 2."""
    assert (
        hmac_hex("sha1", "Jefe", b"what do ya want for nothing?")
        == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
    )


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_single_call_is_signed_as_a_whole(method: str) -> None:
    """The body as it came is what is verified; Actions may use any of three methods."""
    app = edge()
    answer = post(app, ONE, method=method)
    assert (answer.status_code, answer.json) == (200, {"success": True})
    assert [(source, [item.raw for item in items]) for source, items, _ in app.intake.calls] == [
        ("segment", [ONE])
    ]


@pytest.mark.parametrize("around", [b"[%s,%s]", b" [ %s , %s ] "])
def test_an_array_is_signed_by_its_first_item(around: bytes) -> None:
    """Only the first item's bytes count, never re-serialised."""
    app = edge()
    assert post(app, around % (ONE, TWO), ONE).status_code == 200
    assert [item.raw for item in app.intake.items] == [ONE, TWO]
    assert post(app, around % (TWO, ONE), ONE).status_code == 401


def test_what_stands_behind_the_signed_item_says_so() -> None:
    """Formulas may read it; what the call said of itself stays, and the signed one has no mark."""
    app = edge()
    two = b'{"type":"identify","userId":"grace","context":{"ip":"203.0.113.9","unsigned":false}}'
    assert post(app, b"[%s,%s,%s]" % (ONE, two, TWO), ONE).status_code == 200
    assert [call.get("context") for call in app.intake.events] == [
        None,
        {"ip": "203.0.113.9", "unsigned": True},
        {"unsigned": True},
    ]


def test_an_admin_may_believe_signed_items_alone() -> None:
    """With ``unsigned: refuse`` the rest of an array is set aside, with what to do; a single call is signed."""
    source = SourceMapping("segment", "segment", {}, refuses_unsigned=True)
    app = edge(rule_set=RuleSet("v1", IdentityRules(()), {"segment": source}, {}))
    assert post(app, b"[%s,%s,%s]" % (ONE, TWO, TWO), ONE).status_code == 200
    assert [item.raw for item in app.intake.items] == [ONE, TWO, TWO]
    assert len(app.intake.events) == 1
    assert [reason.partition(":")[0] for reason in app.intake.reasons] == ["X-Signature"] * 2
    assert "unsigned: refuse" in app.intake.reasons[0]
    assert post(app, TWO).status_code == 200


def test_ids_of_the_older_spelling_are_read() -> None:
    """Only where the present one is missing."""
    app = edge()
    for ids in ('"user_id":"a"', '"user_id":"a","userId":"b"', '"user_id":"a","userId":null'):
        post(app, b'{"event":"Email Opened",%s}' % ids.encode())
    assert [call["userId"] for call in app.intake.events] == ["a", "b", "a"]
    assert post(app, b'{"event":"A","user_id":{}}').status_code == 400


def test_wrapped_items_are_unwrapped() -> None:
    """Extensible wraps each call of an array; the bare first one is signed, and bare bytes are kept."""
    app = edge()
    assert post(app, b'[{"json":%s},{"json":%s}]' % (ONE, TWO), ONE).status_code == 200
    assert [item.raw for item in app.intake.items] == [ONE, TWO]
    assert [call["type"] for call in app.intake.events] == ["track", "identify"]


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "0" * 40,
        "zz",
        "é" * 40,
        signature(ONE).upper(),
        signature(ONE) + "0",
        signature(ONE)[:-1],
        "sha1=" + signature(ONE),
        signature(ONE, "another"),
    ],
)
def test_a_missing_or_wrong_signature_is_refused(given: str | None) -> None:
    """401 whatever the header holds, and nothing is handed over."""
    app = edge()
    headers = {} if given is None else {"X-Signature": given}
    for body in (ONE, b"[%s]" % ONE, b"[]", b"", b"[", b"nonsense", b"\xff"):
        answer = app.client.post("/webhooks/segment", data=body, headers=headers)
        assert answer.status_code == 401
        assert answer.json["error"]["field"] == "X-Signature"
    assert not app.intake.calls


def test_a_source_without_a_secret_is_closed() -> None:
    """Without a shared secret even an unsigned request is refused, with the setting to set."""
    app = edge(secrets={})
    for headers in ({}, {"X-Signature": signature(ONE, "")}):
        answer = app.client.post("/webhooks/segment", data=ONE, headers=headers)
        assert answer.status_code == 401
        assert "CUEWIRE_SEGMENT_SHARED_SECRET" in answer.json["error"]["hint"]


def test_both_secrets_of_a_rotation_verify() -> None:
    """While a secret is changed, the old and the new one are good."""
    app = edge(secrets={("segment", "shared_secret"): "old,new"})
    for secret in ("old", "new"):
        headers = {"X-Signature": signature(ONE, secret)}
        assert app.client.post("/webhooks/segment", data=ONE, headers=headers).status_code == 200


def test_another_instance_has_its_own_route_and_secret() -> None:
    """A source file that uses segment is served under its own name."""
    app = edge()
    headers = {"X-Signature": signature(ONE, "secret-eu")}
    assert app.client.post("/webhooks/segment_eu", data=ONE, headers=headers).status_code == 200
    assert [source for source, _, _ in app.intake.calls] == ["segment_eu"]
    assert post(app, ONE, name="segment_eu").status_code == 401


@pytest.mark.parametrize("name", ["nobody", "shop", "twilio"])
def test_an_unmapped_source_is_not_found(name: str) -> None:
    """404 says which file is missing."""
    answer = post(edge(), ONE, name=name)
    assert answer.status_code == 404
    assert f"mappings/sources/{name}.yaml" in answer.json["error"]["hint"]


def test_a_missing_type_is_a_track_call_when_there_is_an_event() -> None:
    """An admin at Segment may have mapped the type away."""
    app = edge()
    assert post(app, b'{"event":"Lead Scored","userId":"u"}').status_code == 200
    assert app.intake.events[0]["type"] == "track"
    answer = post(app, b'{"plan":"pro"}')
    assert (answer.status_code, answer.json["error"]["field"]) == (400, "type")


def test_segments_corrected_time_is_not_corrected_again() -> None:
    """A retry hours later must not move the event: sentAt goes, what Segment says stays."""
    app = edge()
    times = {"timestamp": "2026-01-01T00:00:00Z", "originalTimestamp": "x", "receivedAt": "y", "sentAt": "z"}
    post(app, json.dumps({"type": "track", "event": "A", "userId": "u", **times}).encode())
    assert {name: app.intake.events[0].get(name) for name in times} == times | {"sentAt": None}


def test_a_delete_call_passes_with_its_odd_time() -> None:
    """Nulls and a Go time do no harm."""
    app = edge()
    odd = {
        "type": "delete",
        "userId": "u",
        "context": None,
        "originalTimestamp": "2020-05-09 23:54:49 +0000 UTC m=+7",
    }
    assert post(app, json.dumps(odd).encode()).status_code == 200
    assert app.intake.events[0]["type"] == "delete"


@pytest.mark.parametrize(
    "bad", [b"7", b"null", b'{"type":"x"}', b'{"a":NaN}', b'{"a":"\\ud800"}', b'{"body":"a=b"}']
)
def test_a_bad_item_never_costs_the_others(bad: bytes) -> None:
    """The others of an array are taken."""
    app = edge()
    assert post(app, b"[%s,%s,%s]" % (ONE, bad, TWO), ONE).status_code == 200
    assert [call["type"] for call in app.intake.events] == ["track", "identify"]
    assert [item.raw for item in app.intake.items][1] == bad


@pytest.mark.parametrize("body", [b"[%s" % ONE, b"[%s}" % ONE, b"[%s,]" % ONE, b"[%s] more" % ONE])
def test_a_damaged_array_is_refused(body: bytes) -> None:
    """A right signature over its first item does not make it JSON."""
    app = edge()
    assert post(app, body, ONE).status_code in (400, 401)
    assert not app.intake.calls


def test_limits_hold() -> None:
    """A call, an array and its items are bounded; a large item is set aside alone."""
    app = edge(limits=Limits(event=200, array=2_000, array_items=3))
    large = b'{"type":"identify","pad":"%s"}' % (b"x" * 300)
    assert post(app, large).status_code == 413
    assert post(app, b"[%s,%s]" % (ONE, large), ONE).status_code == 200
    assert "larger than 200 bytes" in app.intake.reasons[0]
    assert post(app, b"[%s]" % b",".join([ONE] * 4), ONE).status_code == 413
    assert post(app, b"[%s]" % b",".join([ONE] * 40), ONE).status_code == 413


def test_an_empty_array_must_be_signed_too() -> None:
    """It does nothing, but only for whoever knows the secret."""
    app = edge()
    assert post(app, b"[]").status_code == 200
    assert post(app, b"[]", b"").status_code == 401
    assert not app.intake.calls


def test_an_audience_has_its_own_name_as_its_id() -> None:
    """Segment asks to create it and later to get it; whatever an admin adds beside does no harm."""
    client = edge().client
    for body in ({"audienceName": "vip"}, {"externalId": "vip"}, {"audienceName": "vip", "token": "x"}):
        answer = client.post("/webhooks/segment/audiences", json=body)
        assert (answer.status_code, answer.json) == (200, {"externalId": "vip"})
    for bad in ({}, {"audienceName": ""}, {"audienceName": ["vip"]}, []):
        assert client.post("/webhooks/segment/audiences", json=bad).status_code == 400
    assert client.post("/webhooks/tealium/audiences", json={"audienceName": "vip"}).status_code == 404
