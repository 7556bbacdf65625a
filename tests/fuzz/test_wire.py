"""What comes over the wire that no framework makes: slow bodies, broken frames and odd headers, at a real server."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from select import select
from threading import Timer

import pytest

from cuewire.check import PRESETS
from cuewire.demo.server import free_port
from cuewire.serve import WAITERS

KEY = "wk-of-the-wire"
PATIENCE = 60.0
#: Where the machine stalls for as long as a body is waited for, it is tried again.
TRIES = 5
GOOD = json.dumps({"event": "A", "userId": "u", "writeKey": KEY}).encode()
HEAD = b"POST /v1/track HTTP/1.1\r\nHost: h\r\n"


@dataclass
class Wire:
    """A served instance, spoken to in bytes."""

    port: int

    def begin(self, data: bytes) -> socket.socket:
        """Open a connection and say something."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        connection.sendall(data)
        return connection

    def ask(self, data: bytes, *, is_cut: bool = False) -> tuple[int, bytes]:
        """Say something and read the answer; 0 where the connection is closed without one."""
        with self.begin(data) as connection:
            if is_cut:
                connection.shutdown(socket.SHUT_WR)
            connection.settimeout(PATIENCE)
            try:
                answer = connection.recv(65_536)
            except ConnectionError:
                answer = b""
        return (int(answer.split(b" ", 2)[1]), answer) if answer else (0, b"")

    def is_well(self) -> bool:
        """Tell whether somebody else is served meanwhile."""
        status, _ = self.ask(HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(GOOD), GOOD))
        return status == 200


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    """Serve an instance as ``cuewire serve`` does."""
    port, folder = free_port(), tmp_path_factory.mktemp("wire")
    command = ["serve", "--sandbox", "--mappings", str(PRESETS), "--data", str(folder), "--port", str(port)]
    server = subprocess.Popen(
        [sys.executable, "-m", "cuewire.cli", *command],
        env={**os.environ, "CUEWIRE_SEGMENT_WRITE_KEY": KEY},
        stderr=subprocess.PIPE,
        text=True,
    )
    limit = Timer(180, server.kill)
    limit.start()
    assert server.stderr is not None
    assert any("listens on" in line for line in server.stderr)
    limit.cancel()
    yield Wire(port)
    server.terminate()
    _, said = server.communicate(timeout=60)
    assert "Traceback" not in said
    assert "request_failed" not in said


def test_bodies_that_never_come_hold_up_nobody(wire: Wire) -> None:
    """More callers than there are threads begin a body and do not end it; the others do not notice."""
    begun = HEAD + b'Content-Length: 1000\r\n\r\n{"event":'
    for _ in range(TRIES):
        held = [wire.begin(begun) for _ in range(3 * WAITERS)]
        assert wire.is_well()
        answered, _, _ = select(held, [], [], 0)
        for connection in held:
            connection.close()
        if not answered:
            break
    assert not answered, "nobody else was served before the bodies were given up"
    assert wire.is_well()


LINES = [
    b"Content-Length: -1",
    b"Content-Length: 1e3",
    b"Content-Length: 99999999999999999999",
    b"Content-Length: 2\r\nContent-Length: 3",
    b"Content-Length: 2\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: gzip",
    b"Transfer-Encoding: chunked, identity",
    b"X-Signature: \x00",
    b"X-Signature : spaced",
    b"\xff\xfe: x",
    b"no colon at all",
    b"X-Long: " + b"x" * 500_000,
    b"\r\n".join(b"X-%d: x" % number for number in range(500)),
]


@pytest.mark.parametrize("line", LINES, ids=range(len(LINES)))
def test_broken_heads_are_refused(wire: Wire, line: bytes) -> None:
    """Lengths that are none or two, lines that are no headers, and too many of them."""
    status, _ = wire.ask(HEAD + line + b"\r\n\r\n{}")
    assert status == 0 or 400 <= status < 500
    assert wire.is_well()


def test_broken_bodies_are_refused(wire: Wire) -> None:
    """Chunks that are none, and bodies that end before their end."""
    for frame in (b"zz\r\n", b"-1\r\n", b"ffffffffffffffffff\r\n", b"5\r\n{}\r\n", b"2\r\n{}"):
        status, _ = wire.ask(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + frame, is_cut=True)
        assert status == 0 or 400 <= status < 500, frame
    status, _ = wire.ask(HEAD + b"Content-Length: 50\r\n\r\n{}", is_cut=True)
    assert status in (0, 400)
    status, answer = wire.ask(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
    assert (status, b"userId" in answer or b"writeKey" in answer) == (401, True)
    assert wire.is_well()


ODD = [b"\xff\xfe", "Grüße 😀".encode(), b"\xed\xa0\x80", b"%00", b"\x80" * 2_000, b"'\"<script>", b"\t x \t"]
PATHS = [b"/v1/track", b"/webhooks/segment", b"/webhooks/tealium", b"/api/trigger", b"/callbacks/hubspot"]
NAMES = [b"Authorization", b"Content-Type", b"Content-Encoding", b"User-Agent", b"Cookie", b"X-Signature"]
NAMES += [b"Idempotency-Key", b"X-Forwarded-For", b"X-Forwarded-Proto", b"X-HubSpot-Signature-v3", b"Origin"]


@pytest.mark.parametrize("name", NAMES, ids=[name.decode() for name in NAMES])
def test_headers_may_hold_any_letters(wire: Wire, name: bytes) -> None:
    """A key of them is no key; and where they are not looked at, they do no harm."""
    for value in ODD:
        for path in PATHS:
            start = b"POST %s HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n" % path
            status, answer = wire.ask(b"%s%s: %s\r\n\r\n{}" % (start, name, value))
            assert 400 <= status < 500, (path, value, answer)
    assert wire.is_well()


TARGETS = [b"/%ff", b"/%zz", b"/\xff\xfe", b"/..%2f..%2fetc", b"//", b"*", b"/" + b"x" * 9_000]


@pytest.mark.parametrize("target", TARGETS, ids=range(len(TARGETS)))
def test_addresses_may_hold_any_letters(wire: Wire, target: bytes) -> None:
    """None is more than not found."""
    status, _ = wire.ask(b"GET %s HTTP/1.1\r\nHost: h\r\n\r\n" % target)
    assert status == 0 or 400 <= status < 500
    assert wire.is_well()
