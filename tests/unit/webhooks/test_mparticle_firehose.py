"""mParticle's Firehose: who may send messages, and the answer of each type."""

from __future__ import annotations

import json
from typing import Any

import pytest
from edge.doubles import MPARTICLE_VALUE, Edge, edge
from edge.reader import NOW

from webhooks.services import Limits

PATH = "/webhooks/mparticle/firehose"
OURS = {"Authorization": MPARTICLE_VALUE}
PROFILE = {"mpid": "5", "audiences": [{"audience_id": 1, "audience_name": "VIP", "action": "add"}]}


def message(kind: str, **more: Any) -> dict[str, Any]:
    """Make a message."""
    return {"type": kind, "id": "m-1", "timestamp_ms": NOW - 1000, "firehose_version": "3.2.0", **more}


def post(app: Edge, body: Any, headers: Any = None, path: str = PATH) -> Any:
    """Send a message, by default with the value of the header."""
    data = body if isinstance(body, bytes) else json.dumps(body)
    return app.client.post(path, data=data, headers=OURS if headers is None else headers)


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("event_processing", {}),
        ("audience_subscription", {"audience_subscription_settings": {}}),
        ("audience_membership_change", {"suspend_subscription": False}),
        ("dsr_processing", {}),
    ],
)
def test_each_type_has_its_answer(kind: str, more: dict[str, Any]) -> None:
    """The id of the request, our time, and what the type asks for."""
    answer = post(edge(), message(f"{kind}_request"))
    common = {"type": f"{kind}_response", "id": "m-1", "timestamp_ms": NOW, "firehose_version": "3.2.0"}
    assert (answer.status_code, answer.json) == (200, common | more)


def test_the_registration_is_answered_before_there_is_a_key() -> None:
    """It tells what we take and asks for the key that every other message needs."""
    told = post(edge(), message("module_registration_request"), headers={}).json
    assert told["type"] == "module_registration_response"
    assert told["dsr_processing_registration"]["domain"] == "cuewire.example.com"
    assert "erasure" in told["dsr_processing_registration"]["supported_dsr_types"]
    for part in ("event", "audience", "dsr"):
        (setting,) = told[f"{part}_processing_registration"]["account_settings"]
        assert (setting["id"], setting["confidential"]) == ("apiKey", True)
    assert post(edge(secrets={}), message("module_registration_request"), headers={}).status_code == 401


@pytest.mark.parametrize("setting", ["apiKey", "another name"])
def test_an_account_may_prove_itself_by_a_setting(setting: str) -> None:
    """MParticle sends what its user has typed in with every message."""
    app = edge()
    account = {"account_id": 1, "account_settings": {setting: MPARTICLE_VALUE, "region": "eu"}}
    body = message("audience_membership_change_request", account=account, user_profiles=[PROFILE])
    assert post(app, body, headers={}).status_code == 200
    assert [call["event"] for call in app.intake.events] == ["Audience Entered"]


@pytest.mark.parametrize(
    "account",
    [
        None,
        {"account_settings": {"apiKey": MPARTICLE_VALUE + "x"}},
        {"account_settings": {"apiKey": [MPARTICLE_VALUE]}},
        {"account_settings": {"apiKey": ""}},
        {"account_settings": MPARTICLE_VALUE},
    ],
)
def test_any_other_setting_opens_nothing(account: Any) -> None:
    """401 for every type but the registration, and nothing is handed over."""
    app = edge()
    body = message("audience_membership_change_request", account=account, user_profiles=[PROFILE])
    assert post(app, body, headers={}).status_code == 401
    assert post(app, body, headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert not app.intake.calls


@pytest.mark.parametrize("kind", ["", "event_processing_response", "surprise"])
def test_an_unknown_type_is_refused_by_its_field(kind: str) -> None:
    """With the types that there are."""
    answer = post(edge(), message(kind))
    assert (answer.status_code, answer.json["error"]["field"]) == (400, "type")
    assert "dsr_processing_request" in answer.json["error"]["hint"]


@pytest.mark.parametrize("name", ["segment", "nobody"])
def test_only_an_mparticle_source_has_the_route(name: str) -> None:
    """404 says where a source would be named."""
    answer = post(edge(), message("event_processing_request"), path=f"/webhooks/{name}/firehose")
    assert (answer.status_code, answer.json["error"]["hint"]) == (404, "Name it in mappings/sources/.")


def test_a_bad_profile_costs_nobody_else() -> None:
    """It is set aside with its reason."""
    app = edge()
    good = json.dumps(PROFILE).encode()
    body = (
        b'{"type":"audience_membership_change_request","id":"m","user_profiles":[7,%s,{"mpid":NaN}]}' % good
    )
    assert post(app, body).status_code == 200
    assert [call["event"] for call in app.intake.events] == ["Audience Entered"]
    assert len(app.intake.reasons) == 2


def test_who_told_the_same_is_known_by_the_message_and_the_place() -> None:
    """A retry has the same ids; two audiences of one message have two."""
    app = edge()
    leaves = {"audience_id": 2, "action": "delete"}
    body = message(
        "audience_membership_change_request",
        user_profiles=[PROFILE | {"audiences": [*PROFILE["audiences"], leaves]}],
    )
    post(app, body)
    post(app, body)
    ids = [call["messageId"] for call in app.intake.events]
    assert ids[:2] == ids[2:]
    assert len(set(ids)) == 2
    assert app.intake.events[1]["traits"] == {"audience_2": False}


def test_a_stranger_sends_only_little() -> None:
    """Whoever has to be proven by the body may not send a large one."""
    app = edge(limits=Limits(batch=500))
    body = message("event_processing_request", pad="x" * 600)
    assert post(app, body, headers={}).status_code == 413
    assert post(app, body).status_code == 200
