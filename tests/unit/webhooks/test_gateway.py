"""A request takes up a thread only when it has come whole, and one that does not come is given up."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response, request

from core.errors import SenderError
from webhooks.answers import refusal
from webhooks.gateway import Gateway, Patience
from webhooks.receiver import read_body

SCOPE: dict[str, Any] = {
    "method": "POST",
    "raw_path": b"/caf%C3%A9/%ff",
    "query_string": b"x=%ff",
    "http_version": "1.1",
    "scheme": "http",
    "server": ("127.0.0.1", "8080"),
    "client": ("203.0.113.9", "1"),
}
QUICK = Patience(pause=0.05, whole=0.2, largest=10, room=25)
NEVER = None


class Caller:
    """Sends a body in pieces, and keeps the answer; after ``NEVER`` nothing more comes."""

    def __init__(self, *pieces: bytes | None, headers: list[tuple[bytes, bytes]] | None = None) -> None:
        self.pieces = list(pieces)
        self.headers = [(b"transfer-encoding", b"chunked")] if headers is None else headers
        self.status = 0
        self.answer = b""
        self.told: dict[bytes, bytes] = {}

    async def receive(self) -> dict[str, Any]:
        """Give the next piece."""
        if not self.pieces:
            return {"type": "http.disconnect"}
        piece = self.pieces.pop(0)
        if piece is NEVER:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": piece, "more_body": piece != b""}

    async def send(self, message: Any) -> None:
        """Keep a part of the answer."""
        if message["type"] == "http.response.start":
            self.status, self.told = message["status"], dict(message["headers"])
        else:
            self.answer += message["body"]

    def code(self) -> str:
        """Give the code of a refusal."""
        code: str = json.loads(self.answer)["error"]["code"]
        return code


@pytest.fixture
def seen() -> list[dict[str, Any]]:
    """Note what the app is given."""
    return []


@pytest.fixture
def gateway(seen: list[dict[str, Any]]) -> Iterator[Gateway]:
    """Put the gateway before an app of one thread that gives the body back."""
    app = Flask(__name__)
    app.register_error_handler(SenderError, refusal)

    @app.route("/<path:path>", methods=["GET", "POST"])
    def echo(path: str) -> Response:
        seen.append({"path": path, **request.environ})
        return Response([b"got ", read_body(request.environ, 20)], headers={"X-Odd": "é"})

    made = Gateway(app, threads=1, patience=QUICK)
    yield made
    made.close()


def go(gateway: Gateway, *callers: Caller) -> None:
    """Let them all call at once."""

    async def all_of_them() -> None:
        calls = (gateway.call({**SCOPE, "headers": one.headers}, one.receive, one.send) for one in callers)
        await asyncio.gather(*calls)

    asyncio.run(all_of_them())


def test_the_app_sees_the_request_as_it_came(gateway: Gateway, seen: list[dict[str, Any]]) -> None:
    """Bytes stay bytes in the path and the headers; a header with an underscore is no other one's double."""
    headers = [
        (b"content-length", b"4"),
        (b"content-type", b"text/plain"),
        (b"cookie", b"a=1"),
        (b"cookie", b"b=2"),
        (b"x-odd", b"\xff"),
        (b"x-odd", b"2"),
        (b"x_odd", b"3"),
        (b"authorization", b"mine"),
    ]
    caller = Caller(b"ab", b"cd", headers=headers)
    go(gateway, caller)
    assert (caller.status, caller.answer, caller.told[b"x-odd"]) == (200, b"got abcd", b"\xe9")
    (found,) = seen
    assert found["PATH_INFO"].encode("latin-1") == b"/caf\xc3\xa9/\xff"
    assert (found["QUERY_STRING"], found["REMOTE_ADDR"]) == ("x=%ff", "203.0.113.9")
    assert (found["CONTENT_TYPE"], found["CONTENT_LENGTH"]) == ("text/plain", "4")
    assert (found["HTTP_COOKIE"], found["HTTP_X_ODD"]) == ("a=1; b=2", "\xff,2")


@pytest.mark.parametrize(("pieces", "answer"), [((b"",), b"got "), ((b"a", b"b", b""), b"got ab")])
def test_a_body_of_no_announced_length_is_read_to_its_end(
    gateway: Gateway, pieces: tuple[bytes, ...], answer: bytes
) -> None:
    """As clients that stream send it."""
    caller = Caller(*pieces)
    go(gateway, caller)
    assert (caller.status, caller.answer) == (200, answer)


def test_a_body_that_does_not_come_is_given_up_and_holds_up_nobody(gateway: Gateway) -> None:
    """With one thread and many callers who never end, somebody else is answered."""
    slow = [Caller(b"a", NEVER) for _ in range(20)]
    quick = Caller(b"ab", headers=[(b"content-length", b"2")])
    go(gateway, *slow, quick)
    assert (quick.status, quick.answer) == (200, b"got ab")
    assert {(one.status, one.code(), one.told[b"connection"]) for one in slow} == {
        (408, "too_slow", b"close")
    }


def test_a_body_of_many_small_pieces_may_not_take_for_ever(gateway: Gateway) -> None:
    """Each piece comes in time, and the whole does not."""

    class Dripping(Caller):
        async def receive(self) -> dict[str, Any]:
            await asyncio.sleep(0.04)
            return {"type": "http.request", "body": b"a", "more_body": True}

    caller = Dripping()
    go(gateway, caller)
    assert (caller.status, caller.code()) == (408, "too_slow")


def test_a_body_that_breaks_off_is_refused(gateway: Gateway, seen: list[dict[str, Any]]) -> None:
    """What is cut short never reaches the app."""
    caller = Caller(b"a", headers=[(b"content-length", b"9")])
    go(gateway, caller)
    assert (caller.status, caller.code(), seen) == (400, "bad_request", [])


def test_of_a_body_that_is_too_large_no_more_is_read_than_its_route_needs_to_refuse_it(
    gateway: Gateway,
) -> None:
    """An announced one is not read at all."""
    announced = Caller(NEVER, headers=[(b"content-length", b"99")])
    streamed = Caller(b"a" * 8, b"a" * 8, NEVER)
    go(gateway, announced, streamed)
    assert (announced.status, announced.code()) == (413, "too_large")
    assert (streamed.status, len(streamed.answer)) == (200, len("got ") + 16)


def test_bodies_may_not_fill_the_memory(gateway: Gateway) -> None:
    """Who comes when the room is taken is asked to come again, and the room is free afterwards."""
    callers = [Caller(b"a" * 9, NEVER) for _ in range(4)]
    go(gateway, *callers)
    assert [one.status for one in callers] == [408, 408, 503, 503]
    assert callers[3].told[b"retry-after"] == b"1"
    after = Caller(b"a" * 9, b"")
    go(gateway, after)
    assert after.status == 200
