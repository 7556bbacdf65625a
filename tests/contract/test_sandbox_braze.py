"""The fake Braze against recorded answers of the real one and its request schema."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import requests
import yaml

from cuewire.sandbox import Sandbox, SandboxSettings

SPECS = Path(__file__).parents[3] / "shared" / "specs" / "braze"
TRACK = SPECS / "cassettes" / "track_users"
needs_shared = pytest.mark.skipif(
    not SPECS.exists(), reason="the vendors' specifications are not beside the checkout"
)

SETTINGS = SandboxSettings()
EVENT = {"external_id": "u1", "name": "Product Interest", "time": "2026-03-02T10:00:00Z"}
RATE_HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Run a sandbox for one test."""
    with Sandbox(SETTINGS) as running:
        yield running


def track(sandbox: Sandbox, body: Any, key: str = SETTINGS.braze_api_key) -> requests.Response:
    """Call /users/track."""
    headers = {"Authorization": f"Bearer {key}"}
    return requests.post(f"{sandbox.url}/braze/users/track", json=body, headers=headers, timeout=60)


def recording(name: str) -> tuple[Any, dict[str, Any]]:
    """Read a recorded exchange: the request's body and the response."""
    exchange = yaml.safe_load((TRACK / name).read_text())["http_interactions"][0]
    return json.loads(exchange["request"]["body"]["string"]), exchange["response"]


@needs_shared
def test_a_recorded_request_gets_the_recorded_answer(sandbox: Sandbox) -> None:
    """Status and body equal what the real Braze answered to the same bytes."""
    body, recorded = recording("with_success/responds_with_created.yml")
    answer = track(sandbox, body)
    assert answer.status_code == recorded["status"]["code"]
    assert answer.json() == json.loads(recorded["body"]["string"])
    assert all(int(answer.headers[name]) > 0 for name in RATE_HEADERS)


@needs_shared
def test_a_wrong_key_gets_the_recorded_answer(sandbox: Sandbox) -> None:
    """The message repeats the key and the rate headers are empty, as recorded."""
    body, recorded = recording("unauthorized/responds_with_unauthorized.yml")
    answer = track(sandbox, body, key="non-existent")
    assert answer.status_code == recorded["status"]["code"]
    assert answer.json() == json.loads(recorded["body"]["string"])
    assert [answer.headers[name] for name in RATE_HEADERS] == ["", "", ""]


@needs_shared
def test_what_the_schema_accepts_is_processed(sandbox: Sandbox) -> None:
    """A request that fits Braze's schema is counted by array."""
    body = {"attributes": [{"external_id": "u1", "plan": "pro"}], "events": [EVENT, EVENT]}
    schema = json.loads((SPECS / "jsonschema" / "UsersTrackObject.json").read_text())
    jsonschema.validate(body, schema)
    answer = track(sandbox, body)
    assert answer.json() == {"message": "success", "attributes_processed": 1, "events_processed": 2}


def test_a_bad_object_is_named_and_the_others_are_processed(sandbox: Sandbox) -> None:
    """A 201 may carry errors, each with its array and index."""
    answer = track(sandbox, {"events": [EVENT, {"name": "x", "time": "2026-03-02T10:00:00Z"}]})
    assert (answer.status_code, answer.json()["events_processed"]) == (201, 1)
    problem = answer.json()["errors"][0]
    assert (problem["input_array"], problem["index"]) == ("events", 1)


@pytest.mark.parametrize(
    "body",
    [[], {}, {"events": []}, {"events": "x"}, {"events": [{"name": "no person"}]}, {"events": [EVENT] * 76}],
)
def test_what_cannot_be_processed_is_a_400(sandbox: Sandbox, body: Any) -> None:
    """Nothing valid, or too much at once, is refused as a whole."""
    answer = track(sandbox, body)
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_a_rate_limit_names_its_reset_in_epoch_seconds(sandbox: Sandbox) -> None:
    """The 429 carries the absolute reset; the call after it passes."""
    fault = {"vendor": "braze", "path": "/users/track", "rate_limit": {"reset_in_s": 2}}
    assert requests.post(f"{sandbox.url}/sandbox/faults", json=fault, timeout=60).status_code == 201
    before = time.time()
    limited = track(sandbox, {"events": [EVENT]})
    assert (limited.status_code, limited.headers["X-RateLimit-Remaining"]) == (429, "0")
    assert before + 2 <= int(limited.headers["X-RateLimit-Reset"]) <= time.time() + 3
    assert track(sandbox, {"events": [EVENT]}).status_code == 201


