"""The commands about pools of codes."""

from __future__ import annotations

import sys
from pathlib import Path

import click

FOLDER = click.Path(path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

data_option = click.option("--data", type=FOLDER, default=Path("data"), show_default=True)
json_option = click.option("--json", "as_json", is_flag=True, help="Print for machines.")
url_option = click.option("--url", default="", help="Ask a running server, with CUEWIRE_API_KEY.")


@click.group()
def codes() -> None:
    """Load and list the codes that messages with `code:` give out, each of them once."""


@codes.command("load")
@click.argument("pool")
@click.argument("file", type=FILE)
@data_option
@url_option
@json_option
def load_(pool: str, file: Path, data: Path, url: str, as_json: bool) -> None:
    """Load codes into a pool; stop the server first, or name it with --url.

    FILE holds one code a line, with a comma and a time behind it where the code expires: SPRING-1,2026-12-31.
    A code that the pool has already stays as it is.
    """
    from cuewire.codes.loading import load

    sys.exit(load(pool, file, data=data, url=url, as_json=as_json))


@codes.command("list")
@data_option
@url_option
@json_option
def list_(data: Path, url: str, as_json: bool) -> None:
    """List the pools: how many codes are free, given and expired; also while a server runs."""
    from cuewire.codes.loading import show

    sys.exit(show(data=data, url=url, as_json=as_json))
