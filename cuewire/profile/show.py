"""``cuewire profile show``: one person as known now."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from core.engine import Profile, decode
from core.engine.instant import iso
from core.engine.view import profile_view
from core.ports import Filter
from core.store.reader import EmbeddedReader
from cuewire.explain import shown
from cuewire.profile.finding import Nobody, find, reading
from webhooks.api.shapes import decision_shape

#: So many decisions are shown, the newest first.
LATEST = 10

Told = dict[str, Any]


def run(data: Path, namespace: str, value: str, *, as_json: bool) -> int:
    """Print a person; gives 1 when nobody has the identifier."""
    with reading(data) as reader:
        try:
            told = tell(reader, find(reader, namespace, value))
        except Nobody as problem:
            click.echo(str(problem), err=True)
            return 1
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else "\n".join(lines_of(told)))
    return 0


def tell(reader: EmbeddedReader, profile_id: str) -> Told:
    """Gather what is shown."""
    state = reader.profile(profile_id)
    assert state is not None
    profile = decode(state)
    view = profile_view(profile)
    page = reader.decisions(Filter(profile=profile.id, limit=LATEST))
    return {
        **{name: view[name] for name in ("id", "identifiers")},
        "merged_from": list(profile.merged_from),
        "first_seen": iso(profile.first_seen),
        "last_seen": iso(profile.last_seen),
        "traits": {
            name: {"value": one.value, "at": iso(one.at), "source": one.source}
            for name, one in sorted(profile.traits.items())
        },
        "consent": {
            name: {"granted": one.granted, "at": iso(one.at), "source": one.source}
            for name, one in sorted(profile.consent.items())
        },
        "segments": {name: iso(since) for name, since in sorted(profile.members.items())},
        "scores": view["scores"],
        **open_things(profile),
        "decisions": [decision_shape(row) for row in page.rows],
    }


def open_things(profile: Profile) -> Told:
    """Tell what waits: cases, journeys and dates."""
    cases = [
        {"trigger": name, "key": case.key or None, "due": iso(case.due), "events": case.count}
        for name, held in sorted(profile.cases.items())
        for case in held
    ]
    journeys = [
        {"trigger": name, "key": key or None, "step": wait.step + 1, "due": iso(wait.due)}
        for name, held in sorted(profile.journeys.items())
        for key, wait in held.items()
    ]
    dates = [
        {"trigger": name, "due": iso(one.due)} for name, one in sorted(profile.dates.items()) if one.armed
    ]
    return {"cases": cases, "journeys": journeys, "dates": dates}


def lines_of(told: Told) -> Iterator[str]:
    """Write it down for people."""
    yield f"profile {told['id']}, first seen {told['first_seen']}, last seen {told['last_seen']}"
    if told["merged_from"]:
        yield f"  merged from {', '.join(told['merged_from'])}"
    for namespace, values in told["identifiers"].items():
        yield f"  {namespace}: {', '.join(values)}"
    for name, one in told["traits"].items():
        yield f"  trait {name}: {shown(one['value'])} ({one['source']} at {one['at']})"
    for name, one in told["consent"].items():
        word = "granted" if one["granted"] else "withdrawn"
        yield f"  consent {name.rstrip('/')}: {word} ({one['source']} at {one['at']})"
    for name, since in told["segments"].items():
        yield f"  segment {name} since {since}"
    for name, score in told["scores"].items():
        yield f"  score {name}: {shown(score)}"
    yield from open_lines(told)
    for one in told["decisions"]:
        key = f" [{one['key']}]" if one["key"] else ""
        yield f"  decided {one['at']}: {one['trigger']}{key} {one['outcome'].replace('_', ' ')} ({one['id']})"


def open_lines(told: Told) -> Iterator[str]:
    """Write down what waits."""
    for one in told["cases"]:
        key = f" [{one['key']}]" if one["key"] else ""
        yield f"  open case: {one['trigger']}{key} with {one['events']} events, due {one['due']}"
    for one in told["journeys"]:
        key = f" [{one['key']}]" if one["key"] else ""
        yield f"  waits: {one['trigger']}{key} for step {one['step']}, due {one['due']}"
    for one in told["dates"]:
        yield f"  date: {one['trigger']}, due {one['due']}"
