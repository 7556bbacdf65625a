"""``cuewire profile export``: everything held of a person, as one document."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from core.engine.instant import iso
from core.engine.rule import RuleSet
from core.ports import EventRow, Filter, LinkRow, Page
from core.store.reader import EmbeddedReader
from cuewire.clock import SystemClock
from cuewire.profile.finding import Nobody, find, reading
from cuewire.profile.show import tell
from cuewire.rules import rules_at_hand
from webhooks.api.consent import consent_shape
from webhooks.api.outcomes import conversion_shape
from webhooks.api.shapes import decision_shape, delivery_shape, event_shape

#: Rows that one question gives.
PAGE = 500

Told = dict[str, Any]


def run(data: Path, namespace: str, value: str, *, mappings: Path | None = None, as_json: bool) -> int:
    """Print the document; gives 1 when nobody has the identifier."""
    rules = rules_at_hand(mappings)
    with reading(data) as reader:
        try:
            document = gather(reader, find(reader, namespace, value), rules)
        except Nobody as problem:
            click.echo(str(problem), err=True)
            return 1
    click.echo(json.dumps(document, ensure_ascii=False, indent=None if as_json else 2))
    return 0


def gather(reader: EmbeddedReader, profile_id: str, rules: RuleSet | None) -> Told:
    """Gather all that is held, newest first."""
    profile = tell(reader, profile_id, rules)
    del profile["decisions"], profile["consent_log"]
    everything = Filter(profile=profile["id"], limit=PAGE)
    return {
        "exported_at": iso(SystemClock().now()),
        "profile": profile,
        "events": [event_of(row) for row in every(reader.events, everything)],
        "decisions": [decision_shape(row) for row in every(reader.decisions, everything)],
        "deliveries": [delivery_shape(row) for row in every(reader.deliveries, everything)],
        "conversions": [conversion_shape(row) for row in every(reader.conversions, everything)],
        "consent_log": [consent_shape(row) for row in every(reader.consent_log, everything)],
        "identity_log": [link_of(row) for row in reader.links(profile["id"])],
    }


def every(ask: Callable[[Filter], Page], narrow: Filter) -> Iterator[Any]:
    """Give the rows of all pages."""
    while True:
        page = ask(narrow)
        yield from page.rows
        if page.next is None:
            return
        narrow = replace(narrow, cursor=page.next)


def event_of(row: EventRow) -> Told:
    """Show an event with the bytes it came as."""
    return {**event_shape(row), "raw": row.raw.decode("utf-8", "replace")}


def link_of(row: LinkRow) -> Told:
    """Show one entry of the identity log."""
    return {
        "kind": row.kind,
        "profile_id": row.profile_id,
        "namespace": row.namespace or None,
        "value": row.value or None,
        "other_id": row.other_id or None,
        "event_id": row.event_id,
        "at": iso(row.at),
    }
