"""The commands about deliveries."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

FOLDER = click.Path(path_type=Path)

data_option = click.option("--data", type=FOLDER, default=Path("data"), show_default=True)
mappings_option = click.option("--mappings", type=FOLDER, default=Path("mappings"), show_default=True)
json_option = click.option("--json", "as_json", is_flag=True, help="Print for machines.")
url_option = click.option("--url", default="", help="Ask a running server, with CUEWIRE_API_KEY.")


def filters(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that narrow both lists and redrives."""
    command = click.option("--since", default="", help="Made from then on: 24h, 7d, or an ISO time.")(command)
    command = click.option("--trigger", default="", metavar="NAME")(command)
    return click.option("--destination", default="", metavar="NAME")(command)


@click.group()
def deliveries() -> None:
    """List deliveries, and redrive those that ended without arriving."""


@deliveries.command("list")
@filters
@click.option("--status", default="", help="Such as dead, rejected, unknown, expired, suppressed, retrying.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 500))
@data_option
@url_option
@json_option
def list_(
    destination: str,
    trigger: str,
    since: str,
    status: str,
    limit: int,
    data: Path,
    url: str,
    as_json: bool,
) -> None:
    """List deliveries with their reasons, the newest first; also beside a running server.

    With --json each comes whole: its fields, as they would leave, and every attempt.
    """
    from cuewire.deliveries.listing import Narrow, run

    sys.exit(run(Narrow(destination, trigger, since, status, limit), data=data, url=url, as_json=as_json))


@deliveries.command()
@filters
@click.option(
    "--status",
    "statuses",
    multiple=True,
    help="dead (unless another is named), rejected, expired, unknown, suppressed; may be given again.",
)
@click.option("--id", "ids", multiple=True, help="This delivery, however it ended; may be given again.")
@click.option("--per-second", default=10.0, show_default=True, help="How many leave, for each destination.")
@click.option("--valid-for", default="", help="A new end for messages that are over, such as 24h.")
@click.option(
    "--confirm-unknown", is_flag=True, help="Send also what may have arrived and would arrive twice."
)
@click.option("--limit", default=10_000, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--dry-run", is_flag=True, help="Count only.")
@mappings_option
@data_option
@url_option
@json_option
def redrive(
    destination: str,
    trigger: str,
    since: str,
    statuses: tuple[str, ...],
    ids: tuple[str, ...],
    per_second: float,
    valid_for: str,
    confirm_unknown: bool,
    limit: int,
    dry_run: bool,
    mappings: Path,
    data: Path,
    url: str,
    as_json: bool,
) -> None:
    """Let deliveries that ended without arriving begin anew; stop the server first, or name it with --url.

    They keep their ids and attempts, leave at the rate, the oldest first, and consent and caps are judged again.
    """
    from cuewire.deliveries.redriving import Wanted, run

    wanted = Wanted(
        destination=destination,
        trigger=trigger,
        since=since,
        statuses=statuses,
        ids=ids,
        per_second=per_second,
        valid_for=valid_for,
        confirm_unknown=confirm_unknown,
        limit=limit,
        dry_run=dry_run,
    )
    sys.exit(run(wanted, mappings=mappings, data=data, url=url, as_json=as_json))
