"""A whole Cuewire in this process, behind a real port, with fake vendors and a clock that a test moves on."""

from __future__ import annotations

import json
import shutil
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server

from core.ports import DeliveryRow, Filter
from cuewire.sandbox import Sandbox, SandboxSettings
from cuewire.sandbox.server import QuietHandler
from cuewire.settings import Settings
from cuewire.wiring import Runtime

MAPPINGS = Path(__file__).parent / "mappings"
API_KEY = "api-key-of-the-browser-tests-with-enough-characters"
WRITE_KEY = "wk-of-the-browser-tests"
SENDER = "+15005550006"
MINUTE = 60_000
PATIENCE = 60.0
#: Where programs of senders send; what they are told may be decided by a test.
SENDERS = ("/v1/", "/v2/", "/event")
EXPOSED = [("Access-Control-Expose-Headers", "Retry-After"), ("Content-Type", "application/json")]


class MovedClock:
    """The machine's clock, begun earlier and moved on by a test."""

    def __init__(self, back: int) -> None:
        self._shift = -back

    def now(self) -> int:
        """Give the time."""
        return time.time_ns() // 1_000_000 + self._shift

    def move(self, milliseconds: int) -> None:
        """Let time pass."""
        self._shift += milliseconds


class Shop:
    """A server and the shop that sends to it; everything it does goes over HTTP."""

    def __init__(
        self,
        folder: Path,
        *,
        back: int = 0,
        mode: str = "live",
        mappings: Path = MAPPINGS,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.clock = MovedClock(back)
        #: Statuses with which the next requests of senders are answered instead; 429 asks for a second's patience.
        self.refusing: list[int] = []
        #: What senders have sent: the path, the headers and the status they were told.
        self.heard: list[tuple[str, dict[str, str], int]] = []
        self.sandbox = Sandbox(SandboxSettings(hold_after_drop=0.3))
        vendors = self.sandbox.settings.as_environment(self.sandbox.start())
        self._server = make_server(
            "127.0.0.1", 0, lambda *call: self.answer(*call), threaded=True, request_handler=QuietHandler
        )
        self.url = f"http://127.0.0.1:{self._server.port}"
        own = {
            "CUEWIRE_API_KEY": API_KEY,
            "CUEWIRE_SECRET_KEY": "secret-key-of-the-browser-tests-with-enough-characters",
            "CUEWIRE_PUBLIC_URL": self.url,
            "CUEWIRE_SEGMENT_WRITE_KEY": WRITE_KEY,
            "CUEWIRE_TWILIO_FROM": SENDER,
            "CUEWIRE_MODE": mode,
            **(settings or {}),
        }
        own_mappings = Path(shutil.copytree(mappings, folder / "mappings"))
        self.runtime = Runtime(Settings.read(own | vendors), own_mappings, folder / "data", self.clock)
        self.runtime.start()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop everything, newest first."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.runtime.stop()
        self.sandbox.stop()

    def answer(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Answer as the server does, or as ``refusing`` says; note what senders sent and were told."""
        if environ["REQUEST_METHOD"] == "OPTIONS" or not environ["PATH_INFO"].startswith(SENDERS):
            return self.runtime.app(environ, start_response)
        headers = {
            name: str(value) for name, value in environ.items() if name.startswith(("HTTP_", "CONTENT_"))
        }

        def start(status: str, *more: Any) -> Any:
            self.heard.append((environ["PATH_INFO"], headers, int(status[:3])))
            return start_response(status, *more)

        if not self.refusing:
            return self.runtime.app(environ, start)
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        status = self.refusing.pop(0)
        told = [("Retry-After", "1")] if status == 429 else []
        start(f"{status} Refused", [*told, ("Access-Control-Allow-Origin", "*"), *EXPOSED])
        return [b"{}"]

    def post(self, path: str, value: Any, *, base: str = "", **headers: str) -> Any:
        """Post JSON and read the answer."""
        request = urllib.request.Request(
            (base or self.url) + path,
            data=json.dumps(value).encode(),
            headers={"Content-Type": "application/json", **headers},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.loads(answer.read())

    def link(self) -> str:
        """Ask for a new sign-in link, as its owner would."""
        url = self.post("/api/console-link", {}, Authorization=f"Bearer {API_KEY}")["url"]
        assert isinstance(url, str)
        return url

    def send(self, *calls: dict[str, Any], **shared: Any) -> None:
        """Send one batch by the tracking API."""
        self.post("/v1/batch", {"batch": [call | shared for call in calls], "writeKey": WRITE_KEY})

    def fault(self, **fault: Any) -> None:
        """Make a fake vendor fail once."""
        self.post("/sandbox/faults", fault, base=self.sandbox.url)

    def pass_time(self, minutes: float) -> None:
        """Let time pass and everybody notice."""
        self.clock.move(int(minutes * MINUTE))
        self.runtime.timers.arm(0)
        self.runtime.dispatcher.notify()

    def decided(self, trigger: str, outcome: str) -> Callable[[], bool]:
        """Give the question whether a trigger has come to an outcome."""
        return lambda: bool(self.runtime.store.read.decisions(Filter(trigger=trigger, status=outcome)).rows)

    def delivered(self, status: str, count: int = 1) -> Callable[[], bool]:
        """Give the question whether so many deliveries have a status."""
        return lambda: len(self.deliveries(status)) >= count

    def deliveries(self, status: str = "") -> Sequence[DeliveryRow]:
        """Give the deliveries, or those that have a status."""
        return self.runtime.store.read.deliveries(Filter(status=status)).rows


def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, and fail when it does not come true in time."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.01)
