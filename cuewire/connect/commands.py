"""The command itself: read the mappings and the environment, then print the definitions or create them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from core.errors import OperatorError

FOLDER = click.Path(path_type=Path)


@click.group()
def connect() -> None:
    """Tell a vendor of this server: print what its settings must hold, or create it there."""


@connect.command()
@click.option("--mappings", type=FOLDER, default=Path("mappings"), show_default=True)
@click.option("--account", default="hubspot", show_default=True, help="The callback's file, by its name.")
@click.option(
    "--property", "more", multiple=True, metavar="NAME", help="A contact's property to hear of too."
)
@click.option("--create", is_flag=True, help="Write it into the app, with the developer account's key.")
@click.option("--json", "as_json", is_flag=True, help="Print for machines.")
def hubspot(mappings: Path, account: str, more: tuple[str, ...], create: bool, as_json: bool) -> None:
    """Print or create a HubSpot app's workflow step, webhook address and subscriptions."""
    from cuewire.connect.creating import BASE_URL, Developer  # requests is slow to import
    from cuewire.settings import read_values, variable  # loads every source

    problems: list[str] = []
    values = read_values(os.environ, problems)
    if problems:
        raise OperatorError(problems[0], hint="Mend it, then try again.")
    told = told_of(mappings, account, values.get("PUBLIC_URL", ""), more)
    if not create:
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    app_id, key = (
        needed(values, account, name).split(",")[0].strip() for name in ("app_id", "developer_key")
    )
    base_url = values.get(variable(account, "base_url"), BASE_URL)
    done = Developer(app_id, key, base_url).create(told)
    click.echo(json.dumps({"app": app_id, "done": done}) if as_json else "\n".join(done))


def told_of(mappings: Path, account: str, public_url: str, more: tuple[str, ...]) -> dict[str, Any]:
    """Make the definitions, and refuse where something they need is missing."""
    from cuewire.connect.hubspot import definitions
    from cuewire.wiring import load_mappings  # loads the whole server

    if not public_url.startswith("https://"):
        raise OperatorError(
            "CUEWIRE_PUBLIC_URL is not an https address, and HubSpot calls no other.",
            hint="Set it to the address under which this server is reached.",
        )
    rules = load_mappings(mappings).rules
    if rules is None:
        raise OperatorError(
            f"The mappings in {mappings} have errors.", hint=f"Ask `cuewire check {mappings}`."
        )
    callback = rules.callbacks.get(account)
    if callback is None or callback.uses != "hubspot":
        raise OperatorError(
            f"There is no {mappings}/callbacks/{account}.yaml for HubSpot.",
            hint="`cuewire init` has one to begin with.",
        )
    return definitions(rules, callback, public_url.rstrip("/"), more)


def needed(values: dict[str, str], account: str, name: str) -> str:
    """Give a setting that creating needs."""
    from cuewire.settings import PREFIX, variable  # loads every source

    wanted = variable(account, name)
    if not values.get(wanted):
        raise OperatorError(f"{PREFIX}{wanted} is not set.", hint="HubSpot's developer account has it.")
    return values[wanted]
