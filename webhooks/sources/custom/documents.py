"""Split what came in into JSON documents, and a document into its items, each with its own bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import msgspec
from msgspec.json import Decoder

from core.engine.clean import clean
from core.errors import BadRequest, TooLarge
from webhooks.payload import NOT_JSON, read_array, read_object
from webhooks.slices import Unsplittable, members, split

_one = Decoder(msgspec.Raw)
_lenient = json.JSONDecoder()

#: More lines than any sender's request or record has.
MOST = 200_000

#: How often a text may be looked through for what is wrong in it, before each line is one document.
PATIENCE = 10


@dataclass(frozen=True, slots=True)
class Group:
    """Items that stand together: their bytes, the place of their list, and the body around it."""

    items: Sequence[bytes]
    place: str = ""
    body: dict[str, Any] = field(default_factory=dict)
    is_single: bool = False


def documents(data: bytes) -> list[bytes]:
    """Split JSON documents that follow each other, with or without line breaks; a bad line is one by itself."""
    try:
        return [bytes(_one.decode(data))]
    except NOT_JSON:
        pieces = list(islice(_pieces(data), MOST))
    if len(pieces) == MOST:
        raise TooLarge("There are too many lines.", field="body", hint="Send smaller batches.")
    # Where no piece is good, one broken document was meant, and is told as a whole what is wrong with it.
    return [raw for raw, _ in pieces] if any(is_good for _, is_good in pieces) else [data]


def _pieces(data: bytes) -> Iterator[tuple[bytes, bool]]:
    """Yield each document's bytes, and whether it is at least nearly JSON."""
    text = data.decode("utf-8", "surrogateescape")
    start, wasted = 0, 0
    while (start := _next_letter(text, start)) < len(text) and wasted < PATIENCE * len(text):
        end, is_good = _end_of(text, start)
        # To say where a document is wrong, the decoder counts all lines before it.
        wasted += 0 if is_good else end
        yield _bytes(text[start:end]), is_good
        start = end
    for line in text[start:].splitlines():
        if line.strip():
            yield _bytes(line), _end_of(line.strip(), 0) == (len(line.strip()), True)


def _bytes(text: str) -> bytes:
    """Give back the bytes as they came."""
    return text.strip().encode("utf-8", "surrogateescape")


def _next_letter(text: str, start: int) -> int:
    """Skip blanks between documents."""
    while start < len(text) and text[start] in " \t\r\n":
        start += 1
    return start


def _end_of(text: str, start: int) -> tuple[int, bool]:
    """Find where a document ends; what is none ends with its line."""
    try:
        found, end = _lenient.raw_decode(text, start)
    except (ValueError, RecursionError):
        line = text.find("\n", start)
        return (line if line >= 0 else len(text)), False
    return end, isinstance(found, dict | list)


def groups(document: bytes, lists: Sequence[tuple[str, ...]]) -> list[Group]:
    """Give a document's items: those of the lists that it has, of an array, or the document itself."""
    if document.lstrip()[:1] == b"[":
        return [Group(read_array(document))]
    found = [(steps, span) for steps in lists if (span := _span(document, steps))]
    if not found:
        return [Group([document], is_single=True)]
    body = clean(read_object(_without(document, [span for _, span in found])))
    return [
        Group([_object(raw) for raw in _split(document[start:end], steps)], place=".".join(steps), body=body)
        for steps, (start, end) in found
    ]


def _object(raw: bytes) -> bytes:
    """Make an object of a bare text or number: some lists hold nothing but ids."""
    return raw if raw[:1] in (b"{", b"[") else b'{"value":' + raw + b"}"


def _split(array: bytes, steps: Sequence[str]) -> list[bytes]:
    try:
        return split(array)
    except Unsplittable:
        raise BadRequest("The list cannot be read.", field=".".join(steps), hint="Send [{...}].") from None


def _span(document: bytes, steps: Sequence[str]) -> tuple[int, int] | None:
    """Find where a list lies; None where there is none."""
    start, end = 0, len(document)
    # To look for the place of one of very many members is dear; plain names are written plainly.
    if any(step.isidentifier() and step.isascii() and f'"{step}"'.encode() not in document for step in steps):
        return None
    for step in steps:
        try:
            found = members(document[start:end]).get(step)
        except Unsplittable:
            return None
        if found is None:
            return None
        start, end = start + found[0], start + found[1]
    value = document[start:end].strip()
    return (start, end) if value.startswith(b"[") and value.endswith(b"]") else None


def _without(document: bytes, spans: Sequence[tuple[int, int]]) -> bytes:
    """Empty the lists, so that what stands around them is read once and not for each item."""
    for start, end in sorted(spans, reverse=True):
        document = document[:start] + b"[]" + document[end:]
    return document
