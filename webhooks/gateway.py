"""Between the server and the app: a request is taken whole before it takes up a thread, however slowly it comes.

The app has so many threads. Sixty-four callers who begin a body and never end it would otherwise hold them all.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from core.errors import BadRequest, Busy, SenderError, TooSlow
from webhooks.answers import refusal
from webhooks.services import MIB, Limits

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a body may take, in seconds, and how many bytes of bodies may be held at once.

    ``pause`` is the longest time without any byte of it. More than ``largest`` bytes no route reads.
    """

    pause: float = 10
    whole: float = 60
    largest: int = Limits().array + 1
    room: int = 256 * MIB


class Gateway:
    """Serve a WSGI app from threads of its own; ``call`` is what the server calls for each request."""

    def __init__(self, app: WSGIApplication, *, threads: int, patience: Patience = Patience()) -> None:
        self._app = app
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self._patience = patience
        self._held = 0

    def close(self) -> None:
        """Let the requests that have a thread come to their end."""
        self._pool.shutdown(cancel_futures=True)

    async def call(self, scope: Message, receive: Receive, send: Send) -> None:
        """Take one request, and answer it."""
        body = bytearray()
        try:
            await self._read(scope, receive, body)
            loop = asyncio.get_running_loop()
            status, headers, content = await loop.run_in_executor(
                self._pool, self._serve, environ_of(scope, bytes(body))
            )
        except SenderError as error:
            status, headers, content = refused(error)
        finally:
            self._held -= len(body)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _read(self, scope: Message, receive: Receive, body: bytearray) -> None:
        """Read the body; of one that is too large only so much that its route can refuse it."""
        wanted = expected(scope["headers"])
        if wanted is not None and wanted > self._patience.largest:
            return
        most = self._patience.largest if wanted is None else wanted
        end = asyncio.get_running_loop().time() + self._patience.whole
        is_more = True
        while is_more and len(body) < most:
            chunk, is_more = await self._chunk(receive, end)
            self._held += len(chunk)
            body += chunk
            if self._held > self._patience.room:
                raise Busy("Too much is coming in at once.", hint="Send it again.")

    async def _chunk(self, receive: Receive, end: float) -> tuple[bytes, bool]:
        """Wait for the next bytes, but not for ever."""
        now = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(min(end, now + self._patience.pause)):
                message = await receive()
        except TimeoutError:
            raise TooSlow("The body did not come in time.", field="body", hint="Send it again.") from None
        if message["type"] != "http.request":
            # Hung up, or badly framed, and then somebody is there to be told.
            raise BadRequest("The body broke off.", field="body", hint="Send it again.")
        return message.get("body", b""), message.get("more_body", False)

    def _serve(self, environ: dict[str, Any]) -> tuple[int, Headers, bytes]:
        """Let the app answer."""
        begun = Begun()
        answer: Iterable[bytes] = self._app(environ, begun)
        try:
            parts = list(answer)
        finally:
            getattr(answer, "close", bool)()
        return begun.status, begun.headers, b"".join([*begun.written, *parts])


class Begun:
    """Keep the status and the headers that the app begins its answer with."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: Headers = []
        self.written: list[bytes] = []

    def __call__(
        self, status: str, headers: list[tuple[str, str]], exc_info: object = None
    ) -> Callable[[bytes], object]:
        """Take them; what is given writes to the answer's beginning."""
        self.status = int(status[:3])
        self.headers = [(name.lower().encode("latin-1"), text.encode("latin-1")) for name, text in headers]
        return self.written.append


def refused(error: SenderError) -> tuple[int, Headers, bytes]:
    """Answer what never reached the app, in the shape of all errors; the rest of the body is not waited for."""
    answer = refusal(error)
    headers = [(name.lower().encode(), text.encode()) for name, text in answer.headers]
    return answer.status_code, [*headers, (b"connection", b"close")], answer.get_data()


def expected(headers: Headers) -> int | None:
    """Give the length of the body that a request announces; None where only its end will tell."""
    told = dict(headers)
    text = told.get(b"content-length", b"")
    if text.isdigit() and len(text) < 19:
        return int(text)
    return None if text or b"transfer-encoding" in told else 0


def environ_of(scope: Message, body: bytes) -> dict[str, Any]:
    """Describe a request as WSGI does."""
    host, port = scope["server"] or ("", 0)
    client = scope.get("client") or ("", 0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": BytesIO(body),
        # The body is here, whether its length was announced or not.
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    add_headers(environ, scope["headers"])
    return environ


def add_headers(environ: dict[str, Any], headers: Headers) -> None:
    """Add the headers, those that come several times joined."""
    for raw_name, raw_value in headers:
        # With an underscore it would read as another header, which a proxy may have been told to take off.
        if b"_" in raw_name:
            continue
        name, value = raw_name.decode("latin-1").upper().replace("-", "_"), raw_value.decode("latin-1")
        key = name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"
        between = "; " if name == "COOKIE" else ","
        environ[key] = f"{environ[key]}{between}{value}" if key in environ else value
