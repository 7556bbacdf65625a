"""An address that takes messages about alerts, as Slack or anyone's webhook would."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Hook:
    """What arrived, in order; it answers with ``status``."""

    def __init__(self) -> None:
        self.status = 200
        self.refused = 0
        self.taken: list[dict[str, Any]] = []
        self.keys: list[str] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if hook.status == 200:
                    hook.taken.append(body)
                    hook.keys.append(self.headers["Idempotency-Key"])
                else:
                    hook.refused += 1
                self.send_response(hook.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"

    def heard(self) -> list[tuple[str, str, str]]:
        """Give what was told by the webhook: the occasion, the kind and the name."""
        return [(one["event"], one["kind"], one["name"]) for one in self.taken]


@contextmanager
def hooks(number: int = 1) -> Iterator[list[Hook]]:
    """Run some hooks."""
    made = [Hook() for _ in range(number)]
    for one in made:
        threading.Thread(target=one.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield made
    finally:
        for one in made:
            one.server.shutdown()
            one.server.server_close()
