"""What the tests of both CRMs against their fakes share."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from traps import delivery

from connectors.base import Destination
from core.ports import DeliveryRow, Outcome
from cuewire.sandbox import Sandbox
from cuewire.sandbox.faults import read_fault


def row(action: str, name: str, /, **fields: Any) -> DeliveryRow:
    """Build a delivery of any action."""
    return msgspec.structs.replace(delivery(name, **fields), action=action)


def send(made: Destination, action: str, *people: dict[str, Any]) -> list[Outcome]:
    """Send deliveries of one action together."""
    return made.send(action, [row(action, f"d{place}", **one) for place, one in enumerate(people)])


def kept(sandbox: Sandbox, kind: str) -> list[dict[str, Any]]:
    """Read what the sandbox has of one kind."""
    return [one for one in sandbox.state.records() if one["kind"] == kind]


def calls(sandbox: Sandbox) -> list[str]:
    """List the requests that arrived, the sign-ins apart."""
    return [one for one in arrived(sandbox) if not one.endswith("/token")]


def sign_ins(sandbox: Sandbox) -> int:
    """Count the requests for a token."""
    return sum(one.endswith("/token") for one in arrived(sandbox))


def arrived(sandbox: Sandbox) -> list[str]:
    """List every request, as method and path."""
    return [f"{one['method']} {one['path']}" for one in sandbox.state.ledger.since(0)]


def drop(sandbox: Sandbox, vendor: str, path: str) -> None:
    """Lose the next answer, after its effect."""
    asked = {"vendor": vendor, "path": path, "drop": "after"}
    sandbox.state.faults.add(read_fault(json.dumps(asked).encode()))
