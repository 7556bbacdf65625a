"""Every recorded Segment and RudderStack request is taken as it was sent."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from edge.doubles import SECRETS, Edge, edge

from webhooks.signatures import hmac_hex

SHARED = Path(__file__).parents[3] / "shared/samples/inbound"
CAPTURES = sorted(
    path
    for name in ("segment", "rudder")
    for path in SHARED.glob(f"captured/*{name}*.json")
    if path.is_file()
)
VECTORS = SHARED / "vectors/segment-x-signature.json"

needs_samples = pytest.mark.skipif(not SHARED.exists(), reason="the vendors' recorded samples are not here")


def send(app: Edge, recorded: dict[str, Any], *, headers: dict[str, str], body: bytes) -> Any:
    """Send a recorded request again."""
    return app.client.open(recorded["path"], method=recorded["method"], headers=headers, data=body)


@needs_samples
@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_a_real_capture_is_taken(path: Path) -> None:
    """What real SDKs sent is answered 200, with none of its calls set aside."""
    recorded = json.loads(path.read_text())
    app = edge(secrets={("segment", "write_key"): "TESTWRITEKEY"})
    body = recorded["body"].encode()
    headers = {
        name: value for name, value in recorded["headers"] if name.lower() not in ("host", "content-length")
    }
    packed = gzip.compress(body) if recorded["content_encoding"] == "gzip" else body
    answer = send(app, recorded, headers=headers, body=packed)
    assert (answer.status_code, answer.json) == (200, {"success": True})
    assert not app.intake.reasons
    assert [call["messageId"] for call in app.intake.events] == [
        item["messageId"] for item in json.loads(body)["batch"]
    ]
    assert all(call["sentAt"] for call in app.intake.events)


@needs_samples
def test_there_are_captures_to_replay() -> None:
    """The run above is not empty by mistake."""
    assert len(CAPTURES) >= 10


@needs_samples
@pytest.mark.parametrize("index", range(7))
def test_segments_own_signatures_verify(index: int) -> None:
    """Each signature that Segment's code made is accepted, and none fits another secret."""
    vector = json.loads(VECTORS.read_text())[index]
    body, headers = vector["body"].encode(), {"X-Signature": vector["x_signature"]}
    app = edge(secrets={("segment", "shared_secret"): vector["secret"]})
    assert app.client.post("/webhooks/segment", data=body, headers=headers).status_code == 200
    assert app.intake.events[0]["userId"] == "user-42"
    other = edge(secrets={("segment", "shared_secret"): vector["secret"] + "x"})
    assert other.client.post("/webhooks/segment", data=body, headers=headers).status_code == 401
    assert not other.intake.calls


@needs_samples
def test_every_vector_is_used() -> None:
    """No signature vector is left out by a wrong count."""
    assert len(json.loads(VECTORS.read_text())) == 7


@needs_samples
@pytest.mark.parametrize(
    "path", sorted(SHARED.glob("segment/webhook-classic-*.json")), ids=lambda path: path.stem
)
def test_documented_webhook_bodies_are_taken(path: Path) -> None:
    """The bodies of Segment's documentation pass, signed with our secret."""
    body = path.read_bytes()
    signature = hmac_hex("sha1", SECRETS["segment", "shared_secret"], body)
    app = edge()
    answer = app.client.post("/webhooks/segment", data=body, headers={"X-Signature": signature})
    # The documentation's alias example misspells its keys, so it names nobody to join.
    assert answer.status_code == (400 if path.stem == "webhook-classic-alias" else 200)
    assert answer.json.get("error", {}).get("field", "previousId") == "previousId"
