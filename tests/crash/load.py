"""The client of a crash run: it sends, it is answered or not, and it keeps the only ledger that counts."""

from __future__ import annotations

import base64
import http.client
import json
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from crash.world import Server

THREADS = 6
PEOPLE = 40
PAUSE = (0.03, 0.15)


@dataclass
class Request:
    """One call: its events, and what the client knows of it."""

    path: str
    events: list[dict[str, Any]]
    kind: str
    cart: str = ""
    acked_at: float | None = None
    lost: bool = False


def iso(seconds: float) -> str:
    """Write a time as Segment's SDKs do."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Client:
    """Some threads that send as fast as they are answered, keep a ledger, and stop at a word."""

    server: Server
    seed: int
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._draw = Random(self.seed)
        self._lock = threading.Lock()
        self._running = threading.Event()
        self._ended = False
        self._again: list[Request] = []
        self._under_way: dict[int, Request] = {}
        self.broken = 0
        self.refused = 0
        self.duplicates = 0
        self.surprises: list[str] = []
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(THREADS)]

    def begin(self) -> None:
        """Start the threads; they wait for ``resume``."""
        for thread in self._threads:
            thread.start()

    def resume(self) -> None:
        """Send from now on."""
        self._running.set()

    def pause(self) -> None:
        """Send nothing more for now."""
        self._running.clear()

    def end(self) -> None:
        """End the threads."""
        self._ended = True
        self._running.set()
        for thread in self._threads:
            thread.join(timeout=90)

    def finish(self) -> None:
        """Send once more what a sender would: everything that was to be tried again."""
        while self._again:
            self.send(self._again.pop())

    def acked(self) -> int:
        """Count the calls that were answered with a 2xx, each once."""
        return sum(request.acked_at is not None for request in list(self.requests))

    def in_flight(self) -> int:
        """Count the calls that are connected and not yet answered, duplicates of answered ones apart."""
        return sum(request.acked_at is None for request in list(self._under_way.values()))

    def settle_lost(self) -> int:
        """Decide what becomes of what was never answered: most is sent again, some never is."""
        with self._lock:
            lost = [request for request in self.requests if request.lost]
            for request in lost:
                request.lost = False
                if self._draw.random() < 0.7:
                    self._again.append(request)
            return len(lost)

    def _run(self) -> None:
        while True:
            self._running.wait()
            if self._ended:
                return
            self.send(self._next())
            time.sleep(self._draw.uniform(*PAUSE))

    def _next(self) -> Request:
        """Choose what to send: what must be tried again, now and then a duplicate, else something new."""
        with self._lock:
            if self._again:
                return self._again.pop()
            acked = [request for request in self.requests[-50:] if request.acked_at]
            if acked and self._draw.random() < 0.1:
                self.duplicates += 1
                return self._draw.choice(acked)
            request = self._new(len(self.requests))
            self.requests.append(request)
            return request

    def _new(self, number: int) -> Request:
        """Make a new call: a sign-up, an order, a cart that is left, or one that is bought at once."""
        kind = self._draw.choice(["signup", "order", "left", "left", "bought"])
        cart, at = f"c{self.seed}-{number}", time.time()
        user = f"u{self._draw.randrange(PEOPLE)}"

        def event(name: str, suffix: str, *, after: float = 0.0) -> dict[str, Any]:
            return {
                "type": "track",
                "event": name,
                "messageId": f"m{self.seed}-{number}-{suffix}",
                "userId": user,
                "timestamp": iso(at + after),
                "properties": {"cart_id": cart},
            }

        if kind == "signup":
            return Request("/v1/track", [event("Signed Up", "s")], kind)
        if kind == "order":
            return Request("/v1/track", [event("Order Completed", "o")], kind)
        added = event("Product Added", "a")
        if kind == "left":
            return Request("/v1/track", [added], kind, cart)
        return Request("/v1/batch", [added, event("Order Completed", "b", after=0.001)], kind, cart)

    def send(self, request: Request) -> None:
        """Send a call over a connection of its own and write down whether it was answered."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=15)
        headers = {"Content-Type": "application/json", "Authorization": f"Basic {self._credentials()}"}
        me = threading.get_ident()
        try:
            connection.connect()
            self._under_way[me] = request
            connection.request("POST", request.path, self._body(request), headers)
            answer = connection.getresponse()
            answer.read()
            self._judge(request, answer.status)
        except (OSError, http.client.HTTPException):
            with self._lock:
                request.lost = request.acked_at is None
                self.broken += request.lost and me in self._under_way
        finally:
            self._under_way.pop(me, None)
            connection.close()

    def _judge(self, request: Request, status: int) -> None:
        with self._lock:
            if 200 <= status < 300:
                request.acked_at = request.acked_at or time.time()
            else:
                self.refused += 1
                self._again.append(request)
                if status not in (429, 503):
                    self.surprises.append(f"{status} for {request}")

    def _body(self, request: Request) -> bytes:
        sent_at = iso(time.time())
        if request.path == "/v1/batch":
            return json.dumps({"batch": request.events, "sentAt": sent_at}).encode()
        return json.dumps({**request.events[0], "sentAt": sent_at}).encode()

    def _credentials(self) -> str:
        return base64.b64encode(f"{self.server.write_key}:".encode()).decode()
