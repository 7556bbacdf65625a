"""A running server fills what is new by itself, and says how far it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from core.ports import RawEvent
from cuewire.clock import SystemClock
from cuewire.settings import Settings
from cuewire.wiring import Runtime, load_mappings

SECRET = "k" * 40
BEARER = {"Authorization": f"Bearer {SECRET}"}


def test_a_new_segment_is_whole_without_traffic(
    tmp_path: Path, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    """From a reload of the mappings to its size in the API and in the metrics."""
    mappings = tmp_path / "mappings"
    mappings.mkdir()
    settings = Settings.read({"CUEWIRE_API_KEY": SECRET, "CUEWIRE_SECRET_KEY": SECRET})
    runtime = Runtime(settings, mappings, tmp_path / "data", SystemClock())
    client = runtime.app.test_client()

    def get(path: str) -> Any:
        return client.get(path, headers=BEARER)

    runtime.start()
    try:
        calls = [
            {"type": "track", "event": "Seen", "userId": f"u{number}", "messageId": f"m{number}"}
            for number in range(40)
        ]
        items = [RawEvent(msgspec.json.encode(call), call) for call in calls]
        runtime.pipeline.accept("segment", items, runtime.clock.now())
        (mappings / "profile.yaml").write_text("segments:\n  seen: {count: {event: Seen, at_least: 1}}\n")
        runtime.reload(load_mappings(mappings))
        wait_until(lambda: bool(get("/api/segments/seen").json["filled"]))
        assert get("/api/segments/seen").json["size"] == 40
        shown = get("/metrics").text
        assert 'cuewire_segment_members{segment="seen"} 40.0' in shown
        assert "cuewire_profiles_to_fill 0.0" in shown
    finally:
        runtime.stop()
