"""The commands about keys; they ask a running server, in which a new key holds at once."""

from __future__ import annotations

import sys

import click

url_option = click.option(
    "--url", default="http://127.0.0.1:8080", show_default=True, help="The running server."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print for machines.")


@click.group()
def keys() -> None:
    """Make, list and revoke keys of a running server, with CUEWIRE_API_KEY."""


@keys.command("create")
@click.argument("name")
@click.option(
    "--kind", type=click.Choice(["server", "browser", "api"]), required=True, help="Who will use it."
)
@click.option("--source", default="", help="Whose events a server's or browser's key brings.")
@click.option(
    "--scope", "scopes", multiple=True, help="What a key of the API may do: read, trigger, consent, operate."
)
@click.option(
    "--quota", type=click.IntRange(min=0), default=0, help="Events or calls a minute; 0 for any number."
)
@click.option("--expires", default="", help="When it ends, such as 2027-12-31T00:00:00Z.")
@url_option
@json_option
def create(
    name: str,
    kind: str,
    source: str,
    scopes: tuple[str, ...],
    quota: int,
    expires: str,
    url: str,
    as_json: bool,
) -> None:
    """Make a key and print it, this once."""
    from cuewire.keys.asking import create_key

    body = {"name": name, "kind": kind, "quota": quota}
    body |= {"source": source} if source else {}
    body |= {"scopes": list(scopes)} if scopes else {}
    body |= {"expires_at": expires} if expires else {}
    sys.exit(create_key(url, body, as_json=as_json))


@keys.command("list")
@url_option
@json_option
def list_(url: str, as_json: bool) -> None:
    """List the keys, the newest first; their texts are not kept."""
    from cuewire.keys.asking import list_keys

    sys.exit(list_keys(url, as_json=as_json))


@keys.command("revoke")
@click.argument("key_id")
@url_option
@json_option
def revoke(key_id: str, url: str, as_json: bool) -> None:
    """Let a key open nothing any more, from now on."""
    from cuewire.keys.asking import revoke_key

    sys.exit(revoke_key(url, key_id, as_json=as_json))
