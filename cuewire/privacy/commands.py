"""The commands about requests of privacy; they ask a running server."""

from __future__ import annotations

import sys

import click

url_option = click.option(
    "--url", default="http://127.0.0.1:8080", show_default=True, help="The running server."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print for machines.")


@click.group()
def privacy() -> None:
    """See to what sources pass on of privacy, such as Segment's deletions, with CUEWIRE_API_KEY."""


@privacy.command("list")
@click.option("--all", "shows_all", is_flag=True, help="Closed ones and other companies' work too.")
@url_option
@json_option
def list_(shows_all: bool, url: str, as_json: bool) -> None:
    """List the requests that wait, the last to come first."""
    from cuewire.privacy.asking import list_requests

    sys.exit(list_requests(url, shows_all=shows_all, as_json=as_json))


@privacy.command()
@click.argument("request_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@url_option
@json_option
def erase(request_id: str, yes: bool, url: str, as_json: bool) -> None:
    """Erase for good whom a request is about, and close it; the server runs on."""
    from cuewire.privacy.asking import erase_person

    if not yes:
        click.confirm(
            f"Erase the person of {request_id} for good? This cannot be undone.", abort=True, err=True
        )
    sys.exit(erase_person(url, request_id, as_json=as_json))


@privacy.command()
@click.argument("request_id")
@click.option("--note", required=True, help="What was done, in a few words.")
@url_option
@json_option
def close(request_id: str, note: str, url: str, as_json: bool) -> None:
    """Close a request that was seen to elsewhere, or is refused."""
    from cuewire.privacy.asking import close_request

    sys.exit(close_request(url, request_id, note, as_json=as_json))
