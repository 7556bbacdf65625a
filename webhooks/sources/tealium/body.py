"""Find the JSON in a Tealium request: its body, a form's ``data``, or the query's ``data``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.json import Encoder

from core.errors import BadRequest
from webhooks.payload import read_array
from webhooks.receiver import read_body
from webhooks.sources.form import FORM, fields_of, text_in

#: The field that holds JSON in a form or query; all others are attributes themselves.
DATA = "data"

_encoder = Encoder()


def read_document(environ: Mapping[str, Any], limit: int) -> tuple[bytes, dict[str, str]]:
    """Give the JSON document, and the attributes that stand beside it in the query or form.

    Where there is no document the attributes are it: so clients call with GET.
    """
    beside = fields_of(environ.get("QUERY_STRING", ""))
    body = b"" if environ["REQUEST_METHOD"] in ("GET", "HEAD") else read_body(environ, limit)
    if is_form(body, environ.get("CONTENT_TYPE", "")):
        beside |= fields_of(text_in(body))
    elif body.strip():
        beside.pop(DATA, None)
        return body, beside
    if DATA in beside:
        return beside.pop(DATA).encode(), beside
    if not beside:
        raise BadRequest("There is no event here.", field=DATA, hint="Send JSON as the body, or in `data`.")
    return _encoder.encode(beside), {}


def is_form(body: bytes, content_type: str) -> bool:
    """Tell a form by its looks, and by its Content-Type only where the body is no JSON: connectors mix them up."""
    start = body.lstrip()[:1]
    return bool(start) and start not in b"{[" and (body.startswith(b"data=") or content_type.startswith(FORM))


def items_of(document: bytes) -> list[bytes] | None:
    """Split an array, or JSON objects joined by line breaks alone; None for a single object."""
    start = document.lstrip()[:1]
    if start == b"[":
        return read_array(document)
    lines = [line for line in document.splitlines() if line.strip()]
    is_joined = len(lines) > 1 and all(
        line.strip()[:1] == b"{" and line.strip()[-1:] == b"}" for line in lines
    )
    return lines if is_joined else None
