"""Commands that work on a server, its data or its history: import, simulate, send, explain, settings."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cuewire.codes.commands import codes
from cuewire.connect.commands import connect
from cuewire.deliveries.commands import deliveries
from cuewire.keys.commands import keys
from cuewire.privacy.commands import privacy
from cuewire.profile.commands import profile

FOLDER = click.Path(path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FILE_OR_PIPE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)

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
@click.argument("events", type=FILE_OR_PIPE, nargs=-1)
@mappings_option
@click.option("--trigger", default="", metavar="NAME", help="Tell of this one only; a draft runs as shadow.")
@click.option(
    "--destination",
    default="",
    metavar="NAME[.ACTION]",
    help="Print the requests that would leave for it, secrets hidden; without EVENTS for the people of the tests.",
)
@click.option("--against", type=FOLDER, help="Compare with the mappings in another folder.")
@click.option("--decisions", type=FOLDER, help="Write what fired, was held or suppressed as JSON lines.")
@click.option("--html", type=FOLDER, help="Write a report with charts, one file.")
@click.option(
    "--labels", type=FILE, help="People of whom it is known whether it should fire: CSV or JSON lines."
)
@json_option
def simulate(
    events: tuple[Path, ...],
    mappings: Path,
    trigger: str,
    destination: str,
    against: Path | None,
    decisions: Path | None,
    html: Path | None,
    labels: Path | None,
    as_json: bool,
) -> None:
    """Replay history through the triggers on a made-up clock; nothing is sent.

    EVENTS are files of JSON lines, plain or .gz, one event of the Segment spec a line; - reads a pipe.
    """
    if destination:
        if against or decisions or html or labels:
            raise click.UsageError("--destination goes with --mappings, --trigger and --json only.")
        from cuewire.leaving.command import Options as Leaving
        from cuewire.leaving.command import run as tell

        sys.exit(tell(Leaving(destination, events, mappings, trigger, as_json=as_json)))
    if not events:
        raise click.UsageError("Missing argument 'EVENTS...': files of JSON lines.")
    from cuewire.simulate.command import Options, run

    options = Options(events, mappings, trigger, against, decisions, html, labels, as_json=as_json)
    sys.exit(run(options))


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
@click.argument("message")
@click.option(
    "--profile",
    "person",
    required=True,
    metavar="WHO",
    help="A user_id, or NAMESPACE:VALUE of identity.yaml.",
)
@click.option("--channel", default="", help="Show this one only.")
@mappings_option
@data_option
@click.option(
    "--event", type=FILE, help="Fill it in with this event, or list of events, instead of a real case."
)
@click.option("--html", type=FOLDER, help="Write a page, one file.")
@json_option
def preview(
    message: str,
    person: str,
    channel: str,
    mappings: Path,
    data: Path,
    event: Path | None,
    html: Path | None,
    as_json: bool,
) -> None:
    """Show a message as one person would get it, by each channel, and whether it might leave now.

    The person is read from the data folder, also while a server runs on it. What the message is about is the last
    case of a trigger that sends it, else one of that trigger's tests. Nothing is sent.
    """
    from cuewire.preview.command import Options, run

    sys.exit(run(Options(message, person, mappings, data, channel, event, html, as_json=as_json)))


@click.command()
@mappings_option
@json_option
def settings(mappings: Path, as_json: bool) -> None:
    """List every setting: whether it is set, and what it is for. No secret is ever printed."""
    from cuewire.setting_list import run

    sys.exit(run(mappings, as_json=as_json))


@click.command()
@data_option
@mappings_option
@click.option("--since", default="7d", show_default=True, help="How far back to look.")
@click.option("--trigger", default="", metavar="NAME", help="Look at this one only.")
@click.option("--repair", is_flag=True, help="Put back what is missing; needs the server stopped, or --url.")
@click.option("--url", default="", help=f"Let a running server do it, such as {URL}, with CUEWIRE_API_KEY.")
@json_option
def audit(
    data: Path, mappings: Path, since: str, trigger: str, repair: bool, url: str, as_json: bool
) -> None:
    """Find what should have fired and did not.

    The stored events are judged anew by the same engine, and the outcome is compared with what is stored. It only
    reads, also beside a running server, which does the same by itself every day.
    """
    from cuewire.auditing import Options, run

    sys.exit(run(Options(data, mappings, since, trigger, url, repair=repair, as_json=as_json)))


@click.command()
@mappings_option
@data_option
@click.option(
    "--live", is_flag=True, help="Ask each destination too, and our own public address; it only reads."
)
@json_option
def doctor(mappings: Path, data: Path, live: bool, as_json: bool) -> None:
    """Look whether this server can do its work, and say what makes it able to.

    It reads the settings, the mappings and the data folder, also beside a running server. With --live it asks each
    destination for our rights and for what the mappings write, and prints the call that makes what is missing.
    """
    from cuewire.doctor.command import Options, run

    sys.exit(run(Options(mappings, data, live=live, as_json=as_json)))


@click.command()
@click.argument("what", metavar="WHAT", type=click.Choice(["events", "decisions"]))
@click.option(
    "--as",
    "form",
    default="segment",
    show_default=True,
    type=click.Choice(["segment", "mixpanel", "amplitude", "heap"]),
    help="Whose rows.",
)
@click.option("--since", default="", help="From then on: 24h, 7d, or an ISO time.")
@click.option("--trigger", default="", metavar="NAME", help="Decisions of this trigger only.")
@click.option(
    "--output", type=FOLDER, help="Write this file, packed where it ends in .gz; else the terminal."
)
@mappings_option
@data_option
def export(
    what: str, form: str, since: str, trigger: str, output: Path | None, mappings: Path, data: Path
) -> None:
    """Write stored events or decisions as JSON lines that another product imports.

    WHAT is events or decisions. It reads the data folder, also beside a running server.
    """
    if trigger and what == "events":
        raise click.UsageError("--trigger goes with decisions.")
    from cuewire.exporting.command import Options, run

    sys.exit(run(Options(what, form, mappings, data, since, trigger, output)))


COMMANDS = (
    audit,
    codes,
    connect,
    deliveries,
    doctor,
    export,
    keys,
    privacy,
    profile,
    import_,
    simulate,
    send,
    explain,
    preview,
    settings,
)
