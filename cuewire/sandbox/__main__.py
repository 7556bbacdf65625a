"""``python -m cuewire.sandbox``: the fake vendors as a process of their own."""

from __future__ import annotations

import signal
import sys
import threading
from typing import Any

import click

from cuewire.sandbox.server import Sandbox
from cuewire.sandbox.settings import SandboxSettings, new_number


@click.command("sandbox")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", default=8090, show_default=True, help="0 takes a free one.")
@click.option("--twilio-account-sid", envvar="CUEWIRE_TWILIO_ACCOUNT_SID", help="Made up when absent.")
@click.option("--twilio-auth-token", envvar="CUEWIRE_TWILIO_AUTH_TOKEN", help="Made up when absent.")
@click.option("--braze-api-key", envvar="CUEWIRE_BRAZE_API_KEY", help="Made up when absent.")
@click.option("--hubspot-access-token", envvar="CUEWIRE_HUBSPOT_ACCESS_TOKEN", help="Made up when absent.")
@click.option(
    "--salesforce-consumer-key", envvar="CUEWIRE_SALESFORCE_CONSUMER_KEY", help="Made up when absent."
)
@click.option(
    "--salesforce-consumer-secret", envvar="CUEWIRE_SALESFORCE_CONSUMER_SECRET", help="Made up when absent."
)
@click.option("--sendgrid-api-key", envvar="CUEWIRE_SENDGRID_API_KEY", help="Made up when absent.")
@click.option("--segment-out-write-key", envvar="CUEWIRE_SEGMENT_OUT_WRITE_KEY", help="Made up when absent.")
@click.option("--hold-after-drop", type=float, help="Seconds before the first callback of a lost answer.")
def main(host: str, port: int, **given: Any) -> None:
    """Run fake vendors on one loopback port, with a page that shows what arrived."""
    credentials = {name: value for name, value in given.items() if value}
    settings = SandboxSettings(**credentials, first_contact=new_number())
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    with Sandbox(settings, host=host, port=port) as sandbox:
        click.echo(f"sandbox {sandbox.url}")
        for name, value in settings.as_environment(sandbox.url).items():
            click.echo(f"  {name}={value}")
        sys.stdout.flush()
        stopped.wait()


if __name__ == "__main__":
    main()
