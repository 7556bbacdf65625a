"""Read a request's raw bytes from the server, bounded before and after inflating; no form is ever parsed."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

from core.errors import BadRequest, TooLarge, WrongMediaType

#: Under this key a request's environment has the bytes that were read, for whoever looks at it afterwards.
WIRE = "cuewire.wire"

GZIP = ("gzip", "x-gzip")
#: zlib's own code for "a gzip header and trailer, nothing else".
GZIP_WINDOW = 16 + zlib.MAX_WBITS
#: Real senders write one; each further one costs a copy of the rest.
GZIP_MEMBERS = 8


def read_body(environ: Mapping[str, Any], limit: int) -> bytes:
    """Give the request's body as the sender wrote it, inflated when it came as gzip."""
    body = read_wire(environ, limit)
    encoding = environ.get("HTTP_CONTENT_ENCODING")
    if not encoding or encoding == "identity":
        return body
    if encoding.strip().lower() not in GZIP:
        raise WrongMediaType(
            "The Content-Encoding cannot be read here.",
            field="Content-Encoding",
            hint="Send gzip or nothing.",
        )
    return inflate(body, limit)


def read_wire(environ: Mapping[str, Any], limit: int) -> bytes:
    """Read the bytes of the connection, refusing too many before reading them."""
    length = content_length(environ)
    if length is None:
        # Chunked: only a server that ends the stream itself can be read without a length.
        if not environ.get("wsgi.input_terminated"):
            return b""
        body = read_up_to(environ["wsgi.input"], limit + 1)
    elif length > limit:
        raise too_large(limit)
    else:
        body = read_up_to(environ["wsgi.input"], length)
        if len(body) < length:
            raise BadRequest("The body ended before its Content-Length.", field="body", hint="Send it again.")
    if len(body) > limit:
        raise too_large(limit)
    if isinstance(environ, dict):
        environ[WIRE] = body
    return body


def content_length(environ: Mapping[str, Any]) -> int | None:
    """Give the announced length; None when there is none."""
    announced: str = environ.get("CONTENT_LENGTH", "")
    if not announced or "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        return None
    if not (announced.isascii() and announced.isdigit() and len(announced) < 19):
        raise BadRequest("The Content-Length is not a number.", field="Content-Length")
    return int(announced)


def read_up_to(stream: Any, wanted: int) -> bytes:
    """Read until there is enough or the stream ends; a server may give less than asked at a time."""
    body: bytes = stream.read(wanted) if wanted else b""
    while len(body) < wanted and (more := stream.read(wanted - len(body))):
        body += more
    return body


def inflate(body: bytes, limit: int) -> bytes:
    """Inflate gzip, which may have several members, to at most ``limit`` bytes."""
    parts: list[bytes] = []
    room = limit
    while body:
        if len(parts) == GZIP_MEMBERS:
            raise not_gzip()
        member = zlib.decompressobj(GZIP_WINDOW)
        try:
            part = member.decompress(body, room + 1)
        except zlib.error as error:
            raise not_gzip() from error
        room -= len(part)
        if room < 0:
            raise too_large(limit)
        if not member.eof:
            raise not_gzip()
        parts.append(part)
        body = member.unused_data
    return b"".join(parts)


def not_gzip() -> BadRequest:
    """Say that the body is not what its Content-Encoding says."""
    return BadRequest("The body is not whole gzip.", field="body", hint="Send it without Content-Encoding.")


def too_large(limit: int) -> TooLarge:
    """Say how much a route takes."""
    return TooLarge(f"The body is larger than {limit:,} bytes.", field="body", hint="Send smaller batches.")
