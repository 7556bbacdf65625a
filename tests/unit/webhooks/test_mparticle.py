"""mParticle's webhook and Events API: who may enter, what is a repeat, and ids that no float ever touches."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from edge.doubles import MPARTICLE_VALUE, Edge, edge

from core.errors import Busy
from webhooks.services import Limits

HOOK = {"Authorization": MPARTICLE_VALUE}
EVENT = {"event_type": "custom_event", "data": {"event_name": "Search"}}
BATCH = {"mpid": 5, "environment": "production", "events": [EVENT]}


def pair(key: str, secret: str) -> dict[str, str]:
    """Write a Basic header."""
    return {"Authorization": "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()}


OURS = pair("mp-key", "mp-secret")


def post(app: Edge, body: Any, path: str = "/webhooks/mparticle", headers: Any = None) -> Any:
    """Send JSON, with the value or the pair that opens the route."""
    opens = HOOK if path.startswith("/webhooks") else OURS
    return app.client.post(path, data=json.dumps(body), headers=opens if headers is None else headers)


def ids(app: Edge) -> list[str]:
    """Give the ids of all calls."""
    return [call["messageId"] for call in app.intake.events]


def with_event(**data: Any) -> dict[str, Any]:
    """Make a batch of one event."""
    return {"mpid": 5, "events": [{"event_type": "custom_event", "data": {"event_name": "A", **data}}]}


@pytest.mark.parametrize("value", ["", "x", MPARTICLE_VALUE + "x", MPARTICLE_VALUE.lower(), "value-us"])
def test_the_webhook_opens_to_its_value_word_for_word(value: str) -> None:
    """401 for every other header, whatever the body is."""
    app = edge()
    for body in (BATCH, [], {}):
        assert post(app, body, headers={"Authorization": value}).status_code == 401
    assert not app.intake.calls
    assert post(app, BATCH).json == {"success": True}


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 401, "UNAUTHORIZED"),
        (pair("mp-key", "wrong"), 403, "FORBIDDEN"),
        (pair("wrong", "mp-secret"), 403, "FORBIDDEN"),
        (pair("mp-key", "secret-us"), 403, "FORBIDDEN"),
        (pair("", ""), 403, "FORBIDDEN"),
        ({"Authorization": "Bearer mp-key"}, 403, "FORBIDDEN"),
        (HOOK, 403, "FORBIDDEN"),
    ],
    ids=range(7),
)
def test_a_missing_pair_is_told_from_a_wrong_one(headers: Any, status: int, code: str) -> None:
    """401 and 403 as mParticle answers, in the shape that its SDKs read."""
    app = edge()
    for path in ("/v2/events", "/v2/bulkevents"):
        answer = post(app, BATCH, path, headers)
        assert answer.status_code == status
        assert [error["code"] for error in answer.json["errors"]] == [code]
    assert not app.intake.calls


def test_a_source_without_secrets_is_closed() -> None:
    """Also to empty ones."""
    closed = edge(secrets={})
    for path, headers in (("/webhooks/mparticle", {}), ("/v2/events", pair("", "")), ("/v2/events", {})):
        assert post(closed, BATCH, path, headers).status_code == 401
    assert not closed.intake.calls


def test_a_second_instance_has_its_own_route_value_and_pair() -> None:
    """The pair says whose events they are."""
    app = edge()
    assert post(app, BATCH, "/webhooks/mparticle_us", {"Authorization": "value-us"}).status_code == 200
    assert post(app, BATCH, "/webhooks/mparticle_us").status_code == 401
    assert post(app, BATCH, "/v2/events", pair("key-us", "secret-us")).status_code == 202
    assert [source for source, _, _ in app.intake.calls] == ["mparticle_us", "mparticle_us"]


def test_success_is_202_and_empty_on_the_events_api() -> None:
    """A bad batch among good ones does not change it; one that stands alone is refused."""
    app = edge()
    answer = post(app, [BATCH, {"foo": 1}, {"mpid": 5, "events": [{"data": {}}]}], "/v2/bulkevents")
    assert (answer.status_code, answer.data) == (202, b"")
    assert (len(app.intake.events), len(app.intake.reasons)) == (1, 2)
    assert post(app, {"mpid": 5, "events": [{"data": {}}]}, "/v2/events").status_code == 400
    half = {"mpid": 5, "events": [{"data": {}}, EVENT]}
    assert post(app, half, "/v2/events").status_code == 202
    assert post(app, [BATCH], "/v2/events").status_code == 400
    assert post(app, BATCH, "/v2/bulkevents").status_code == 400


@pytest.mark.parametrize("big", [7346244611012968789, -8602161397754364000, 2**53 + 1])
@pytest.mark.parametrize("kind", [int, str])
def test_ids_of_64_bits_stay_whole(big: int, kind: type) -> None:
    """As a number or as text they are the same text, and the same event."""
    app = edge()
    post(
        app,
        {**with_event(event_id=kind(big), session_id=kind(big)), "mpid": kind(big), "batch_id": kind(big)},
    )
    (call,) = app.intake.events
    vendor = call["context"]["mparticle"]
    assert vendor["mpid"] == vendor["batch_id"] == vendor["event"]["event_id"] == str(big)
    assert vendor["event"]["session_id"] == str(big)
    other = edge()
    post(other, {**with_event(event_id=big), "mpid": big, "batch_id": big})
    assert ids(other) == ids(app)


def test_a_float_that_has_lost_digits_is_no_id() -> None:
    """Better nobody than somebody else."""
    app = edge()
    body = b'{"mpid": 7.346244611012968789e18, "user_attributes": {"a": 1}}'
    app.client.post("/webhooks/mparticle", data=body, headers=HOOK)
    assert app.intake.events[0]["context"]["mparticle"].get("mpid", "") == ""


def test_a_repeat_is_known_by_the_ids_of_batch_and_event() -> None:
    """The same ids are the same event; another batch, event or place is another one."""
    app = edge()
    for batch, event in ((1, 1), (1, 1), (2, 1), (1, 2)):
        post(app, {**with_event(event_id=event), "batch_id": batch})
    found = ids(app)
    assert found[0] == found[1]
    assert len(set(found)) == 3


def test_events_without_ids_are_known_by_place_and_content() -> None:
    """Two equal events of one batch are two; the batch sent again is the same two."""
    app = edge()
    twice = {"mpid": 5, "events": [EVENT, EVENT]}
    for body in (twice, twice, {**twice, "mpid": 6}, {**twice, "source_request_id": "r1"}):
        post(app, body)
    found = ids(app)
    assert found[0:2] == found[2:4]
    assert len(set(found)) == 6
    again = edge()
    post(again, {"source_request_id": "r1", "mpid": 9, "events": [EVENT, EVENT]})
    assert ids(again) == found[6:8]


def test_products_of_one_event_have_ids_of_their_own() -> None:
    """Each is an event, and each is known again."""
    app = edge()
    action = {"action": "add_to_cart", "products": [{"id": "a"}, {"id": "b"}]}
    event = {"event_type": "commerce_event", "data": {"event_id": 1, "product_action": action}}
    for _ in range(2):
        post(app, {"mpid": 5, "batch_id": 7, "events": [event]})
    found = ids(app)
    assert found[:2] == found[2:]
    assert len(set(found)) == 2


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"customerid": "u", "email": "a@b.co"}, {"customer_id": "u", "email": "a@b.co"}),
        ({"customer_id": 42, "email": None, "other": ""}, {"customer_id": "42"}),
        ([{"identity_type": "Email", "identity": "a@b.co"}], {"email": "a@b.co"}),
        ([{"identity_type": "email"}, {"identity": "x"}, 7, None], {}),
        ("grace", {}),
        (None, {}),
    ],
)
def test_identities_of_both_shapes_read_alike(given: Any, found: dict[str, str]) -> None:
    """An object or a list, with or without its underscore."""
    app = edge()
    post(app, {**BATCH, "user_identities": given})
    vendor = app.intake.events[0]["context"]["mparticle"]
    assert vendor.get("user_identities", {}) == found
    assert app.intake.events[0]["userId"] == found.get("customer_id")


def test_what_a_sender_must_not_leave_behind_is_not_kept() -> None:
    """Keys of their account are no data of the person."""
    app = edge()
    post(app, {**BATCH, "api_key": "hidden-1", "api_keys": ["hidden-2"]})
    assert "hidden" not in json.dumps(app.intake.events)


def test_limits_hold_for_batches_events_and_arrays() -> None:
    """A large event is set aside alone; what is larger than its route is refused."""
    app = edge(limits=Limits(event=80, batch=400, batch_items=2, array=900, array_items=3))
    large = {"event_type": "custom_event", "data": {"pad": "x" * 100}}
    assert post(app, {"mpid": 5, "events": [EVENT, large]}).status_code == 200
    assert app.intake.reasons == ["larger than 80 bytes"]
    assert post(app, {"mpid": 5, "events": [EVENT] * 4}).status_code == 413
    assert post(app, {"mpid": 5, "pad": "x" * 400}).status_code == 413
    assert post(app, [{"mpid": 5, "pad": "x" * 400}, BATCH]).status_code == 200
    assert post(app, [BATCH] * 3).status_code == 413
    assert post(app, {"mpid": 5, "pad": "x" * 400}, "/v2/events").status_code == 413


def test_a_full_server_asks_to_come_again_in_mparticles_shape() -> None:
    """503 with Retry-After, which SDKs heed."""
    app = edge()
    app.intake.failure = Busy("The writer is behind.", retry_after=2)
    answer = post(app, BATCH, "/v2/events")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.json == {"errors": [{"code": "SERVICE_UNAVAILABLE", "message": "The writer is behind."}]}


def test_an_alias_request_names_two_ids() -> None:
    """It is a call that joins both; one that lacks an id is listed, and the answer is success all the same."""
    app = edge()
    body = {"request_type": "alias", "data": {"source_mpid": 1, "destination_mpid": 2}}
    assert post(app, body).status_code == 200
    assert post(app, {"request_type": "alias", "data": [1]}).status_code == 200
    (call,) = app.intake.events
    assert (call["type"], call["previousId"], call["context"]["mparticle"]["mpid"]) == ("alias", "1", "2")
    assert app.intake.reasons == ["source_mpid: An alias request names two ids."]
