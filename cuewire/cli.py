"""The command line: each command is a few lines here and a module of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from core.errors import CuewireError
from cuewire.commands import COMMANDS

#: Exit codes: all well, problems found, wrong use.
FOUND, WRONG_USE = 1, 2


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="cuewire", prog_name="cuewire")
def cli() -> None:
    """Cuewire: from customer events to the right message, once."""


@cli.command()
@click.option("--mappings", type=click.Path(path_type=Path), default=Path("mappings"), show_default=True)
@click.option("--data", type=click.Path(path_type=Path), default=Path("data"), show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True)
@click.option(
    "--workers", type=click.IntRange(1, 1), default=1, help="Receiving processes; this version has one."
)
@click.option("--sandbox", is_flag=True, help="Send to fake vendors on this machine; make missing secrets.")
@click.option("--json", "as_json", is_flag=True, help="Log as JSON lines.")
def serve(
    mappings: Path, data: Path, host: str, port: int, workers: int, sandbox: bool, as_json: bool
) -> None:
    """Run receiver, engine, timers and dispatcher."""
    from cuewire.serve import Options, run

    run(Options(mappings.absolute(), data.absolute(), host, port, sandbox=sandbox, as_json=as_json))


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path("mappings"))
@click.option("--strict", is_flag=True, help="Let warnings fail too.")
@click.option("--json", "as_json", is_flag=True, help="Print for machines.")
def check(folder: Path, strict: bool, as_json: bool) -> None:
    """Read every mapping file and print every problem at once."""
    from cuewire.check import run

    sys.exit(run(folder, as_json=as_json, strict=strict))


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Add what is missing to a folder that holds files already.")
@click.option("--json", "as_json", is_flag=True, help="Print for machines.")
def init(folder: Path, force: bool, as_json: bool) -> None:
    """Write starter mappings with comments into a folder; nothing there is ever overwritten."""
    from cuewire.init import run

    run(folder, force=force, as_json=as_json)


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), default="mappings")
@click.option("--json", "as_json", is_flag=True, help="Print for machines.")
def test(folder: Path, as_json: bool) -> None:
    """Run the tests in the mapping files on a made-up clock; nothing is sent."""
    from cuewire.trials.command import run

    sys.exit(run(folder, as_json=as_json))


@cli.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8090, show_default=True)
def sandbox(port: int) -> None:
    """Run the fake vendors, with a page that shows what arrived."""
    from cuewire.sandbox.__main__ import main as run

    run(["--port", str(port)], standalone_mode=False)


for command in COMMANDS:
    cli.add_command(command)


def main() -> None:
    """Run a command; an expected error is one readable line, never a traceback."""
    try:
        cli(standalone_mode=False)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.Abort:
        sys.exit(FOUND)
    except click.ClickException as problem:
        problem.show()
        sys.exit(WRONG_USE)
    except CuewireError as problem:
        click.echo(f"cuewire: {problem.message}", err=True)
        if problem.hint:
            click.echo(f"         {problem.hint}", err=True)
        sys.exit(WRONG_USE)


if __name__ == "__main__":
    main()
