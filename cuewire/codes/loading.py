"""Read a file of codes, and hand it to a data folder or to a running server."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Any

import click
from msgspec import to_builtins

from core.engine.instant import iso, parse_time
from core.errors import BadRequest, OperatorError
from core.pipeline.pools import MOST_CODES, CodePools, Dated, check
from core.store.embedded import open_store
from cuewire.asking import ask_server
from cuewire.clock import SystemClock
from cuewire.profile.finding import reading


def load(pool: str, file: Path, *, data: Path, url: str, as_json: bool) -> int:
    """Load a file into a pool."""
    found = read_codes(file)
    try:
        for part in parts(found) or [[]]:
            check(pool, part)
    except BadRequest as problem:
        raise OperatorError(f"{problem.field} {problem.message}", hint=problem.hint) from None
    added = _post(url, pool, found) if url else _store(data, pool, found)
    told = {"pool": pool, "added": added, "known": len(found) - added}
    click.echo(json.dumps(told) if as_json else f"{pool}: {added} new, {told['known']} known already")
    return 0


def show(*, data: Path, url: str, as_json: bool) -> int:
    """Print the pools."""
    if url:
        pools = ask_server(url, "GET", "/api/codes")["pools"]
    else:
        with reading(data) as reader:
            pools = to_builtins(reader.code_pools(SystemClock().now()))
    if as_json:
        click.echo(json.dumps({"pools": pools}))
        return 0
    for one in pools:
        click.echo(f"{one['pool']}: {one['free']} free, {one['given']} given, {one['expired']} expired")
    if not pools:
        click.echo("there are no codes: cuewire codes load POOL FILE", err=True)
    return 0


def read_codes(file: Path) -> list[Dated]:
    """Read a file: one code a line, a time behind a comma where it expires; lines with # are notes."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise OperatorError(f"{file} cannot be read: {error}", hint="save it as UTF-8 text") from None
    found: dict[str, int | None] = {}
    for number, line in enumerate(lines, start=1):
        code, comma, expires = (part.strip() for part in line.partition(","))
        if not code or code.startswith("#"):
            continue
        expires_at = parse_time(expires) if comma else None
        if comma and expires_at is None:
            hint = "write the time behind the comma as 2026-12-31 or 2026-12-31T23:59:59Z"
            raise OperatorError(f"{file}:{number}: {expires[:40]!r} is no time", hint=hint)
        found[code] = expires_at
    return list(found.items())


def _store(data: Path, pool: str, found: list[Dated]) -> int:
    clock = SystemClock()
    store = open_store(data, clock=clock)
    try:
        pools = CodePools(store, clock)
        return sum(pools.load(pool, part) for part in parts(found))
    finally:
        store.close()


def _post(url: str, pool: str, found: list[Dated]) -> int:
    """Send the codes, those with the same expiry together."""
    added = 0
    for expires_at, group in groupby(sorted(found, key=lambda one: one[1] or 0), key=lambda one: one[1]):
        for part in parts(list(group)):
            body: dict[str, Any] = {"pool": pool, "codes": [code for code, _ in part]}
            body |= {} if expires_at is None else {"expires_at": iso(expires_at)}
            added += int(ask_server(url, "POST", "/api/codes", body=body)["added"])
    return added


def parts(found: list[Dated]) -> list[list[Dated]]:
    """Cut a long list into loads."""
    return [found[start : start + MOST_CODES] for start in range(0, len(found), MOST_CODES)]
