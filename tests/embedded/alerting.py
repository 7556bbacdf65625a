"""A whole server with somebody to tell of what is wrong, on one folder and a clock that a test moves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import requests
from embedded.hook import Hook

from core.ports import RawEvent
from cuewire.clock import SystemClock
from cuewire.sandbox import Sandbox
from cuewire.settings import Settings
from cuewire.wiring import Runtime

KEY = "k" * 40
BEARER = {"Authorization": f"Bearer {KEY}"}

BOUGHT = """
trigger: bought
status: live
owner: owner@example.com
when: {event: Order Completed}
limits: {cap: {times: 100, per: 1d}}
do:
  - braze.track_event: {external_id: =profile.id, name: Bought}
"""
POLICY = """
notify: {to: [{email: ops@example.com}, {slack: CHAT_URL}, {webhook: CUEWIRE_PAGER_URL}]}
guard: {firings: 3, per: 1h}
"""


class MovableClock(SystemClock):
    """The machine's clock, moved ahead by a test."""

    ahead = 0

    def now(self) -> int:
        """Give the time."""
        return super().now() + self.ahead


class Server:
    """Everything in one process on one folder, which may be stopped and started."""

    def __init__(self, folder: Path, fakes: Sandbox, chat: Hook, pager: Hook) -> None:
        self.folder, self.fakes, self.chat, self.pager = folder, fakes, chat, pager
        self.clock = MovableClock()
        (folder / "mappings" / "triggers").mkdir(parents=True)
        (folder / "mappings" / "triggers" / "bought.yaml").write_text(BOUGHT)
        (folder / "mappings" / "policy.yaml").write_text(POLICY)
        self.count = 0
        self.environment = {
            "CUEWIRE_API_KEY": KEY,
            "CUEWIRE_SECRET_KEY": KEY,
            "CUEWIRE_CHAT_URL": chat.url,
            "CUEWIRE_PAGER_URL": pager.url,
            **fakes.settings.as_environment(fakes.url),
        }
        self.runtime = self.started()

    def started(self, **more: str) -> Runtime:
        """Start the server."""
        settings = Settings.read(self.environment | more)
        self.runtime = Runtime(settings, self.folder / "mappings", self.folder / "data", self.clock)
        self.runtime.start()
        return self.runtime

    def look(self) -> None:
        """Look what is wrong now, and not only in ten seconds."""
        self.runtime.alerting.watch.look()

    def buy(self) -> None:
        """Let somebody buy."""
        self.count += 1
        call = {"type": "track", "event": "Order Completed", "userId": "u1", "messageId": f"m{self.count}"}
        item = RawEvent(msgspec.json.encode(call), call)
        assert self.runtime.pipeline.accept("segment", [item], self.clock.now()) == ["applied"]

    def get(self, path: str) -> Any:
        """Ask the API."""
        answer = self.runtime.app.test_client().get(path, headers=BEARER)
        assert answer.status_code == 200, answer.text
        return answer.json

    def metrics(self) -> str:
        """Give what Prometheus sees."""
        return self.runtime.app.test_client().get("/metrics", headers=BEARER).text

    def mails(self) -> list[tuple[str, str]]:
        """Give the mails that were sent: to whom, with which subject."""
        answer = requests.get(f"{self.fakes.url}/sandbox/mails", timeout=30)
        return [(one["to"], one["subject"]) for one in answer.json()["mails"]]

    def fault(self, **fault: Any) -> None:
        """Let a vendor misbehave; nothing lets all of them behave."""
        method = "POST" if fault else "DELETE"
        requests.request(
            method, f"{self.fakes.url}/sandbox/faults", json=fault, timeout=30
        ).raise_for_status()

    def told(self, number: int) -> Callable[[], bool]:
        """Tell whether everybody has heard so many messages, and nobody is still to be told."""
        return lambda: len(self.pager.taken) == number and not self.runtime.store.read.untold()
