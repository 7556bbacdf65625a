"""The sandbox's HTTP server, which can close a connection without a byte of answer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from cuewire.sandbox.app import State, create_app
from cuewire.sandbox.settings import SandboxSettings
from cuewire.sandbox.vendor import DROP

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class QuietHandler(WSGIRequestHandler):
    """Serve without a log line per request; the ledger is the log."""

    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing."""


def dropping(app: WSGIApplication) -> WSGIApplication:
    """Close the connection instead of answering where the app asks for it."""

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        chunks = app(environ, start_response)
        if environ.get(DROP):
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            # Werkzeug takes this for a client that went away: nothing is written, the socket is closed.
            raise ConnectionAbortedError
        return chunks

    return serve


class Sandbox:
    """One sandbox on a loopback port of its own, in this process."""

    def __init__(
        self, settings: SandboxSettings | None = None, *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self.settings = settings or SandboxSettings()
        self._address = (host, port)
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> str:
        """Listen, and give the address."""
        self.state = State(self.settings)
        host, port = self._address
        app = dropping(create_app(self.state))
        self._server = make_server(host, port, app, threaded=True, request_handler=QuietHandler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self.url

    @property
    def url(self) -> str:
        """Give the address that it listens on."""
        if self._server is None:
            raise RuntimeError("the sandbox is not started: call start() first")
        return f"http://{self._server.host}:{self._server.port}"

    def stop(self) -> None:
        """Listen no more and forget everything."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self.state.callbacks.close()
            self._server = self._thread = None

    def __enter__(self) -> Sandbox:
        """Start it for the length of a block."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it at the block's end."""
        self.stop()
