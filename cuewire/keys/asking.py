"""Ask a running server about its keys, and print what it says."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import click

from cuewire.asking import ask_server

ROUTE = "/api/keys"


def create_key(url: str, body: dict[str, Any], *, as_json: bool) -> int:
    """Make a key; its text goes to standard output alone, so that it can be put into a file."""
    made = ask_server(url, "POST", ROUTE, body=body)
    if as_json:
        click.echo(json.dumps(made))
        return 0
    click.echo(f"{made['id']}: {line(made)}; it is shown this once:", err=True)
    click.echo(made["key"])
    return 0


def list_keys(url: str, *, as_json: bool) -> int:
    """Print the keys."""
    found = ask_server(url, "GET", ROUTE)["keys"]
    if as_json:
        click.echo(json.dumps({"keys": found}))
        return 0
    for one in found:
        click.echo(f"{one['id']}  {line(one)}")
    if not found:
        click.echo(
            "there are no keys but those of the environment: cuewire keys create NAME --kind api --scope read",
            err=True,
        )
    return 0


def revoke_key(url: str, key_id: str, *, as_json: bool) -> int:
    """Revoke a key."""
    revoked = ask_server(url, "DELETE", f"{ROUTE}/{quote(key_id, safe='')}")
    click.echo(json.dumps(revoked) if as_json else f"{revoked['id']}  {line(revoked)}")
    return 0


def line(key: dict[str, Any]) -> str:
    """Word a key: whose it is, what it may do, and how it stands."""
    rights = f"events of {key['source']}" if key["source"] else ", ".join(key["scopes"])
    told = [f"{key['name']}, {key['kind']}, {rights}"]
    told += [f"{key['quota']:,} a minute"] if key["quota"] else []
    told += [f"until {key['expires_at']}"] if key["expires_at"] else []
    told += [f"revoked {key['revoked_at']}"] if key["revoked_at"] else []
    told += [f"last used {key['last_used_at']}"] if key["last_used_at"] else []
    return "; ".join(told)
