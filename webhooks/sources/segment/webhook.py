"""Segment's webhook destinations: Classic, Actions, and Extensible, which wraps the calls of an array."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from flask import Response, request
from msgspec.json import Decoder

from core.errors import BadRequest, Unauthorised
from core.ports import RawEvent
from core.secret import Secret
from webhooks.payload import NOT_JSON, read_array, read_object
from webhooks.receiver import read_body
from webhooks.services import MIB
from webhooks.signatures import has_hmac, wrong_signature
from webhooks.slices import first_item
from webhooks.sources.base import Door, check_count, success
from webhooks.sources.segment.call import forwarded

HEADER = "X-Signature"
#: In a call's context: nothing proves that Segment itself sent it.
UNSIGNED = "unsigned"
#: SHA-1 in hex.
SIGNATURE_LENGTH = 40
#: How far to look for the end of the first, signed item before its sender is proven.
FIRST_ITEM_REACH = MIB


class Wrapped(msgspec.Struct, forbid_unknown_fields=True):
    """An item of an Extensible Webhook's array."""

    json: msgspec.Raw


_wrapped_decoder = Decoder(Wrapped)


class Webhook:
    """Read what Segment forwards, signed with a shared secret."""

    def __init__(self, door: Door) -> None:
        self.door = door

    def receive(self, source: str) -> Response:
        """Take one call, or an array of which Segment signs only the first."""
        received_at = self.door.services.clock.now()
        secret = self.door.secret(source, "shared_secret")
        given = request.environ.get("HTTP_X_SIGNATURE", "")
        if len(given) != SIGNATURE_LENGTH:
            raise wrong_signature(HEADER)
        body = read_body(request.environ, self.door.limits.array)
        parts = signed_parts(body)
        if not is_signed(secret, parts, given):
            refused = wrong_signature(HEADER)
            hint = self.belongs_to(source, parts, given) or refused.hint
            raise Unauthorised(refused.message, field=HEADER, hint=hint)
        take = self.take_array if is_array(body) else self.take_single
        take(source, body, received_at)
        return success()

    def belongs_to(self, source: str, parts: tuple[bytes, ...], given: str) -> str:
        """Say whose secret a signature fits instead, where there are several sources; empty where it fits none."""
        secrets = {
            one: self.door.services.secrets(one, "shared_secret")
            for one in self.door.sources("segment")
            if one != source
        }
        found = next((one for one, secret in secrets.items() if is_signed(secret, parts, given)), "")
        return f"The signature fits the secret of {found}: send it to /webhooks/{found}." if found else ""

    def take_single(self, source: str, body: bytes, received_at: int) -> None:
        """Hand one call over; a bad one is refused."""
        self.door.check_size(body)
        self.door.accept(source, [RawEvent(body, forwarded(read_object(body)))], received_at)

    def take_array(self, source: str, body: bytes, received_at: int) -> None:
        """Hand an array's calls over; each is judged alone."""
        items = read_array(body)
        check_count(items, self.door.limits.array_items)
        read_rest = refused if self.door.mapping(source).refuses_unsigned else unsigned
        readers = [forwarded, *[read_rest] * len(items)]
        read = [self.door.read_item(unwrap(raw), one) for raw, one in zip(items, readers, strict=False)]
        self.door.accept(source, read, received_at)


def is_signed(secret: Secret, parts: tuple[bytes, ...], given: str) -> bool:
    """Tell whether a secret has signed one of the parts."""
    return any(has_hmac("sha1", secret, part, given=given) for part in parts)


def unsigned(call: dict[str, Any]) -> Mapping[str, Any]:
    """Read a call that stood behind the signed one, and say so in it."""
    found = forwarded(call)
    return {**found, "context": {**(found.get("context") or {}), UNSIGNED: True}}


def refused(call: dict[str, Any]) -> Mapping[str, Any]:
    """Believe no call that stood behind the signed one."""
    raise BadRequest(
        "Segment signs only the first item of an array, and `unsigned: refuse` of the source asks for more.",
        field=HEADER,
        hint="Switch batching off in Segment, so that each call is signed.",
    )


def is_array(body: bytes) -> bool:
    """Tell an array from a single call by its first character."""
    return body.lstrip()[:1] == b"["


def signed_parts(body: bytes) -> tuple[bytes, ...]:
    """Give the bytes that Segment may have signed: the body, or an array's first item, bare or wrapped."""
    if not is_array(body):
        return (body,)
    first = first_item(body, FIRST_ITEM_REACH)
    bare = unwrap(first)
    return (first or body,) if bare == first else (first, bare)


def unwrap(item: bytes) -> bytes:
    """Take a call out of ``{"json": ...}``; any other item is left as it is."""
    if b'"json"' not in item[:16]:
        return item
    try:
        bare = bytes(_wrapped_decoder.decode(item).json)
    except NOT_JSON:
        return item
    return bare if bare.startswith(b"{") else item
