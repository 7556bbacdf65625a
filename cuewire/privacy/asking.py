"""Ask a running server about requests of privacy, and print what it says."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import click

from cuewire.asking import ask_server

ROUTE = "/api/privacy-requests"


def list_requests(url: str, *, shows_all: bool, as_json: bool) -> int:
    """Print the requests."""
    found = ask_server(url, "GET", ROUTE)["requests"]
    shown = [one for one in found if shows_all or one["state"] == "open"]
    if as_json:
        click.echo(json.dumps({"requests": shown}))
        return 0
    for one in shown:
        click.echo(line(one))
    if not shown:
        click.echo("no request of privacy waits", err=True)
    return 0


def erase_person(url: str, request_id: str, *, as_json: bool) -> int:
    """Erase whom a request is about."""
    return _told(ask_server(url, "POST", f"{ROUTE}/{quote(request_id, safe='')}/erase"), as_json)


def close_request(url: str, request_id: str, note: str, *, as_json: bool) -> int:
    """Close a request."""
    path = f"{ROUTE}/{quote(request_id, safe='')}/close"
    return _told(ask_server(url, "POST", path, body={"note": note}), as_json)


def line(one: dict[str, Any]) -> str:
    """Word a request: who asks for what, since when, and how it stands."""
    names = [f"{ns} {value}" for ns, values in one["identifiers"].items() for value in values]
    told = [one["kind"] or "unknown", f"from {one['source']}", f"since {one['received_at']}", *names]
    told += [f"came {one['times']} times"] if one["times"] > 1 else []
    told += [f"there: {one['sender_status']}"] if one["sender_status"] else []
    told += [f"{one['state']}: {one['note']}" if one["note"] else one["state"]]
    return f"{one['id']}  {'; '.join(told)}"


def _told(one: dict[str, Any], as_json: bool) -> int:
    click.echo(json.dumps(one) if as_json else line(one))
    return 0
