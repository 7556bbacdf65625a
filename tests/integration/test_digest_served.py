"""A running server that gathers: two firings, one message about both, over a restart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from cuewire.clock import SystemClock
from cuewire.sandbox import Sandbox
from cuewire.settings import Settings
from cuewire.wiring import Runtime

KEY = "k" * 40
BEARER = {"Authorization": f"Bearer {KEY}"}
FILES = {
    "triggers/price.yaml": """
trigger: price
status: live
when: {event: Price Dropped, key: =properties.sku}
limits: {cooldown: 1d, per: key}
do: [send: alert]
""",
    "messages/alert.yaml": """
message: alert
purpose: transactional
valid_for: 1h
digest: {for: 1h}
channels:
  sms:
    via: twilio.send_message
    to: "+4915112345678"
    body: '{{ cases | size }} drops:{% for one in cases %} {{ one.key }} {{ one.last.properties.price }}{% endfor %}'
""",
}


class MovableClock(SystemClock):
    """The machine's clock, moved ahead by a test."""

    ahead = 0

    def now(self) -> int:
        """Give the time."""
        return super().now() + self.ahead


class Server:
    """Everything in one process on one folder, which may be stopped and started."""

    def __init__(self, folder: Path, fakes: Sandbox) -> None:
        for name, text in FILES.items():
            path = folder / "mappings" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.folder, self.fakes, self.clock = folder, fakes, MovableClock()
        self.start()

    def start(self) -> None:
        """Start the server."""
        environment = {
            "CUEWIRE_API_KEY": KEY,
            "CUEWIRE_SECRET_KEY": KEY,
            "CUEWIRE_TWILIO_FROM": "+15005550006",
            **self.fakes.settings.as_environment(self.fakes.url),
        }
        settings = Settings.read(environment)
        self.runtime = Runtime(settings, self.folder / "mappings", self.folder / "data", self.clock)
        self.runtime.start()

    def fire(self, sku: str, price: int) -> str:
        """Fire the trigger as a shop would."""
        body = {"trigger_type": "price", "user_id": "u1", "metadata": {"sku": sku, "price": price}}
        answer = self.runtime.app.test_client().post("/api/trigger", json=body, headers=BEARER)
        assert answer.status_code == 202, answer.text
        assert answer.json is not None
        return str(answer.json["trigger_id"])

    def get(self, path: str) -> Any:
        """Ask the API."""
        answer = self.runtime.app.test_client().get(path, headers=BEARER)
        assert answer.status_code == 200, answer.text
        return answer.json

    def texts(self) -> list[str]:
        """Give what Twilio was asked to send."""
        answer = requests.get(f"{self.fakes.url}/sandbox/messages", timeout=30).json()
        return [one["body"] for one in answer["messages"]]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Run a server."""
    with Sandbox() as fakes:
        made = Server(tmp_path, fakes)
        try:
            yield made
        finally:
            made.runtime.stop()


def test_two_firings_are_one_message_with_both_cases(
    server: Server, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    """Each call's status tells where its case went, before and after; one that is cancelled is not told."""
    calls = [server.fire(sku, price) for sku, price in (("tent", 90), ("stove", 40), ("lamp", 9))]
    found = [server.get(f"/api/trigger/status?trigger_id={call}") for call in calls]
    assert [(one["decision"]["outcome"], one["deliveries"]) for one in found] == [("fired", [])] * 3
    reasons = [one["decision"]["reasons"][-1]["saw"] for one in found]
    assert all("may be sent, in the digest of " in saw for saw in reasons)
    listed = server.get("/api/journeys")["journeys"]
    assert [(one["kind"], one["step"]) for one in listed] == [("digest", 0)] * 3
    lamp = next(one for one in listed if one["key"] == "lamp")
    answer = server.runtime.app.test_client().delete(f"/api/journeys/{lamp['id']}", headers=BEARER)
    assert answer.status_code == 200
    server.runtime.stop()
    server.clock.ahead = 3_600_000
    server.start()
    wait_until(lambda: server.texts() == ["2 drops: tent 90 stove 40"])
    first, second, third = (server.get(f"/api/trigger/{call}")["deliveries"] for call in calls)
    ((told,), (joined,)) = first, second
    wait_until(lambda: server.get(f"/api/trigger/{calls[0]}")["deliveries"][0]["status"] == "delivered")
    assert (joined["status"], joined["reason"]) == ("cancelled", f"joined digest {told['id']}")
    assert third == []
    assert server.get("/api/journeys")["journeys"] == []
