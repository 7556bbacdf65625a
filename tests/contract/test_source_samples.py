"""What Tealium and mParticle document, and what their own clients were seen to send, is taken as it is."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from edge.doubles import Edge, edge

from core.engine.mapping import map_event
from core.engine.rule import RuleSet
from cuewire.wiring import PRESETS, load_mappings
from webhooks.sources.tealium.visitor import SINGLE

SAMPLES = Path(__file__).parents[3] / "shared/samples/inbound"
ACCOUNTS = "my-account,{account}"
SECRETS = {
    ("tealium", "token"): "t",
    ("tealium", "accounts"): ACCOUNTS,
    ("mparticle", "authorization"): "value",
    ("mparticle", "key"): "MPKEY",
    ("mparticle", "secret"): "MPSECRET",
}
TOKEN = {"X-Cuewire-Token": "t"}
VALUE = {"Authorization": "value"}

pytestmark = pytest.mark.skipif(not SAMPLES.exists(), reason="the vendors' recorded samples are not here")


def opened() -> Edge:
    """Build an app that knows the samples' accounts and keys."""
    return edge(secrets=SECRETS, rule_set=shipped())


def shipped() -> RuleSet:
    """Load the shipped mappings."""
    rules = load_mappings(PRESETS).rules
    assert rules is not None
    return rules


def sample(name: str) -> Any:
    """Read a sample of JSON."""
    return json.loads((SAMPLES / name).read_text())


def identifiers(app: Edge, source: str) -> list[dict[str, str]]:
    """Give what the shipped mapping finds in each call."""
    rules = shipped()
    events = [
        map_event(call, rules.sources[source], rules.identity, seq=0, received_at=2**41, raw_id="r")
        for call in app.intake.events
    ]
    return [{one.namespace: one.value for one in event.identifiers} for event in events]


def names(folder: str, pattern: str) -> list[str]:
    """List samples by their paths."""
    return sorted(str(path.relative_to(SAMPLES)) for path in (SAMPLES / folder).glob(pattern))


@pytest.mark.parametrize("name", names("tealium", "webhook-*.txt"))
def test_the_connectors_requests_are_taken_byte_for_byte(name: str) -> None:
    """GET with ``data``, POST of JSON and POST of a form give the same event."""
    head, _, body = (SAMPLES / name).read_text().replace("\r\n", "\n").partition("\n\n")
    first, *lines = head.strip().splitlines()
    method, target, _ = first.split()
    headers = dict(line.split(": ", 1) for line in lines)
    headers.pop("Content-Length", None)
    app = opened()
    path = target.replace("/webhook-service", "/webhooks/tealium")
    answer = app.client.open(path, method=method, headers=headers | TOKEN, data=body.strip())
    assert answer.status_code == 200
    (call,) = app.intake.events
    assert call["properties"] == {"foo": "bar", "param1": "value1"}


@pytest.mark.parametrize("name", names("tealium", "collect-v?-event*.json"))
def test_documented_collect_events_are_taken(name: str) -> None:
    """200 and nothing else to a POST; the whole data layer is kept."""
    app = opened()
    for route in ("/event", "/v3/collect/event"):
        answer = app.client.post(route, json=sample(name))
        assert (answer.status_code, answer.data) == (200, b"")
    assert app.intake.events[0]["properties"].items() >= sample(name).items()


def test_the_documented_bulk_and_its_error_are_as_documented() -> None:
    """Each event stands on what is shared; a body without events gets Tealium's own answer."""
    app = opened()
    body = sample("tealium/collect-v3-bulk-event.json")
    answer = app.client.post("/v3/collect/bulk-event", json=body)
    assert (answer.status_code, answer.data) == (200, b"")
    assert [call["name"] for call in app.intake.events] == ["test1", "test2"]
    assert identifiers(app, "tealium") == [{"tealium_visitor_id": "abc123_071222_1"}] * 2
    refused = app.client.post("/v3/collect/bulk-event", json={"shared": body["shared"]})
    assert refused.status_code == 400
    assert refused.json == sample("tealium/collect-v3-bulk-event-error-400.json")


@pytest.mark.parametrize("name", names("tealium", "visitor-*.json"))
def test_documented_visitors_are_read_by_id_and_by_name(name: str) -> None:
    """Every single attribute becomes a trait, every audience is listed by its name."""
    app = opened()
    assert app.client.post("/webhooks/tealium", json=sample(name), headers=TOKEN).status_code == 200
    (call,) = app.intake.events
    visitor = sample(name).get("visitor") or sample(name)
    single = {key for group in SINGLE for key in visitor.get(group, {})}
    assert call["type"] == "identify"
    assert call["traits"].keys() == single | {"tealium_audiences", "tealium_badges"}
    audiences = visitor["audiences"]
    assert call["traits"]["tealium_audiences"] == sorted(
        audiences.values() if isinstance(audiences, dict) else audiences
    )
    assert call["context"]["tealium"]["visitor"]["metric_sets"] == visitor["metric_sets"]


