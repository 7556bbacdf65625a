"""``cuewire settings``: every setting, whether it is set, and where it is used; never a secret's value."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import click

from connectors import kinds as destination_kinds
from connectors.setting import setting_specs
from core.config.nearest import did_you_mean
from cuewire.check import PRESETS
from cuewire.settings import FROM_FILE, PREFIX, variable
from webhooks.callbacks import kinds as callback_kinds
from webhooks.sources import kinds as source_kinds
from webhooks.sources.base import Setting

#: The server's own: what each is for, whether it is needed, and whether its value may be shown.
OWN = {
    "API_KEY": ("What callers of /api, /metrics and /docs send; 32 characters or more.", True, True),
    "SECRET_KEY": ("Signs what the server must recognise again; 32 characters or more.", True, True),
    "PUBLIC_URL": ("The address under which vendors and people reach this server.", False, False),
    "MODE": ("live; shadow: nothing is sent; redirect: messages go to the test recipients.", False, False),
    "TEST_RECIPIENTS": ("Your own phones and e-mails for the mode redirect, comma-separated.", False, True),
    "TRUSTED_PROXIES": ("Addresses or networks of the proxies in front, comma-separated.", False, False),
    "INSECURE_HOSTS": ("Hosts that may be reached by http, comma-separated.", False, False),
}


#: What the settings hold that ``notify`` of policy.yaml names.
HOOKS = {
    "slack": "The address of an incoming webhook of Slack, which is told of alerts.",
    "webhook": "The address that alerts are sent to as JSON.",
}


class Instances(NamedTuple):
    """The settings of each source and callback and the kind of each destination by name, and who is told of alerts."""

    sources: Mapping[str, Sequence[Setting]]
    destinations: Mapping[str, str]
    to: Sequence[str] = ()
    callbacks: Mapping[str, Sequence[Setting]] = {}


@dataclass(frozen=True)
class Entry:
    """One setting and how it stands; ``value`` is empty for secrets."""

    name: str
    used_by: str
    help: str
    is_required: bool
    is_secret: bool
    is_set: bool = False
    from_file: bool = False
    value: str = ""


def run(mappings: Path, *, as_json: bool) -> int:
    """Print the list; gives 1 when a variable is set that nothing reads."""
    entries = [look(entry, os.environ) for entry in all_settings(instances(mappings))]
    unknown = unread(entries, os.environ)
    if as_json:
        click.echo(json.dumps({"settings": [asdict(one) for one in entries], "unknown": unknown}))
    else:
        click.echo("\n".join(lines_of(entries)))
        for name, hint in unknown.items():
            click.echo(f"{name} is set, but nothing reads it. {hint}".rstrip(), err=True)
    return 1 if unknown else 0


def instances(folder: Path) -> Instances:
    """Give what the mappings name that has settings."""
    from cuewire.wiring import load_mappings  # loads the whole server

    loaded = load_mappings(folder) if folder.is_dir() else None
    sources: dict[str, Sequence[Setting]] = {name: one.settings for name, one in source_kinds().items()}
    callbacks: dict[str, Sequence[Setting]] = {name: one.settings for name, one in callback_kinds().items()}
    destinations = {name: name for name in destination_kinds()}
    to: tuple[str, ...] = ()
    if loaded and loaded.rules:
        mappings_of = loaded.rules.sources.items()
        sources |= {name: source_kinds()[one.uses].settings_of(one) for name, one in mappings_of}
        destinations |= loaded.destinations
        callbacks |= {
            name: callback_kinds()[one.uses].settings for name, one in loaded.rules.callbacks.items()
        }
        to = loaded.rules.policy.notify.to
    return Instances(sources, destinations, to, callbacks)


def all_settings(names: Instances | None = None) -> Iterator[Entry]:
    """Describe every setting: the server's own, then those of sources and destinations by their names."""
    for name, (help_text, is_required, is_secret) in OWN.items():
        yield Entry(PREFIX + name, "server", help_text, is_required, is_secret)
    sources, destinations, to, callbacks = names or instances(PRESETS)._replace(to=())
    shared = set()
    for instance, settings in sources.items():
        for setting in settings:
            name = PREFIX + variable(instance, setting.name)
            yield Entry(name, f"source {instance}", setting.help, False, setting.is_secret)
    for instance, kind in destinations.items():
        for spec in setting_specs(destination_kinds()[kind].Settings):
            name = PREFIX + variable(instance, spec.name)
            shared.add(name)
            yield Entry(name, f"destination {instance}", spec.help, spec.required, spec.secret)
    for instance, settings in callbacks.items():
        for setting in settings:
            name = PREFIX + variable(instance, setting.name)
            # One secret may serve both ways: what the destination reads is listed there.
            if name not in shared:
                yield Entry(name, f"callback {instance}", setting.help, False, setting.is_secret)
    for kind, _, hook in (one.partition(":") for one in to):
        if kind in HOOKS:
            yield Entry(PREFIX + hook, "alerts", HOOKS[kind], True, True)


def look(entry: Entry, env: Mapping[str, str]) -> Entry:
    """Say how a setting stands."""
    text, file = env.get(entry.name, "").strip(), env.get(entry.name + FROM_FILE, "").strip()
    # An address may have been given a password.
    value = "" if entry.is_secret or "@" in text else text
    return Entry(
        **{
            **asdict(entry),
            "is_set": bool(text or file),
            "from_file": bool(file and not text),
            "value": value,
        }
    )


def unread(entries: list[Entry], env: Mapping[str, str]) -> dict[str, str]:
    """Name variables of ours that no part reads, each with the nearest that is read."""
    known = {entry.name for entry in entries}
    ours = [name for name in sorted(env) if name.startswith(PREFIX)]
    return {name: did_you_mean(name, known) for name in ours if name.removesuffix(FROM_FILE) not in known}


def lines_of(entries: list[Entry]) -> Iterator[str]:
    """Write the list in groups."""
    width = max(len(entry.name) for entry in entries)
    group = ""
    for entry in entries:
        if entry.used_by != group:
            group = entry.used_by
            yield group if entry is entries[0] else f"\n{group}"
        yield f"  {entry.name:<{width}}  {state(entry)}"
        yield f"  {'':<{width}}  {entry.help}"


def state(entry: Entry) -> str:
    """Word how a setting stands."""
    if not entry.is_set:
        return "NOT SET, needed" if entry.is_required else "not set"
    if entry.from_file:
        return "set, from a file"
    return f"set: {entry.value}" if entry.value else "set"
