"""``cuewire preview``: find the message, the person and what it is about, and show what would be sent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import click

from core.config.loader import Loaded
from core.config.nearest import did_you_mean
from core.engine import Profile, decode
from core.engine.rule import Send, Trigger
from core.errors import AdminError
from core.pipeline.filling import filled
from core.ports import Clock
from core.store.reader import EmbeddedReader
from cuewire.clock import SystemClock
from cuewire.preview.page import write_page
from cuewire.preview.rendering import Preview, render
from cuewire.preview.sample import NOTHING, Sample, of_digest, of_file, of_test, real_case
from cuewire.preview.terminal import as_data, lines_of
from cuewire.profile.finding import Nobody, find, reading


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    message: str
    profile: str
    mappings: Path
    data: Path
    channel: str = ""
    event: Path | None = None
    html: Path | None = None
    as_json: bool = False


def run(options: Options, clock: Clock | None = None) -> int:
    """Show the message; gives 1 when nobody is found, the mappings have errors or a value is missing."""
    from cuewire.wiring import load_mappings  # loads the whole server

    loaded = load_mappings(options.mappings)
    if loaded.rules is None:
        for problem in loaded.errors:
            click.echo(str(problem), err=True)
        return 1
    send = message_named(options, loaded)
    with reading(options.data) as reader:
        try:
            preview = look(options, loaded, send=send, reader=reader, now=(clock or SystemClock()).now())
        except Nobody as problem:
            click.echo(str(problem), err=True)
            return 1
    if options.html:
        write_page(preview, options.html)
        click.echo(f"{options.html} written", err=True)
    if options.as_json:
        click.echo(json.dumps(as_data(preview), ensure_ascii=False))
    elif not options.html:
        click.echo("\n".join(lines_of(preview)))
    return 1 if preview.has_gaps else 0


def message_named(options: Options, loaded: Loaded) -> Send:
    """Give the message that is asked for, with the channel that is."""
    send = loaded.messages.get(options.message)
    if send is None:
        hint = did_you_mean(options.message, loaded.messages) or f"write messages/{options.message}.yaml"
        raise AdminError(f"there is no message {options.message!r}", hint=hint)
    channels = [act.channel for act in send.channels]
    if options.channel and options.channel not in channels:
        raise AdminError(
            f"{send.message} has no channel {options.channel!r}", hint=f"it has {', '.join(channels)}"
        )
    return send


def look(options: Options, loaded: Loaded, *, send: Send, reader: EmbeddedReader, now: int) -> Preview:
    """Fill the message in for the person as they are stored now."""
    rules = loaded.rules
    assert rules is not None
    namespace, colon, value = options.profile.partition(":")
    profile_id = find(reader, namespace, value) if colon else find(reader, "user_id", options.profile)
    state = reader.profile(profile_id)
    assert state is not None
    profile = filled(reader, decode(state), rules, now)
    senders = [one for one in rules.triggers.values() if send in one.steps]
    told = told_about(options, loaded, senders, reader=reader, profile=profile, now=now)
    trigger, sample = told or (next(iter(senders), None), NOTHING)
    name = trigger.name if trigger else ""
    return render(send, profile, rules, sample, now=now, trigger=name, only=options.channel)


def told_about(
    options: Options,
    loaded: Loaded,
    senders: Sequence[Trigger],
    *,
    reader: EmbeddedReader,
    profile: Profile,
    now: int,
) -> tuple[Trigger | None, Sample] | None:
    """Give what the message is told about: the given event, a real case, or a test, whichever there is first."""
    rules = loaded.rules
    assert rules is not None
    if options.event:
        first = next(iter(senders), None)
        return first, of_file(options.event, rules, trigger=first, now=now)
    open_now = ((one, of_digest(profile, options.message, one)) for one in senders)
    cases = ((one, real_case(reader, rules, trigger=one, profile_id=profile.id, now=now)) for one in senders)
    tests = ((one, of_test(loaded, rules, one)) for one in senders)
    return next(((one, found) for one, found in chain(open_now, cases, tests) if found), None)
