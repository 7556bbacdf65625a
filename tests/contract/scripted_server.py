"""A loopback HTTP server that records what arrives and answers as it is told."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Recorded:
    """One request as it came over the wire."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class ScriptedServer:
    """Answers in order, the last one for ever.

    ``{"fault": "reset"}`` reads the request and hangs up, ``unread`` hangs up before, ``silent`` never answers, and
    ``truncated`` breaks off in the middle of its answer.
    """

    url: str
    answers: list[dict[str, Any]]
    requests: list[Recorded] = field(default_factory=list)
    connections: list[Any] = field(default_factory=list)
    served: list[dict[str, Any]] = field(default_factory=list)

    def next_answer(self) -> dict[str, Any]:
        """Take the next answer of the script."""
        self.served.append(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])
        return self.served[-1]

    def play(self, answers: list[dict[str, Any]]) -> None:
        """Begin another script, with nothing recorded yet."""
        self.answers, self.requests, self.connections, self.served = list(answers), [], [], []


class Handler(BaseHTTPRequestHandler):
    """Record, then follow the script."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    script: ScriptedServer

    def setup(self) -> None:
        """Count a connection."""
        super().setup()
        self.script.connections.append(self.client_address)

    def do_POST(self) -> None:
        """Answer one request."""
        is_unread = self.script.answers[0].get("fault") == "unread"
        body = b"" if is_unread else self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.script.requests.append(Recorded(self.command, self.path, headers, body))
        answer = self.script.next_answer()
        if answer.get("fault") == "silent":
            self.rfile.read(1)  # until the client has had enough
        if answer.get("fault") in ("reset", "unread", "silent"):
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        text = answer["text"] if "text" in answer else json.dumps(answer.get("json", {}))
        self.send_response(answer["status"])
        for name, value in answer.get("headers", {}).items():
            self.send_header(name, value)
        missing = 50 if answer.get("fault") == "truncated" else 0
        self.send_header("Content-Length", str(len(text.encode()) + missing))
        self.end_headers()
        self.wfile.write(text.encode())
        self.close_connection = self.close_connection or bool(missing)

    do_GET = do_PUT = do_PATCH = do_DELETE = do_POST  # noqa: N815  # the base class finds its methods by these names

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


@contextmanager
def scripted(answers: list[dict[str, Any]]) -> Iterator[ScriptedServer]:
    """Run a server on a free port for as long as the block lasts."""
    handler = type("ScriptedHandler", (Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    handler.script = ScriptedServer(f"http://127.0.0.1:{server.server_address[1]}", list(answers))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield handler.script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def nobody_listens() -> Iterator[str]:
    """Give an address at which every connection is refused, held so that nobody else takes the port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
