"""Decode JSON strictly: no NaN, no half characters, bounded depth; a batch's items keep their own bytes."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.json import Decoder

from core.errors import BadRequest
from webhooks.slices import Unsplittable, members, split

#: Real calls nest fewer than ten deep; formulas, stores and vendors all walk what is let in here.
MAX_DEPTH = 32

NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_decoder = Decoder()
_array_decoder = Decoder(list[msgspec.Raw])
_members_decoder = Decoder(dict[str, msgspec.Raw])
_encoder = msgspec.json.Encoder()


class Envelope(msgspec.Struct, rename="camel"):
    """A batch as Segment's libraries send it; ``batch`` holds each item's own bytes."""

    batch: list[msgspec.Raw]
    context: Any = None
    integrations: Any = None
    write_key: Any = None
    sent_at: Any = None


_envelope_decoder = Decoder(Envelope)


def read_object(body: bytes, *, field: str = "body") -> dict[str, Any]:
    """Decode one JSON object."""
    try:
        value = _decoder.decode(body)
    except NOT_JSON as error:
        raise BadRequest(
            f"This is not JSON: {plain(error, body)}.", field=field, hint=advice(error, body)
        ) from error
    if not isinstance(value, dict):
        raise BadRequest("A JSON object is needed here.", field=field, hint="Send {...}.")
    if is_too_deep(body, value):
        raise BadRequest(
            f"The JSON nests deeper than {MAX_DEPTH} levels.", field=field, hint="Send flatter properties."
        )
    return value


def read_array(body: bytes) -> list[bytes]:
    """Split a JSON array into its items' bytes."""
    try:
        return [bytes(item) for item in _array_decoder.decode(body)]
    except NOT_JSON as error:
        try:
            return split(body)
        except Unsplittable:
            raise not_batch(error, body, field="body") from error


def read_with_items(body: bytes, name: str) -> tuple[dict[str, Any], list[bytes] | None]:
    """Decode an object, the items of one of its lists left as bytes; None where it has no such list.

    So each item can be judged alone: one that cannot be read does not cost the others.
    """
    try:
        held = _members_decoder.decode(body)
        found = bytes(held.get(name, b""))
        items = _array_decoder.decode(found) if found not in (b"", b"null") else None
    except NOT_JSON:
        return read_damaged(body, name)
    if items is None:
        return read_object(body), None
    held[name] = msgspec.Raw(b"[]")
    return read_object(_encoder.encode(held)), [bytes(item) for item in items]


def read_damaged(body: bytes, name: str) -> tuple[dict[str, Any], list[bytes] | None]:
    """Do the same by the brackets alone, where something in it is no JSON."""
    try:
        start, end = members(body).get(name, (0, 0))
        items = split(body[start:end]) if body[start:end].strip() not in (b"", b"null") else None
    except Unsplittable:
        read_object(body)
        raise BadRequest(f"{name} is not a list.", field=name, hint="Send [...].") from None
    if items is None:
        return read_object(body), None
    return read_object(body[:start] + b"[]" + body[end:]), items


def read_envelope(body: bytes) -> tuple[Envelope, list[bytes]]:
    """Decode a batch's envelope, and split its items without looking into them."""
    try:
        envelope = _envelope_decoder.decode(body)
        items = [bytes(item) for item in envelope.batch]
    except NOT_JSON as error:
        envelope, items = read_damaged_envelope(body, error)
    if is_deep_envelope(envelope):
        raise BadRequest(f"The JSON nests deeper than {MAX_DEPTH} levels.", field="context")
    return envelope, items


def read_damaged_envelope(body: bytes, error: Exception) -> tuple[Envelope, list[bytes]]:
    """Take the batch out by its brackets alone, so that one unreadable item does not cost the others."""
    try:
        start, end = members(body)["batch"]
        items = split(body[start:end])
        return _envelope_decoder.decode(body[:start] + b"[]" + body[end:]), items
    except (*NOT_JSON, Unsplittable, KeyError):
        raise not_batch(error, body, field="batch" if "batch" in str(error) else "body") from error


def not_batch(error: Exception, body: bytes, *, field: str) -> BadRequest:
    """Say why a body is not this route's shape."""
    if isinstance(error, msgspec.ValidationError):
        return BadRequest(
            f"The body has the wrong shape: {plain(error, body)}.", field=field, hint=advice(error, body)
        )
    return BadRequest(f"This is not JSON: {plain(error, body)}.", field=field, hint=advice(error, body))


def is_deep_envelope(envelope: Envelope) -> bool:
    """Tell whether what is merged into every item nests too deep."""
    shared = (envelope.context, envelope.integrations)
    return any(isinstance(part, dict) and depth_over(part, MAX_DEPTH - 1) for part in shared)


def is_too_deep(raw: bytes, value: Any) -> bool:
    """Tell whether a value nests too deep; counting its brackets settles nearly every case at once."""
    return raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and depth_over(value, MAX_DEPTH)


def depth_over(value: Any, limit: int) -> bool:
    """Walk a value level by level, never deeper than the limit."""
    level = [value]
    for _ in range(limit + 1):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below += [one for one in item.values() if isinstance(one, dict | list)]
            elif isinstance(item, list):
                below += [one for one in item if isinstance(one, dict | list)]
        if not below:
            return False
        level = below
    return True


def plain(error: Exception, body: bytes) -> str:
    """Word a decoder's error without its prefixes."""
    if is_half_character(error, body):
        return "it holds half a character"
    if isinstance(error, RecursionError):
        return f"it nests deeper than {MAX_DEPTH} levels"
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start} is not UTF-8"
    return str(error).removeprefix("JSON is malformed: ").rstrip(".").replace("`", "").lower()


def is_half_character(error: Exception, body: bytes) -> bool:
    """Tell a text that was cut inside an emoji; the decoder has three words for it, one of them shared."""
    words = ("surrogate", "hex escape", "truncated")
    return b"\\ud" in body.lower() and any(word in str(error) for word in words)


def advice(error: Exception, body: bytes) -> str:
    """Say what to do about a decoder's error."""
    if isinstance(error, UnicodeDecodeError):
        return "Encode the text as UTF-8."
    if is_half_character(error, body):
        return "Cut texts between characters."
    if isinstance(error, RecursionError):
        return "Send flatter properties."
    return "Send one JSON document; NaN and Infinity are not JSON."
