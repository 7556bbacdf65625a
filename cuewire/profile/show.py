"""``cuewire profile show``: one person as known now."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from core.engine import Profile, decode
from core.engine.asof import AsOf
from core.engine.digests import digests_of
from core.engine.instant import iso
from core.engine.rule import RuleSet
from core.engine.scope import whole_numbers
from core.engine.view import profile_view
from core.ports import Filter
from core.store.reader import EmbeddedReader
from cuewire.clock import SystemClock
from cuewire.explain import shown
from cuewire.profile.finding import Nobody, find, reading
from cuewire.rules import rules_at_hand
from webhooks.api.consent import consent_shape
from webhooks.api.shapes import decision_shape

#: So many decisions and statements of consent are shown, the newest first.
LATEST = 10

Told = dict[str, Any]


def run(data: Path, namespace: str, value: str, *, mappings: Path | None = None, as_json: bool) -> int:
    """Print a person; gives 1 when nobody has the identifier."""
    rules = rules_at_hand(mappings)
    with reading(data) as reader:
        try:
            told = tell(reader, find(reader, namespace, value), rules)
        except Nobody as problem:
            click.echo(str(problem), err=True)
            return 1
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else "\n".join(lines_of(told)))
    return 0


def tell(reader: EmbeddedReader, profile_id: str, rules: RuleSet | None) -> Told:
    """Gather what is shown; what is computed of a person needs the rules."""
    state = reader.profile(profile_id)
    assert state is not None
    profile = decode(state)
    view = AsOf(profile, rules, SystemClock().now()).view() if rules else profile_view(profile)
    narrow = Filter(profile=profile.id, limit=LATEST)
    page, ledger = reader.decisions(narrow), reader.consent_log(narrow)
    return {
        **{name: view[name] for name in ("id", "identifiers")},
        "merged_from": list(profile.merged_from),
        "first_seen": iso(profile.first_seen),
        "last_seen": iso(profile.last_seen),
        "traits": traits(profile, view["traits"], rules),
        "consent": {
            name: {"granted": one.granted, "at": iso(one.at), "source": one.source}
            for name, one in sorted(profile.consent.items())
        },
        "consent_log": [consent_shape(row) for row in ledger.rows],
        "segments": {name: iso(since) for name, since in sorted(profile.members.items())},
        "scores": view["scores"],
        **open_things(profile),
        "decisions": [decision_shape(row) for row in page.rows],
    }


def traits(profile: Profile, seen: Told, rules: RuleSet | None) -> Told:
    """Tell each trait with its time and source; one that is computed has no time of its own."""
    told: Told = {
        name: {"value": one.value, "at": iso(one.at), "source": one.source}
        for name, one in profile.traits.items()
        if one.value is not None
    }
    computed = rules.computed if rules else ()
    told |= {
        name: {"value": whole_numbers(seen[name]), "at": None, "source": "computed"}
        for name in computed
        if name in seen
    }
    return dict(sorted(told.items()))


def open_things(profile: Profile) -> Told:
    """Tell what waits: cases, journeys, dates and digests."""
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
    digests = [
        {"message": one.message, "due": iso(one.moment), "cases": len(one.staying)}
        for one in digests_of(profile)
    ]
    return {"cases": cases, "journeys": journeys, "dates": dates, "digests": digests}


def lines_of(told: Told) -> Iterator[str]:
    """Write it down for people."""
    yield f"profile {told['id']}, first seen {told['first_seen']}, last seen {told['last_seen']}"
    if told["merged_from"]:
        yield f"  merged from {', '.join(told['merged_from'])}"
    for namespace, values in told["identifiers"].items():
        yield f"  {namespace}: {', '.join(values)}"
    for name, one in told["traits"].items():
        at = f" at {one['at']}" if one["at"] else ""
        yield f"  trait {name}: {shown(one['value'])} ({one['source']}{at})"
    for name, one in told["consent"].items():
        word = "granted" if one["granted"] else "withdrawn"
        yield f"  consent {name.rstrip('/')}: {word} ({one['source']} at {one['at']})"
    for one in told["consent_log"]:
        yield f"    {stated(one)}"
    for name, since in told["segments"].items():
        yield f"  segment {name} since {since}"
    for name, score in told["scores"].items():
        yield f"  score {name}: {shown(score)}"
    yield from open_lines(told)
    for one in told["decisions"]:
        key = f" [{one['key']}]" if one["key"] else ""
        yield f"  decided {one['at']}: {one['trigger']}{key} {one['outcome'].replace('_', ' ')} ({one['id']})"


def stated(one: Told) -> str:
    """Write down one entry of the consent ledger."""
    word = "granted" if one["granted"] else "withdrawn"
    channel = f" by {one['channel']}" if one["channel"] else ""
    outweighed = "" if one["stands"] else ", outweighed by a newer one"
    evidence = f" ({shown(one['evidence'])})" if one["evidence"] else ""
    return f"{one['at']} {one['source']}: {one['purpose']}{channel} {word}{outweighed}, {one['event_id']}{evidence}"


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
    for one in told["digests"]:
        yield f"  digest: {one['message']} about {one['cases']}, due {one['due']}"
