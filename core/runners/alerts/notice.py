"""What is said of an alert: one subject, a few lines of text, and the same as data."""

from __future__ import annotations

from typing import Any

from core.engine.duration import format_duration
from core.engine.instant import iso
from core.ports import AlertRow, Notice
from core.ports.alert import CLEARED

#: What is wrong, by kind.
SAYINGS = {
    ("paused", "destination"): "destination {} is paused",
    ("paused", "trigger"): "trigger {} is paused",
    ("paused", "server"): "all sends are stopped",
    ("silent", "source"): "source {} is silent",
    ("silent", "trigger"): "trigger {} has gone quiet",
    ("late", "destination"): "deliveries to {} are late",
    ("late", "server"): "{} are late",
}


def saying(row: AlertRow) -> str:
    """Say in a few words what is wrong."""
    return SAYINGS[row.kind, row.what].format(row.name)


def notice(row: AlertRow, occasion: str, *, server: str, mode: str) -> Notice:
    """Word what a recipient is told on an occasion; ``server`` is its public address."""
    is_over = occasion == CLEARED and row.cleared_at is not None
    subject = (
        f"Cuewire{'' if mode == 'live' else f' ({mode} mode)'}: {'over: ' if is_over else ''}{saying(row)}"
    )
    lines = [f"{row.reason[:1].upper()}{row.reason[1:]}."]
    if is_over:
        lasted = format_duration((row.cleared_at or 0) // 1_000 * 1_000 - row.opened_at // 1_000 * 1_000)
        lines = [f"It is over since {iso(row.cleared_at or 0)}, after {lasted}.", f"It was: {row.reason}."]
    else:
        lines += [f"To do: {row.hint}.", f"Since {iso(row.opened_at)}."]
    lines.append(f"Alert {row.id}" + (f" of {server}" if server else ""))
    return Notice(f"{row.id}-{occasion}", subject, "\n".join(lines), _body(row, occasion, subject, server))


def _body(row: AlertRow, occasion: str, subject: str, server: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "event": occasion,
        "kind": row.kind,
        "what": row.what,
        "name": row.name,
        "title": subject,
        "reason": row.reason,
        "hint": row.hint,
        "opened_at": iso(row.opened_at),
        "cleared_at": None if row.cleared_at is None else iso(row.cleared_at),
        "server": server,
    }
