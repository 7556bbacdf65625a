"""Braze's actions against recorded exchanges: what leaves looks alike, and what was answered is understood."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from scripted_server import scripted
from traps import delivery

import connectors
from core.ports import Delivered, Outcome, Rejected, RetryLater

CASSETTES = Path(__file__).parents[3] / "shared" / "specs" / "braze" / "cassettes"
KEY = "non-existent"
ALIAS = {"alias_name": "d1", "alias_label": "device"}
GROUP = {"subscription_group_id": "g", "status": "subscribed"}
V2 = "subscription/v2_subscription_status_set"

pytestmark = pytest.mark.skipif(not CASSETTES.exists(), reason="the recordings are not beside the repository")

#: Each recording, with the action and fields that ask the same of Braze.
SAME: list[tuple[str, str, dict[str, Any]]] = [
    ("track_users/with_success/responds_with_created.yml", "update_profile", {"plan": "pro"}),
    (
        "campaigns/trigger_send/sends_an_email.yml",
        "trigger_campaign",
        {"campaign_id": "c", "trigger_properties": {"a": "b"}},
    ),
    ("canvas/trigger_send/sends_a_canvas.yml", "trigger_canvas", {"canvas_id": "c", "context": {"a": "b"}}),
    (
        "send_messages/with_success/responds_with_created.yml",
        "send_message",
        {"title": "Hi", "body": "There"},
    ),
    ("create_user_aliases/with_success/responds_with_created.yml", "add_alias", ALIAS),
    ("identify_users/with_success/responds_with_created.yml", "identify", {"user_alias": ALIAS}),
    ("delete_users/with_success/responds_with_created.yml", "erase", {}),
    (f"{V2}/when_subscribing/subscribes_the_user.yml", "set_subscription", GROUP),
]

#: What Braze has taken up since the recordings were made.
NEWER = {"merge_behavior"}

#: Each recording of a key that does not exist.
REFUSED: list[tuple[str, str, dict[str, Any]]] = [
    ("track_users/unauthorized/responds_with_unauthorized.yml", "update_profile", {"plan": "pro"}),
    (
        "send_messages/unauthorized/responds_with_unauthorized.yml",
        "send_message",
        {"title": "Hi", "body": "There"},
    ),
    ("create_user_aliases/unauthorized/responds_with_unauthorized.yml", "add_alias", ALIAS),
    ("identify_users/unauthorized/responds_with_unauthorized.yml", "identify", {"user_alias": ALIAS}),
    ("delete_users/unauthorized/responds_with_unauthorized.yml", "erase", {}),
]


@cache
def recorded(name: str) -> dict[str, Any]:
    """Read one recorded exchange."""
    found: dict[str, Any] = yaml.safe_load((CASSETTES / name).read_text())["http_interactions"][0]
    return found


def replay(name: str, action: str, fields: dict[str, Any]) -> tuple[Outcome, str, dict[str, Any]]:
    """Send a delivery to whoever answers as recorded; give the outcome, the path and the body that left."""
    response = recorded(name)["response"]
    answer = {
        "status": response["status"]["code"],
        "headers": {
            one: values[0] for one, values in response["headers"].items() if one.startswith("X-Rate")
        },
        "text": response["body"]["string"],
    }
    with scripted([answer]) as server:
        made = connectors.build("braze", "braze", {"api_key": KEY, "base_url": server.url})
        row = msgspec.structs.replace(delivery("d1", external_id="u1", **fields), action=action)
        (outcome,) = made.send(action, [row])
        (request,) = server.requests
    return outcome, request.path, json.loads(request.body)


@pytest.mark.parametrize(("name", "action", "fields"), SAME)
def test_a_recorded_success_is_a_delivery_of_the_same_call(
    name: str, action: str, fields: dict[str, Any]
) -> None:
    """The path is the recorded one, and so are the names at the top of the body."""
    outcome, path, body = replay(name, action, fields)
    request = recorded(name)["request"]
    assert isinstance(outcome, Delivered) and outcome.reason.startswith("success")
    assert request["uri"] == f"<BRAZE_REST_URL>{path}"
    assert body.keys() - NEWER <= json.loads(request["body"]["string"]).keys()


@pytest.mark.parametrize(("name", "action", "fields"), REFUSED)
def test_a_recorded_refusal_of_the_key_pauses_and_does_not_repeat_it(
    name: str, action: str, fields: dict[str, Any]
) -> None:
    """The recorded answer has the key in its text, and rate limits that are empty."""
    outcome, _, _ = replay(name, action, fields)
    assert KEY in recorded(name)["response"]["body"]["string"]
    assert isinstance(outcome, RetryLater) and outcome.pause
    assert "***" in outcome.reason and KEY not in outcome.reason


def test_a_recorded_unknown_group_is_refused_in_brazes_words() -> None:
    """For good: no second try would find it."""
    name = f"{V2}/when_subscription_group_does_not_exist/returns_an_error_status.yml"
    outcome, _, _ = replay(name, "set_subscription", GROUP)
    assert isinstance(outcome, Rejected)
    assert json.loads(recorded(name)["response"]["body"]["string"])["message"] in outcome.reason