@needs_shared
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("campaigns/trigger/send", "campaigns/trigger_send/sends_an_email.yml"),
        ("canvas/trigger/send", "canvas/trigger_send/sends_a_canvas.yml"),
        ("messages/send", "send_messages/with_success/responds_with_created.yml"),
        ("users/alias/new", "create_user_aliases/with_success/responds_with_created.yml"),
        ("users/identify", "identify_users/with_success/responds_with_created.yml"),
        ("users/delete", "delete_users/with_success/responds_with_created.yml"),
    ],
)
def test_every_other_recorded_request_is_answered_alike(sandbox: Sandbox, path: str, name: str) -> None:
    """The same status and fields; ids are made anew each time."""
    exchange = yaml.safe_load((SPECS / "cassettes" / name).read_text())["http_interactions"][0]
    headers = {"Authorization": f"Bearer {SETTINGS.braze_api_key}"}
    body = json.loads(exchange["request"]["body"]["string"])
    answer = requests.post(f"{sandbox.url}/braze/{path}", json=body, headers=headers, timeout=60)
    recorded = json.loads(exchange["response"]["body"]["string"])
    assert answer.status_code == exchange["response"]["status"]["code"]
    assert answer.json().keys() == recorded.keys()
    ids = {"dispatch_id"}
    assert {one: answer.json()[one] for one in recorded.keys() - ids} == {
        one: recorded[one] for one in recorded.keys() - ids
    }


@needs_shared
def test_an_unknown_subscription_group_is_refused_as_recorded(sandbox: Sandbox) -> None:
    """Status and body."""
    folder = SPECS / "cassettes" / "subscription" / "v2_subscription_status_set"
    (recording_of,) = folder.glob("when_subscription_group_does_not_exist/*.yml")
    exchange = yaml.safe_load(recording_of.read_text())["http_interactions"][0]
    headers = {"Authorization": f"Bearer {SETTINGS.braze_api_key}"}
    body = json.loads(exchange["request"]["body"]["string"])
    url = f"{sandbox.url}/braze/v2/subscription/status/set"
    answer = requests.post(url, json=body, headers=headers, timeout=60)
    assert answer.status_code == exchange["response"]["status"]["code"]
    assert answer.json() == json.loads(exchange["response"]["body"]["string"])


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("campaigns/trigger/send", {"campaign_id": "c1", "broadcast": True}),
        ("campaigns/trigger/send", {"campaign_id": "c1", "recipients": [{"external_id": "u1"}]}),
        ("campaigns/trigger/send", {"campaign_id": "c1", "recipients": [{"external_user_id": "u"}] * 51}),
        ("messages/send", {"messages": {"sms": {}}}),
        (
            "transactional/v1/campaigns/c1/send",
            {"external_send_id": "a b", "recipient": {"external_user_id": "u"}},
        ),
        ("users/alias/new", {"user_aliases": [{"alias_name": "a"}]}),
        ("users/identify", {"emails_to_identify": [{"external_id": "u", "email": "a@example.com"}]}),
        ("users/merge", {"merge_updates": [{"identifier_to_keep": {"external_id": "u"}}]}),
        ("users/delete", {"external_ids": ["a"], "braze_ids": ["b"]}),
        ("users/delete", {"external_ids": ["a"] * 51}),
        (
            "v2/subscription/status/set",
            {
                "subscription_groups": [
                    {
                        "subscription_group_id": "g",
                        "subscription_state": "subscribed",
                        "emails": ["a@example.com"],
                        "phones": ["+49"],
                    }
                ]
            },
        ),
    ],
)
def test_what_braze_would_refuse_is_a_400_here(sandbox: Sandbox, path: str, body: Any) -> None:
    """And nothing of it is kept."""
    headers = {"Authorization": f"Bearer {SETTINGS.braze_api_key}"}
    answer = requests.post(f"{sandbox.url}/braze/{path}", json=body, headers=headers, timeout=60)
    assert answer.status_code == 400
    assert sandbox.state.records() == []
