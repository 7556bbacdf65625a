"""A whole server on a made-up clock with fake vendors, in the test's own process."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import requests

from core.ports import DeliveryRow, Filter, RawEvent
from cuewire.sandbox import Sandbox
from cuewire.settings import Settings
from cuewire.wiring import Runtime

SECRET = "k" * 40
BEARER = {"Authorization": f"Bearer {SECRET}"}
START = 1_800_000_000_000
SEEN = """
trigger: seen
status: live
when: {event: Seen, key: =event.messageId}
limits: {cap: {times: 100, per: 1d}}
do: [{braze.track_event: {external_id: =profile.id, name: Seen}}]
"""
FILES = {"triggers/seen.yaml": SEEN}


@dataclass
class MovedClock:
    """Moves only when told."""

    at: int = START

    def now(self) -> int:
        """Give the made-up time."""
        return self.at


class Server:
    """Everything in one process on a made-up clock, with fake vendors."""

    def __init__(
        self, folder: Path, fakes: Sandbox, clock: MovedClock, files: dict[str, str] = FILES, **settings: str
    ) -> None:
        for name, text in files.items():
            path = folder / "mappings" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        environment = {
            "CUEWIRE_API_KEY": SECRET,
            "CUEWIRE_SECRET_KEY": SECRET,
            "CUEWIRE_PUBLIC_URL": "http://127.0.0.1:9",
            **fakes.settings.as_environment(fakes.url),
            **settings,
        }
        self.clock = clock
        self.runtime = Runtime(Settings.read(environment), folder / "mappings", folder / "data", clock)
        self.client = self.runtime.app.test_client()
        self.runtime.start()

    def see(self, name: str, user: str = "u1") -> None:
        """Let a person see something."""
        call = {"type": "track", "event": "Seen", "userId": user, "messageId": name}
        item = RawEvent(msgspec.json.encode(call), call)
        assert self.runtime.pipeline.accept("segment", [item], self.clock.now()) == ["applied"]

    def pass_time(self, milliseconds: int) -> None:
        """Move the clock, and let the lanes look."""
        self.clock.at += milliseconds
        self.runtime.dispatcher.notify()

    def rows(self) -> list[DeliveryRow]:
        """Read all deliveries."""
        return list(self.runtime.store.read.deliveries(Filter(limit=500)).rows)

    def statuses(self) -> list[str]:
        """Give where they stand."""
        return sorted(row.status for row in self.rows())

    def braze(self) -> dict[str, Any]:
        """Ask how Braze is doing."""
        answer = self.client.get("/api/destinations", headers=BEARER)
        found: dict[str, Any] = next(one for one in answer.json["destinations"] if one["name"] == "braze")
        return found

    def metrics(self) -> str:
        """Read the metrics."""
        return self.client.get("/metrics", headers=BEARER).text


def eventually(fact: Callable[[], bool]) -> None:
    """Wait until something is so; fail after a generous deadline."""
    deadline = time.monotonic() + 60
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def arrived(fakes: Sandbox, vendor: str = "braze") -> list[dict[str, Any]]:
    """Give the requests that a fake vendor took."""
    found = requests.get(f"{fakes.url}/sandbox/requests?vendor={vendor}", timeout=30).json()["requests"]
    return [one for one in found if one["status"] < 300]
