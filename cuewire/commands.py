"""Commands that work on a server or its data: import, send, explain, settings."""

from __future__ import annotations

import sys
from pathlib import Path

import click

FOLDER = click.Path(path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

mappings_option = click.option("--mappings", type=FOLDER, default=Path("mappings"), show_default=True)
data_option = click.option("--data", type=FOLDER, default=Path("data"), show_default=True)
json_option = click.option("--json", "as_json", is_flag=True, help="Print for machines.")
URL = "http://127.0.0.1:8080"


@click.command("import")
@click.argument("events", type=FILE, nargs=-1, required=True)
@mappings_option
@data_option
@click.option("--dry-run", is_flag=True, help="Work on a copy that is thrown away; a server may run.")
@json_option
def import_(events: tuple[Path, ...], mappings: Path, data: Path, dry_run: bool, as_json: bool) -> None:
    """Take history in: it builds profiles and counters, and fires and arms nothing.

    EVENTS are files of JSON lines, plain or .gz, one event of the Segment spec a line. Stop the server first.
    """
    from cuewire.importing import Options, run

    sys.exit(run(Options(events, mappings, data, dry_run=dry_run, as_json=as_json)))


@click.command()
@click.argument("file", type=FILE)
@click.option("--source", required=True, help="The source whose sender to play: segment, tealium, ...")
@click.option("--url", default=URL, show_default=True, help="The running server.")
@mappings_option
@json_option
def send(file: Path, source: str, url: str, mappings: Path, as_json: bool) -> None:
    """Post a fixture to a running server, signed as its source signs.

    FILE is a body as the sender writes it, or a recorded request with `path` and `body`.
    """
    from cuewire.send import Options, run

    sys.exit(run(Options(file, source, url, mappings, as_json=as_json)))


@click.command()
@click.argument("id_", metavar="ID")
@click.option("--url", default="", help=f"Ask a running server, such as {URL}, with CUEWIRE_API_KEY.")
@data_option
@json_option
def explain(id_: str, url: str, data: Path, as_json: bool) -> None:
    """Tell what happened, gate by gate, with the values seen.

    ID is that of an event, a decision, a delivery or a profile; NAMESPACE:VALUE finds a person too. It is read from
    the data folder, also while a server runs on it, or with --url from a server.
    """
    from cuewire.explain import Options, run

    sys.exit(run(Options(id_, url, data, as_json=as_json)))


@click.command()
@mappings_option
@json_option
def settings(mappings: Path, as_json: bool) -> None:
    """List every setting: whether it is set, and what it is for. No secret is ever printed."""
    from cuewire.setting_list import run

    sys.exit(run(mappings, as_json=as_json))


COMMANDS = (import_, send, explain, settings)
