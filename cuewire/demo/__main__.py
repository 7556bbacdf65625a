"""``python -m cuewire.demo [--exit]``: run the story, then stay or leave."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import closing, suppress

import click

from cuewire.demo.client import Api
from cuewire.demo.platforms import Platforms
from cuewire.demo.report import BOLD, GREEN, RED, Voice, tell_outcome, tell_where_next
from cuewire.demo.server import Addresses, NotRunning, Stage
from cuewire.demo.story import shop_at, tell, tell_of_crms
from cuewire.demo.watch import DidNotHappen, Watch


def run(stage: Stage, addresses: Addresses, voice: Voice) -> bool:
    """Tell the story and its outcome; gives whether all of it happened."""
    voice.say(f"Cuewire at {addresses.server}, the fake vendors at {addresses.sandbox}", BOLD)
    missing = ""
    with closing(Api(addresses)) as api, shop_at(addresses) as shop:
        watch = Watch(stage, api, voice)
        try:
            tell(shop, api, watch)
            tell_of_crms(Platforms(addresses), api, watch)
        except DidNotHappen as problem:
            missing = str(problem)
    tell_outcome(voice, watch.snapshot)
    voice.say()
    if missing:
        voice.say(f"Did not happen: {missing}.", RED)
    else:
        voice.say("Everything above was read back from the API and from the vendors' books.", GREEN)
    return not missing


@click.command()
@click.option(
    "--exit", "leave", is_flag=True, help="End after the story; non-zero when any of it did not happen."
)
def main(leave: bool) -> None:
    """Start everything on free ports, send real traffic and show what comes of it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # leaves through the blocks that end our processes
    voice = Voice(sys.stdout)
    try:
        with Stage() as stage, suppress(KeyboardInterrupt):
            addresses = stage.start()
            is_true = run(stage, addresses, voice)
            if leave:
                sys.exit(0 if is_true else 1)
            with closing(Api(addresses)) as api:
                tell_where_next(voice, addresses, api.console_link())
            voice.say("Ctrl-C ends it.")
            threading.Event().wait()
    except NotRunning as problem:
        voice.say(str(problem), RED)
        sys.exit(1)


if __name__ == "__main__":
    main()