def replay(app: Edge, name: str) -> Any:
    """Send a captured request again."""
    recorded = sample(name)
    body = recorded["body"].encode()
    packed = gzip.compress(body) if recorded["content_encoding"] == "gzip" else body
    kept = {key: text for key, text in recorded["headers"] if key.lower() not in ("host", "content-length")}
    return app.client.open(recorded["path"], method=recorded["method"], headers=kept, data=packed)


def test_what_tealiums_python_client_sent_is_taken() -> None:
    """Compressed, from an account that is known; its visitor id is believed."""
    app = opened()
    answer = replay(app, "captured/tealium-python-001.json")
    assert (answer.status_code, answer.data, answer.headers.get("X-Error")) == (200, b"", None)
    (call,) = app.intake.events
    assert call["timestamp"] == 1795293840
    assert identifiers(app, "tealium")[0]["tealium_visitor_id"] == "__my-account_main__7688_45653454__"
    assert [item.is_public for item in app.intake.items] == [True]


@pytest.mark.parametrize(("name", "batches"), [("003", 1), ("004", 2)])
def test_what_mparticles_python_sdk_sent_is_taken(name: str, batches: int) -> None:
    """202 with an empty body; ``customerid`` without its underscore is the user."""
    app = opened()
    answer = replay(app, f"captured/mparticle-python-{name}.json")
    assert (answer.status_code, answer.data) == (202, b"")
    assert not app.intake.reasons
    assert [call["event"] for call in app.intake.events] == [
        "Search",
        "Session Started",
        "Order Completed",
    ] * batches
    for found in identifiers(app, "mparticle"):
        assert (found["user_id"], found["email"]) == ("user-42", "ada@example.com")


@pytest.mark.parametrize("route", ["/v2/events", "/webhooks/mparticle"])
def test_the_documented_batch_of_every_type_is_taken(route: str) -> None:
    """Each event arrives, its 64-bit ids as they were written."""
    app = opened()
    headers = VALUE if "webhooks" in route else {"Authorization": "Basic TVBLRVk6TVBTRUNSRVQ="}
    body = sample("mparticle/inbound-eventsapi-sample.json")
    assert app.client.post(route, json=body, headers=headers).status_code in (200, 202)
    assert not app.intake.reasons
    assert len(app.intake.events) == len(body["events"])
    for call, event in zip(app.intake.events, body["events"], strict=True):
        assert call["context"]["mparticle"]["event"]["event_id"] == str(event["data"]["event_id"])
        assert call["timestamp"] == event["data"]["timestamp_unixtime_ms"]
    assert identifiers(app, "mparticle")[0] == {
        "user_id": "123456",
        "mpid": "-7636538281262557000",
        "device_id": "0f129dcb-d5b9-450b-9003-a38a7b7e946d",
    }


@pytest.mark.parametrize("name", names("mparticle", "jsonref-*.json"))
def test_documented_events_are_taken_or_refused_for_their_type(name: str) -> None:
    """An event alone in a batch arrives; one without a type is kept with mParticle's own words."""
    app = opened()
    document = sample(name)
    batch = document if "events" in document else {"mpid": 7, "events": [document]}
    assert app.client.post("/webhooks/mparticle", json=batch, headers=VALUE).status_code == 200
    has_type = batch["events"][0]["event_type"] != ""
    assert (len(app.intake.events), len(app.intake.reasons)) == ((1, 0) if has_type else (0, 1))
    if not has_type:
        message = sample("mparticle/http-response-body.json")["errors"][0]["message"]
        assert app.intake.reasons == [f"event_type: {message}"]


@pytest.mark.parametrize(
    "name",
    ["http-v2-events", "http-v2-bulkevents", "outbound-webhook-batch-MADE", "outbound-user-identities-array"],
)
def test_documented_bodies_of_both_shapes_reach_the_webhook(name: str) -> None:
    """Raw data feeds and webhooks may share one address."""
    app = opened()
    body = sample(f"mparticle/{name}.json")
    assert app.client.post("/webhooks/mparticle", json=body, headers=VALUE).status_code == 200
    assert app.intake.events
    assert not app.intake.reasons


def test_identities_of_a_webhook_are_a_list() -> None:
    """The customer and the address are found in the list, the mpid whole."""
    app = opened()
    body = sample("mparticle/outbound-webhook-batch-MADE.json")
    app.client.post("/webhooks/mparticle", json=body, headers=VALUE)
    (found,) = identifiers(app, "mparticle")
    assert found["user_id"] == "user-42"
    assert found["email"] == "ada@example.com"
    assert found["mpid"] == "7346244611012968789"
