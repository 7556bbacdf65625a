"""Find the items of a batch by its brackets alone, for batches in which one item cannot be read.

Segment's Python client writes NaN, and JavaScript writes half characters when a text was cut inside an emoji.
Strict decoders refuse the whole batch for one such item; its neighbours must not pay for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

#: Strings as a whole, so that brackets inside them do not count. Linear: nothing is tried twice.
TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{},:"]', re.DOTALL)
CLOSES = {b"]": b"[", b"}": b"{"}


class Unsplittable(ValueError):
    """The brackets do not match, or what lies between them is not even nearly JSON."""


def split(array: bytes) -> list[bytes]:
    """Split an array into its items' bytes, each of them at least nearly JSON."""
    items = list(items_of(array))
    for item in items:
        if not is_nearly_json(item):
            raise Unsplittable
    return items


def first_item(array: bytes, limit: int) -> bytes:
    """Give the first item's bytes without looking further than ``limit`` bytes; empty when there is none."""
    try:
        return next(items_of(array[:limit]), b"")
    except Unsplittable:
        return b""


def items_of(array: bytes) -> Iterator[bytes]:
    """Yield an array's items as they lie between its commas."""
    start, is_first = 0, True
    for position, token, depth in outer_tokens(array, b"["):
        item = array[start:position].strip() if start else b""
        if token == b"[":
            start = position + 1
        elif token == b"," or (token == b"]" and depth == 0):
            if item:
                yield item
            elif token == b"," or not is_first:
                raise Unsplittable
            start, is_first = position + 1, False


def members(document: bytes) -> dict[str, tuple[int, int]]:
    """Give where each member's value lies in an object."""
    found: dict[str, tuple[int, int]] = {}
    start = 0
    name: str | None = None
    for position, token, depth in outer_tokens(document, b"{"):
        if token == b":":
            name = name_of(document[start:position])
            start = position + 1
        elif token == b"{":
            start = position + 1
        elif token == b"," or (token == b"}" and depth == 0):
            if name is not None:
                found[name] = (start, position)
            start, name = position + 1, None
    return found


def name_of(quoted: bytes) -> str:
    """Read a member's name."""
    try:
        return str(json.loads(quoted))
    except ValueError as error:
        raise Unsplittable from error


def outer_tokens(document: bytes, opening: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Yield the outermost value's own brackets, commas and colons, with the depth after each."""
    if not document.lstrip().startswith(opening):
        raise Unsplittable
    stack: list[bytes] = []
    for match in TOKEN.finditer(document):
        token = match.group()
        if token == b'"':  # a string that never ends
            raise Unsplittable
        if token in (b"[", b"{"):
            stack.append(token)
            if len(stack) == 1:
                yield match.start(), token, 1
        elif token in CLOSES:
            if stack.pop() != CLOSES[token]:
                raise Unsplittable
            if not stack:
                yield match.start(), token, 0
                if document[match.end() :].strip():
                    raise Unsplittable
        elif len(stack) == 1 and len(token) == 1:
            yield match.start(), token, 1
    if stack:
        raise Unsplittable


def is_nearly_json(item: bytes) -> bool:
    """Tell what usual encoders write from what none would: NaN, half characters and depth pass."""
    try:
        json.loads(item.decode("utf-8", "replace"))
    except RecursionError:
        return True
    except ValueError:
        return False
    return True
