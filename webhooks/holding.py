"""Requests whose signature did not fit are held, and judged again once somebody has mended a setting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, request
from werkzeug.test import EnvironBuilder, run_wsgi_app

from core.errors import SenderError
from core.ports.verdict import HeldRequest, RequestRow
from webhooks.receiver import WIRE, read_wire

#: Larger bodies are not held.
LARGEST = 65_536

#: A request is held where it was not proven, or could not be, and carries what may prove it later.
VERDICTS = ("bad_signature", "closed")

#: The environment of a request that is judged again has under these keys when it came, and what became of it.
RECEIVED_AT, ROWS = "cuewire.received_at", "cuewire.rows"

#: Headers of signatures, and of what is signed with them, have one of these in their names.
PROOFS = ("signature", "timestamp", "opendsr")

#: Under this key an environment has the names of headers with which a source's file lets its sender sign.
PROVEN_BY = "cuewire.proven_by"

#: Beside signatures these are needed to read a body. No header that could be a secret itself is held.
NEEDED = ("content-type", "content-encoding")


def came_at(environ: Mapping[str, Any], now: int) -> int:
    """Give when a request came: now, or as it says that is judged again."""
    found: int = environ.get(RECEIVED_AT, now)
    return found


def held(row: RequestRow) -> HeldRequest | None:
    """Give the request under way as it is to be held; None where it cannot be."""
    headers = {name: value for name, value in request.headers if is_kept(name)}
    if row.verdict not in VERDICTS or not any(is_signature(name) for name in headers):
        return None
    body = request.environ.get(WIRE)
    if body is None:
        try:
            body = read_wire(request.environ, LARGEST)
        except SenderError:
            return None
    if len(body) > LARGEST:
        return None
    # A source may take its token in the address; callbacks that sign do not.
    query = request.query_string.decode("ascii", "replace") if row.kind == "callback" else ""
    return HeldRequest(
        id=row.id,
        name=row.name,
        kind=row.kind,
        at=row.at,
        method=request.method,
        path=request.path,
        query=query,
        headers=headers,
        body=body,
    )


def is_kept(name: str) -> bool:
    """Tell whether a header may be held."""
    return name.lower() in NEEDED or is_proof(name)


def is_proof(name: str) -> bool:
    """Tell whether a header of the request under way is a signature, or is signed with it."""
    found = name.lower()
    return found in request.environ.get(PROVEN_BY, ()) or any(one in found for one in PROOFS)


def is_signature(name: str) -> bool:
    """Tell whether a header may be one by which the request under way is believed later."""
    found = name.lower()
    return found in request.environ.get(PROVEN_BY, ()) or "signature" in found


def judged_again(app: Flask, one: HeldRequest) -> RequestRow | None:
    """Let a held request come in once more, at the time at which it came; None where its route is gone."""
    rows: list[RequestRow] = []
    environ = EnvironBuilder(
        path=one.path,
        query_string=one.query,
        method=one.method,
        headers=list(one.headers.items()),
        data=one.body,
    ).get_environ()
    run_wsgi_app(app.wsgi_app, {**environ, RECEIVED_AT: one.at, ROWS: rows})
    return rows[0] if rows else None
