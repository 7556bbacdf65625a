"""Read forms and queries: plain fields, or one field that holds JSON."""

from __future__ import annotations

from urllib.parse import parse_qsl

from msgspec.json import Encoder

from core.errors import BadRequest

FORM = "application/x-www-form-urlencoded"
MAX_FIELDS = 500

_encoder = Encoder()


def is_form(body: bytes, content_type: str) -> bool:
    """Tell a form by its Content-Type, unless it is JSON by its looks: senders mix them up."""
    start = body.lstrip()[:1]
    return bool(start) and start not in b"{[" and content_type.lower().startswith(FORM)


def as_json(body: bytes, content_type: str) -> bytes:
    """Give a form as the JSON of its fields, or the JSON that its only field holds; anything else as it is."""
    if not is_form(body, content_type):
        return body
    fields = fields_of(text_in(body))
    only = next(iter(fields.values())) if len(fields) == 1 else ""
    return only.encode() if only.lstrip()[:1] in ("{", "[") else _encoder.encode(fields)


def text_in(body: bytes) -> str:
    """Decode a form."""
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise BadRequest("The form is not UTF-8.", field="body", hint="Encode the text as UTF-8.") from error


def fields_of(text: str) -> dict[str, str]:
    """Split a query or form; of a field that comes twice the first counts."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError as error:
        raise BadRequest(
            "The query or form cannot be read.", field="data", hint="Percent-encode it as UTF-8."
        ) from error
    return dict(reversed(pairs))
