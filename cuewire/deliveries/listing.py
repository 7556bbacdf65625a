"""Print deliveries from a data folder or a running server."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from core.config.nearest import did_you_mean
from core.engine.duration import parse_duration
from core.engine.instant import iso, parse_time
from core.errors import FormulaError, OperatorError
from core.ports import Filter, Status
from cuewire.asking import ask_server
from cuewire.clock import SystemClock
from cuewire.profile.finding import reading
from webhooks.api.shapes import delivery_shape

WORDS = tuple(status.value for status in Status)


@dataclass(frozen=True)
class Narrow:
    """What the list is narrowed to, as the command line says it."""

    destination: str = ""
    trigger: str = ""
    since: str = ""
    status: str = ""
    limit: int = 50


def run(narrow: Narrow, *, data: Path, url: str, as_json: bool) -> int:
    """Print one page; what was left off is told."""
    if narrow.status and narrow.status not in WORDS:
        hint = did_you_mean(narrow.status, WORDS) or f"Use one of {', '.join(WORDS)}."
        raise OperatorError(f"There is no status {narrow.status!r}.", hint=hint)
    page = _asked(narrow, url) if url else _read(narrow, data)
    if as_json:
        click.echo(json.dumps(page, ensure_ascii=False))
        return 0
    for line in lines_of(page["deliveries"]):
        click.echo(line)
    if page["next"]:
        click.echo(f"there are more: --limit {min(500, narrow.limit * 10)}, or narrow the list", err=True)
    return 0


def since_of(text: str) -> int | None:
    """Read from when on: how long ago, or a time."""
    if not text:
        return None
    try:
        return SystemClock().now() - parse_duration(text)
    except FormulaError:
        at = parse_time(text)
    if at is None:
        raise OperatorError(f"{text!r} is no time.", hint="Use one such as 24h, 7d or 2026-01-02T03:04:05Z.")
    return at


def _read(narrow: Narrow, data: Path) -> dict[str, Any]:
    wanted = Filter(
        destination=narrow.destination,
        trigger=narrow.trigger,
        status=narrow.status,
        since=since_of(narrow.since),
        limit=narrow.limit,
    )
    with reading(data) as reader:
        page = reader.deliveries(wanted)
    return {"deliveries": [delivery_shape(row) for row in page.rows], "next": page.next}


def _asked(narrow: Narrow, url: str) -> dict[str, Any]:
    since = since_of(narrow.since)
    given = {"destination": narrow.destination, "trigger": narrow.trigger, "status": narrow.status}
    params = {name: value for name, value in given.items() if value}
    params |= {} if since is None else {"since": iso(since)}
    return ask_server(url, "GET", "/api/deliveries", params={**params, "limit": narrow.limit})


def lines_of(rows: list[Mapping[str, Any]]) -> Iterator[str]:
    """Write deliveries down for people: where each stands and why, then what it holds."""
    for row in rows:
        tries = len(row["attempts"])
        yield (
            f"{row['status']:<10} {row['id']}  {row['destination']}.{row['action']}  due {row['due_at']}  "
            f"{tries} attempt{'' if tries == 1 else 's'}  trigger {row['trigger']}  profile {row['profile_id'] or '-'}"
        )
        if row["reason"]:
            yield f"           {row['reason']}"
        yield f"           {json.dumps(row['fields'], ensure_ascii=False)}"
    if not rows:
        yield "there are none"
