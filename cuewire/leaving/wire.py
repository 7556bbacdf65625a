"""A loopback server in front of the sandbox that writes down each request as it came over the wire."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flask import Flask, Response, jsonify
from werkzeug.serving import BaseWSGIServer, make_server

from cuewire.sandbox.app import State, create_app
from cuewire.sandbox.server import QuietHandler
from cuewire.sandbox.settings import SandboxSettings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Where the kinds are told to send for which the sandbox has no fake: everything is taken there.
ELSEWHERE = "elsewhere"

#: How a token is told that a vendor gives for a while.
TOKEN = "<the token of the sign-in>"  # noqa: S105  # these very words

#: What anybody may be answered there: a token for a sign-in, and the words that vendors say yes with.
YES = {
    "access_token": "token",
    "expires_in": 3600,
    "success": True,
    "ok": True,
    "id": "1",
    "status": "success",
}


@dataclass(frozen=True, slots=True)
class Sent:
    """One request; ``path`` is behind the vendor's name and has its query."""

    vendor: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Wire:
    """Everything that arrived, in order."""

    settings: SandboxSettings
    sent: list[Sent] = field(default_factory=list)
    _server: BaseWSGIServer | None = None

    def __enter__(self) -> Wire:
        """Listen on a free port of this machine."""
        state = State(self.settings)
        # Its fakes would tell statuses to our public address: nothing may leave from here.
        state.callbacks.close()
        app = create_app(state)
        _take_everything(app)
        self._server = make_server(
            "127.0.0.1", 0, self._noting(app), threaded=True, request_handler=QuietHandler
        )
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    @property
    def url(self) -> str:
        """Give the address; there is none before it listens."""
        assert self._server is not None
        return f"http://{self._server.host}:{self._server.port}"

    def _noting(self, app: Flask) -> WSGIApplication:
        def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(body)
            self.sent.append(_read(environ, body))
            return app(environ, start_response)

        return serve


def _read(environ: WSGIEnvironment, body: bytes) -> Sent:
    """Write a request down; the query and the quoting of the path stay as they came."""
    raw = str(environ.get("RAW_URI") or environ["PATH_INFO"])
    vendor, _, path = raw.lstrip("/").partition("/")
    names = {name: name.removeprefix("HTTP_") for name in environ if name.startswith("HTTP_")}
    names |= {name: name for name in ("CONTENT_TYPE",) if environ.get(name)}
    headers = {short.replace("_", "-").title(): str(environ[name]) for name, short in names.items()}
    return Sent(vendor, environ["REQUEST_METHOD"], f"/{path}", headers, body)


def _take_everything(app: Flask) -> None:
    """Say yes to whatever is sent to a vendor that the sandbox does not play."""

    @app.route(f"/{ELSEWHERE}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], defaults={"path": ""})
    @app.route(f"/{ELSEWHERE}/<path:path>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    def anything(path: str) -> Response:
        return jsonify(YES)
