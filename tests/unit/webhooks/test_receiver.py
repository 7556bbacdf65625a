"""Bodies are bounded before they are read, and while they are inflated."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import Any

import pytest
from edge.doubles import BASIC, edge

from core.errors import BadRequest, SenderError, TooLarge, WrongMediaType
from webhooks.receiver import GZIP_MEMBERS, inflate, read_body
from webhooks.services import Limits

LIMIT = 1_000


class Stream(io.RawIOBase):
    """Gives a few bytes at a time and counts them."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.given = 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Give at most 100 bytes."""
        part = self.body[self.given : self.given + min(size, 100)]
        self.given += len(part)
        return part


def read(stream: Stream, **environ: Any) -> bytes:
    """Read a body as a server hands it over."""
    return read_body({"wsgi.input": stream, **environ}, LIMIT)


def test_a_body_is_read_whole_from_a_server_that_gives_little_at_a_time() -> None:
    """Short reads are put together."""
    assert read(Stream(b"x" * 950), CONTENT_LENGTH="950") == b"x" * 950


def test_too_much_is_refused_before_it_is_read() -> None:
    """The announced length alone is enough."""
    stream = Stream(b"x" * 5_000)
    with pytest.raises(TooLarge):
        read(stream, CONTENT_LENGTH="1001")
    assert stream.given == 0


def test_a_chunked_body_is_read_up_to_the_limit() -> None:
    """Without a length reading stops one byte after the limit."""
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    assert read(Stream(b"x" * LIMIT), **chunked) == b"x" * LIMIT
    stream = Stream(b"x" * 50_000)
    with pytest.raises(TooLarge):
        read(stream, **chunked)
    assert stream.given == LIMIT + 1


def test_a_body_of_unknown_end_is_not_waited_for() -> None:
    """A server that does not end the stream itself could hang for ever."""
    assert read(Stream(b"x")) == b""


def test_a_body_cut_short_is_refused() -> None:
    """What the client did not finish sending is not stored."""
    with pytest.raises(BadRequest, match="ended before"):
        read(Stream(b"x" * 10), CONTENT_LENGTH="20")


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "٣", "9" * 5_000])
def test_a_length_that_is_no_number_is_refused(length: str) -> None:
    """Any text may stand in a header."""
    with pytest.raises(SenderError):
        read(Stream(b"x"), CONTENT_LENGTH=length)


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip", " gzip "])
def test_gzip_is_inflated(encoding: str) -> None:
    """In every spelling."""
    packed = gzip.compress(b"hello")
    assert read(Stream(packed), CONTENT_LENGTH=str(len(packed)), HTTP_CONTENT_ENCODING=encoding) == b"hello"


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd"])
def test_other_encodings_are_refused(encoding: str) -> None:
    """415 says what can be read."""
    with pytest.raises(WrongMediaType, match="Content-Encoding"):
        read(Stream(b"x"), CONTENT_LENGTH="1", HTTP_CONTENT_ENCODING=encoding)


def test_a_bomb_is_inflated_only_up_to_the_limit() -> None:
    """A small body may not become a large one, byte-exactly."""
    assert inflate(gzip.compress(b"x" * LIMIT), LIMIT) == b"x" * LIMIT
    with pytest.raises(TooLarge):
        inflate(gzip.compress(b"x" * (LIMIT + 1)), LIMIT)
    with pytest.raises(TooLarge):
        inflate(gzip.compress(b"x" * 50_000_000), LIMIT)


def test_several_members_share_one_limit() -> None:
    """Gzip files may be joined, but not to pass the limit or to burn time."""
    assert inflate(gzip.compress(b"a") + gzip.compress(b"b"), LIMIT) == b"ab"
    with pytest.raises(TooLarge):
        inflate(gzip.compress(b"x" * 600) * 2, LIMIT)
    with pytest.raises(BadRequest):
        inflate(gzip.compress(b"") * (GZIP_MEMBERS + 1), LIMIT)


@pytest.mark.parametrize(
    "body",
    [
        b"plain",
        gzip.compress(b"hello")[:-4],
        gzip.compress(b"hello")[:-9] + b"X" * 9,
        gzip.compress(b"a") + b"junk",
    ],
    ids=["plain", "cut", "wrong checksum", "junk behind"],
)
def test_broken_gzip_is_refused(body: bytes) -> None:
    """400, never a half event."""
    with pytest.raises(BadRequest, match="gzip"):
        inflate(body, LIMIT)


def test_zlib_is_not_gzip() -> None:
    """Only what was announced is read."""
    with pytest.raises(BadRequest):
        inflate(zlib.compress(b"hello"), LIMIT)


def test_the_limits_are_those_that_are_promised() -> None:
    """32 KB an event, 2,500 items or 500 KB a batch, 4,000 items or 16 MB an array."""
    limits = Limits()
    assert (limits.event, limits.batch, limits.array) == (32 * 1024, 500 * 1024, 16 * 1024 * 1024)
    assert (limits.batch_items, limits.array_items) == (2_500, 4_000)


def test_a_form_is_not_parsed() -> None:
    """JSON that calls itself a form, gzip too, arrives as it was sent."""
    app = edge()
    body = gzip.compress(b'{"batch":[{"type":"track","event":"A=1&b","userId":"u"}]}')
    headers = BASIC | {"Content-Type": "application/x-www-form-urlencoded", "Content-Encoding": "gzip"}
    assert app.client.post("/v1/batch", data=body, headers=headers).status_code == 200
    assert app.intake.events[0]["event"] == "A=1&b"
