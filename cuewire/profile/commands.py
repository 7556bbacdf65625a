"""The commands about one person."""

from __future__ import annotations

import sys
from pathlib import Path

import click

FOLDER = click.Path(path_type=Path)

data_option = click.option("--data", type=FOLDER, default=Path("data"), show_default=True)
json_option = click.option("--json", "as_json", is_flag=True, help="Print for machines.")
rules_option = click.option(
    "--mappings",
    type=FOLDER,
    help="By which traits and scores are computed; without it ./mappings, where there is one.",
)
yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


@click.group()
def profile() -> None:
    """Show, export, erase or split a person.

    A person is named by any identifier: its NAMESPACE of identity.yaml, such as email, and its VALUE.
    """


@profile.command()
@click.argument("namespace")
@click.argument("value")
@data_option
@rules_option
@json_option
def show(namespace: str, value: str, data: Path, mappings: Path | None, as_json: bool) -> None:
    """Show what is known of a person, what is open and what was decided; also while a server runs."""
    from cuewire.profile.show import run

    sys.exit(run(data, namespace, value, mappings=mappings, as_json=as_json))


@profile.command()
@click.argument("namespace")
@click.argument("value")
@data_option
@rules_option
@json_option
def export(namespace: str, value: str, data: Path, mappings: Path | None, as_json: bool) -> None:
    """Print everything held of a person as one JSON document; also while a server runs."""
    from cuewire.profile.export import run

    sys.exit(run(data, namespace, value, mappings=mappings, as_json=as_json))


@profile.command()
@click.argument("namespace")
@click.argument("value")
@data_option
@yes_option
@json_option
def erase(namespace: str, value: str, data: Path, yes: bool, as_json: bool) -> None:
    """Erase a person for good and print a receipt; stop the server first.

    The profile, its identifiers, what events and decisions tell of the person, timers and deliveries that have not
    left are removed, also from the free space of the store.
    """
    from cuewire.profile.erase import run

    sys.exit(run(data, namespace, value, is_sure=yes, as_json=as_json))


@profile.command()
@click.argument("namespace")
@click.argument("value")
@click.option(
    "--into",
    nargs=2,
    multiple=True,
    required=True,
    metavar="NAMESPACE VALUE",
    help="An identifier that leaves; give it again for each further one.",
)
@data_option
@click.option("--mappings", type=FOLDER, default=Path("mappings"), show_default=True)
@yes_option
@json_option
def split(
    namespace: str,
    value: str,
    into: tuple[tuple[str, str], ...],
    data: Path,
    mappings: Path,
    yes: bool,
    as_json: bool,
) -> None:
    """Part two people who were joined by mistake; stop the server first.

    The identifiers named with --into leave and become a person of their own; the others stay. Each event goes with
    its strongest identifier, and what was decided and sent goes with its event. Nothing is fired by it.
    For example, where a shared laptop joined a stranger to Ada:

        cuewire profile split user_id ada --into anonymous_id 7d1f --into email bo@example.com
    """
    from cuewire.profile.split import Options, run

    sys.exit(run(Options(data, mappings, (namespace, value), into, is_sure=yes, as_json=as_json)))
