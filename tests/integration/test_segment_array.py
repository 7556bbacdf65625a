"""Segment's largest array against the real store: taken whole, and a repeat changes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cuewire.clock import SystemClock
from cuewire.settings import Settings
from cuewire.wiring import Runtime
from webhooks.signatures import hmac_hex

KEY = "k" * 40
ENVIRONMENT = {
    "CUEWIRE_API_KEY": KEY,
    "CUEWIRE_SECRET_KEY": KEY,
    "CUEWIRE_SEGMENT_SHARED_SECRET": "shared",
}
COUNT = 4000
KINDS = ("track", "identify", "page", "screen", "group", "alias")


def call(number: int) -> dict[str, Any]:
    """Make one call of an array, of one of six types."""
    return {
        "type": KINDS[number % len(KINDS)],
        "messageId": f"m-{number}",
        "userId": f"u-{number % 500}",
        "anonymousId": f"a-{number % 500}",
        "previousId": f"p-{number % 500}",
        "groupId": "g-1",
        "event": "Product Viewed",
        "properties": {"product_id": f"p{number}", "price": number},
        "traits": {"plan": "pro"},
        "timestamp": "2026-01-02T03:04:05.000Z",
        "receivedAt": "2026-01-02T03:04:05.500Z",
    }


def test_an_array_of_4000_is_taken_whole_and_its_repeat_changes_nothing(tmp_path: Path) -> None:
    """Every call is applied once, also when the whole array comes again."""
    (tmp_path / "mappings").mkdir()
    runtime = Runtime(Settings.read(ENVIRONMENT), tmp_path / "mappings", tmp_path / "data", SystemClock())
    runtime.start()
    try:
        calls = [json.dumps(call(number), separators=(",", ":")) for number in range(COUNT)]
        body = f"[{','.join(calls)}]".encode()
        headers = {"X-Signature": hmac_hex("sha1", "shared", calls[0].encode())}
        client = runtime.app.test_client()
        for stored in (COUNT, COUNT):
            answer = client.post("/webhooks/segment", data=body, headers=headers)
            assert (answer.status_code, answer.json) == (200, {"success": True})
            told = client.get("/metrics", headers={"Authorization": f"Bearer {KEY}"}).text
            assert f'cuewire_events{{status="applied"}} {stored}.0' in told, told
    finally:
        runtime.stop()
