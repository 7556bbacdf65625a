"""Redrive in a data folder that no server uses, or by a running server."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from core.dispatch import Redrive
from core.engine.instant import iso
from core.errors import BadRequest, OperatorError
from core.store.embedded import open_store
from cuewire.asking import ask_server
from cuewire.clock import SystemClock
from cuewire.deliveries.listing import since_of
from cuewire.rules import refuse_missing
from webhooks.api.delivering import read_wanted, redriven_shape

#: What the API's reasons name, as the command line does.
OPTIONS = {"confirm_unknown": "--confirm-unknown", "valid_for": "--valid-for"}


@dataclass(frozen=True)
class Wanted:
    """Which deliveries, and how, as the command line says it."""

    destination: str = ""
    trigger: str = ""
    since: str = ""
    statuses: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    per_second: float = 10.0
    valid_for: str = ""
    confirm_unknown: bool = False
    limit: int = 10_000
    dry_run: bool = False

    def body(self) -> dict[str, Any]:
        """Say it as the API takes it."""
        since = since_of(self.since)
        found: dict[str, Any] = {
            "destination": self.destination,
            "trigger": self.trigger,
            "since": None if since is None else iso(since),
            "status": list(self.statuses),
            "ids": list(self.ids),
            "per_second": self.per_second,
            "valid_for": self.valid_for,
            "confirm_unknown": self.confirm_unknown,
            "limit": self.limit,
            "dry_run": self.dry_run,
        }
        return {name: value for name, value in found.items() if value not in ("", None, [])}


def run(wanted: Wanted, *, mappings: Path, data: Path, url: str, as_json: bool) -> int:
    """Redrive, and print what came of it; gives 1 when some could not begin anew."""
    body = wanted.body()
    found = (
        ask_server(url, "POST", "/api/deliveries/redrive", body=body) if url else _here(body, mappings, data)
    )
    click.echo(json.dumps(found, ensure_ascii=False) if as_json else "\n".join(lines_of(found)))
    return 1 if found["refused"] else 0


def _here(body: Mapping[str, Any], mappings: Path, data: Path) -> dict[str, Any]:
    """Redrive in a folder; a server that starts on it sends what is due."""
    from cuewire.wiring import load_mappings  # loads the whole server

    try:
        selection = read_wanted(body)
    except BadRequest as problem:
        raise OperatorError(problem.message, hint=problem.hint) from None
    refuse_missing(mappings)
    specs = load_mappings(mappings).specs
    if selection.destination and selection.destination not in specs:
        raise OperatorError(
            f"There is no destination {selection.destination!r} in {mappings}.",
            hint=f"Known: {', '.join(sorted(specs))}.",
        )
    clock = SystemClock()
    store = open_store(data, clock=clock, patience=0.5)
    try:
        found = Redrive(store, clock, lambda: specs, lambda: None).run(selection)
    finally:
        store.close()
    return redriven_shape(found, selection)


def lines_of(found: Mapping[str, Any]) -> Iterator[str]:
    """Write down what came of it for people."""
    would = "would begin" if found["dry_run"] else "begin"
    if found["redriven"]:
        yield f"{found['redriven']} {would} anew, from {found['first_due_at']} to {found['last_due_at']}"
    for one in found["refused"]:
        reason = one["reason"]
        for name, option in OPTIONS.items():
            reason = reason.replace(name, option)
        yield f"{one['number']} do not: {reason}"
    if not found["matched"]:
        yield "nothing matches"
    if found["has_more"]:
        yield "there are more: run it again, the rate is kept"
