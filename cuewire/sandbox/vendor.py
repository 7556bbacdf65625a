"""The way every vendor's request takes: written down, made to suffer what was asked, answered."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from flask import Blueprint, Response, g, jsonify, request

from cuewire.sandbox.faults import Fault, Faults
from cuewire.sandbox.ledger import Entry, Ledger

#: Where the server looks to see that a connection must close without an answer.
DROP = "sandbox.drop"

#: Fields of a sign-in's form that nobody may read in the ledger.
SECRETS = {"client_secret", "refresh_token", "password", "assertion"}

ALL_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Desk:
    """What the vendors of one sandbox share."""

    ledger: Ledger
    faults: Faults


def current_fault() -> Fault | None:
    """Give the fault that the present request suffers."""
    fault: Fault | None = g.get("fault")
    return fault


def current_entry() -> Entry:
    """Give the ledger's entry of the present request."""
    entry: Entry = g.entry
    return entry


def watch(vendor: Blueprint, desk: Desk, refuse: Callable[[Fault], Response]) -> None:
    """Send every request of a vendor through the ledger and the faults; ``refuse`` writes a faulty answer."""

    @vendor.before_request
    def arrive() -> Response | None:
        path = request.path.removeprefix(f"/{vendor.name}")
        g.entry = desk.ledger.open(vendor=vendor.name, method=request.method, path=path, body=read_body())
        g.fault = fault = desk.faults.take(vendor.name, request.method, path)
        if fault is None:
            return None
        g.entry.fault = fault.kind
        if fault.drop == "before":
            return Response()
        return refuse(fault) if fault.rate_limit or fault.status else None

    @vendor.after_request
    def leave(answer: Response) -> Response:
        fault = current_fault()
        if fault and fault.delay_ms:
            time.sleep(fault.delay_ms / 1000)
        if fault and fault.drop:
            current_entry().dropped = fault.drop
            request.environ[DROP] = True
        else:
            current_entry().status = answer.status_code
        return answer


def read_body() -> Any:
    """Give the request's body as it reads: a form or JSON as an object, anything else as text."""
    request.get_data()  # kept, for whoever checks a signature over it: reading a form uses it up
    if request.mimetype == "application/x-www-form-urlencoded":
        form = {name: values[0] if len(values) == 1 else values for name, values in request.form.lists()}
        return {name: "***" if name in SECRETS else value for name, value in form.items()}
    if "/Soap/" in request.path:
        return "***"
    try:
        return msgspec.json.decode(request.get_data())
    except msgspec.DecodeError:
        return request.get_data(as_text=True) or None


def answer_as_asked(fault: Fault, otherwise: dict[str, Any] | list[dict[str, Any]]) -> Response:
    """Answer with a fault's own status, headers and body; a body that is not given is the vendor's."""
    if isinstance(fault.body, str):
        answer = Response(fault.body, content_type="text/html; charset=utf-8")
    else:
        answer = jsonify(otherwise if fault.body is None else fault.body)
    answer.status_code = fault.status or 429
    answer.headers.update(fault.headers)
    return answer
