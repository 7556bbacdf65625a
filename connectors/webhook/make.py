"""A described request, made of the fields: its address, its headers and the bytes of its body."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from connectors.value import plain_text
from connectors.webhook.exchange import Exchange
from core.engine.formula import Formula
from core.engine.scope import whole_numbers
from core.engine.value import Structure, Value
from core.ports.request import Ask

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

#: What the request itself is made of, and the marks by which receivers trust it.
RESERVED = {
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "te",
    "upgrade",
    "idempotency-key",
    "cuewire-hops",
}
SIGNATURE = "webhook-"

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_TEXT_PATH = "/%:@!$&'()*+,;=~-._"
LARGEST_BODY = 1_000_000
PATH_IS_MAP = "the path is a map: write text, or a list of steps"


class UnfitError(Exception):
    """Says why a request cannot be made of these fields."""


@dataclass(frozen=True)
class Made:
    """A request, ready to be sent."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


def make(ask: Ask, exchange: Exchange, address: str) -> Made:
    """Make a request to a path behind an address, whose own query stays."""
    method = str(exchange.value(ask.method) or "POST").upper()
    if method not in METHODS:
        raise UnfitError(f"the method is {method[:20]}; known are {', '.join(METHODS)}")
    base = urlsplit(address)
    path = base.path.rstrip("/") + _path(ask.path, exchange) if ask.path else base.path or "/"
    query = "&".join(part for part in (base.query, _query(ask.query, exchange)) if part)
    content_type, body = _body(ask, exchange, method)
    headers = {**content_type, **dict(_headers(ask.headers, exchange))}
    return Made(method, urlunsplit((base.scheme, base.netloc, path or "/", query, "")), headers, body)


def _path(path: Value, exchange: Exchange) -> str:
    """Write what follows the address; no value can step out of its place in a list of steps."""
    if isinstance(path, Structure):
        return "".join(_step(exchange.value(part), _name_of(part)) for part in _parts(path))
    found = exchange.value(path)
    if found is None:
        return ""
    if isinstance(found, list):
        return "".join(_step(one, "a step") for one in found)
    if isinstance(found, Mapping):
        raise UnfitError(PATH_IS_MAP)
    text = plain_text(found)
    if any(step in (".", "..") for step in text.split("/")):
        raise UnfitError("the path steps out of its place with . or ..")
    return quote(text if text.startswith("/") else f"/{text}", safe=_TEXT_PATH)


def _parts(path: Structure) -> Sequence[Value]:
    if isinstance(path.parts, Mapping):
        raise UnfitError(PATH_IS_MAP)
    return path.parts


def _name_of(part: Value) -> str:
    return f"={part.text}" if isinstance(part, Formula) else "a step"


def _step(found: Any, named: str) -> str:
    """Write one step behind its slash, escaped by itself."""
    if found in (None, "") or isinstance(found, dict | list):
        raise UnfitError(f"the path lacks {named}")
    step = plain_text(found)
    if step in (".", ".."):
        raise UnfitError("the path steps out of its place with . or ..")
    return f"/{quote(step, safe='')}"


def _query(query: Value | None, exchange: Exchange) -> str:
    found = exchange.value(query)
    if found is None:
        return ""
    if not isinstance(found, Mapping):
        raise UnfitError("the query is not a map")
    return urlencode(list(_pairs(found)))


def _pairs(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give names and values; a list gives its name once for each value."""
    for name, value in found.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict | list):
                raise UnfitError(f"{name} holds a map or a list, which a form or a query cannot carry")
            if one is not None:
                yield name, plain_text(one)


def _headers(headers: Value | None, exchange: Exchange) -> Iterator[tuple[str, str]]:
    found = exchange.value(headers)
    if found is None:
        return
    if not isinstance(found, Mapping):
        raise UnfitError("the headers are not a map")
    for name, value in found.items():
        text = plain_text(value)
        if not _HEADER_NAME.fullmatch(name) or name.lower() in RESERVED or name.lower().startswith(SIGNATURE):
            raise UnfitError(f"{name[:60]} is not a header that can be set")
        if not text.isascii() or not text.isprintable():
            raise UnfitError(f"the header {name} holds what a header cannot carry")
        yield name, text


def _body(ask: Ask, exchange: Exchange, method: str) -> tuple[dict[str, str], bytes | None]:
    """Write the body and its type; a JSON body of which nothing can be computed is empty."""
    form = exchange.value(ask.form)
    if form is not None:
        if not isinstance(form, Mapping):
            raise UnfitError("the form is not a map")
        return {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(list(_pairs(form))).encode()
    if ask.json is None:
        return {}, None
    found = exchange.value(ask.json)
    if found is None and method in ("GET", "DELETE"):
        return {}, None
    return {"Content-Type": "application/json"}, as_json({} if found is None else found)


def as_json(value: Any) -> bytes:
    """Write JSON in as few bytes as it takes."""
    try:
        text = json.dumps(whole_numbers(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        written = text.encode()
    except ValueError as error:
        raise UnfitError("a field holds a number or a text that JSON cannot carry") from error
    if len(written) > LARGEST_BODY:
        raise UnfitError(f"the body is larger than {LARGEST_BODY:,} bytes")
    return written
