"""Requests about a person's own data that came by an event: kept until somebody has seen to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import msgspec
from msgspec import structs

from core.engine import decode
from core.engine.digest import derive
from core.engine.event import Event
from core.ports import Transaction
from core.ports.privacy import ERASURE, PrivacyRequest

#: The call by which a source asks; it changes nobody.
DELETE = "delete"

#: Under keys that begin so they stand.
PREFIX = "privacy:"
LISTED = "privacy request ({kind}): `cuewire privacy list` shows it, nothing is done by itself"

#: The sender's words are cut to this length.
LONGEST = 200

#: A sender's retries are known by so many ids of its last messages.
REMEMBERED = 20

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(PrivacyRequest)


def note(tx: Transaction, event: Event) -> None:
    """Keep what an event asks for, once; it is open again where another message asks for it after its end."""
    told = _told(event.data)
    names: dict[str, list[str]] = {}
    for namespace, value in event.identifiers:
        names.setdefault(namespace, []).append(value)
    parts = (
        [told["request_id"]] if told["request_id"] else [f"{ns} {value}" for ns, value in event.identifiers]
    )
    request_id = derive("q", event.source, *parts)
    held = get(tx, request_id)
    if held is not None:
        if event.id not in held.messages:
            put(tx, _again(held, event, names, told=told), event.received_at)
        return
    found = PrivacyRequest(
        id=request_id,
        source=event.source,
        kind=_kind(told),
        state="told" if told["status"] and not names else "open",
        received_at=event.received_at,
        identifiers=names,
        asked_as=told["request_id"] or event.id,
        regulation=told["regulation"],
        sender_status=told["status"],
        messages=[event.id],
    )
    put(tx, found, event.received_at)


def _again(
    held: PrivacyRequest, event: Event, names: dict[str, list[str]], *, told: dict[str, str]
) -> PrivacyRequest:
    """Give a request that came once more: its sender tells how it stands there, or asks anew."""
    status = told["status"]
    state = held.state if status or held.state == "open" else "open"
    return structs.replace(
        held,
        kind=held.kind or _kind(told),
        state=state,
        identifiers=held.identifiers or (names if state == "open" else {}),
        sender_status=status or held.sender_status,
        times=held.times + 1,
        messages=[*held.messages, event.id][-REMEMBERED:],
    )


def get(tx: Transaction, request_id: str) -> PrivacyRequest | None:
    """Give one request."""
    text = tx.keys.get(PREFIX + request_id)
    return None if text is None else _decoder.decode(text)


def put(tx: Transaction, request: PrivacyRequest, at: int) -> None:
    """Keep a request."""
    tx.keys.put(PREFIX + request.id, _encoder.encode(request).decode(), at)


def all_requests(tx: Transaction) -> list[PrivacyRequest]:
    """Give every request, the last to come first."""
    found = [_decoder.decode(text) for text in tx.keys.starting(PREFIX).values()]
    return sorted(found, key=lambda one: (one.received_at, one.id), reverse=True)


def closed(request: PrivacyRequest, note: str, now: int) -> PrivacyRequest:
    """Give a request as it stands when it is done with: whose it was is forgotten."""
    return structs.replace(request, state="closed", identifiers={}, closed_at=now, note=note)


def close_erasures_of(tx: Transaction, profile_id: str, receipt: str, now: int) -> None:
    """Close the open requests to erase a person who is about to be erased."""
    state = tx.profiles.states([profile_id]).get(profile_id)
    held = decode(state).identifiers if state is not None else {}
    for one in all_requests(tx):
        is_theirs = any(
            value in held.get(ns, {}) for ns, values in one.identifiers.items() for value in values
        )
        if is_theirs and one.state == "open" and one.kind == ERASURE:
            put(tx, closed(one, f"erased, receipt {receipt}", now), now)


def new_receipt() -> str:
    """Make up the id of an erasure, which says nothing of whom."""
    return f"r_{uuid4().hex[:24]}"


def kind_of(data: Mapping[str, Any]) -> str:
    """Name what an event asks for."""
    return _kind(_told(data)) or "status"


def _kind(told: Mapping[str, str]) -> str:
    return told["kind"] or ("" if told["status"] else ERASURE)


def _told(data: Mapping[str, Any]) -> dict[str, str]:
    """Read what a source put beside the call; a bare call asks for erasure."""
    context = data.get("context")
    found = context.get("privacy") if isinstance(context, Mapping) else None
    told = found if isinstance(found, Mapping) else {}
    names = ("kind", "request_id", "status", "regulation")
    return {name: str(told.get(name) or "")[:LONGEST] for name in names}
