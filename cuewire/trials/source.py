"""Run a source's test: its body, as the vendor sends it, becomes events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.config.trial import SourceTrial
from core.engine.event import Event
from core.engine.instant import parse_time
from core.engine.mapping import map_event
from core.engine.rule import RuleSet
from core.errors import CuewireError
from cuewire.trials.verdict import Failure
from cuewire.trials.words import differences_text, listed
from webhooks.sources import kinds


def run_source(trial: SourceTrial, rules: RuleSet, *, start: int) -> list[Failure]:
    """Translate and map a body, and compare its events with those expected, in order."""
    try:
        events = _events(trial, rules, start)
    except CuewireError as problem:
        return [Failure(trial.place, "a body that the source takes", problem.message, problem.hint)]
    failures = []
    if len(events) != len(trial.expected):
        names = listed(event.name or event.type for event in events) or "none"
        expected = _number(len(trial.expected))
        failures.append(Failure(trial.place, expected, f"it is {_number(len(events))}", names))
    for (place, wanted), event in zip(trial.expected, events, strict=False):
        found = parts_of(event)
        why = differences_text(wanted, found)
        if why:
            failures.append(Failure(place, "this event", f"it is {event.name or event.type}", why))
    return failures


def _number(count: int) -> str:
    return "1 event" if count == 1 else f"{count} events"


def _events(trial: SourceTrial, rules: RuleSet, start: int) -> list[Event]:
    mapping = rules.sources[trial.subject]
    events = []
    for number, call in enumerate(kinds()[mapping.uses].read(trial.body, mapping), start=1):
        # Arrived as soon as it was sent, so that the clock is not corrected.
        sent = parse_time(call.get("sentAt")) or parse_time(call.get("timestamp")) or start
        event = map_event(
            call, mapping, rules.identity, seq=number, received_at=sent, raw_id=f"test-{number}"
        )
        events.append(event)
    return events


def parts_of(event: Event) -> Mapping[str, Any]:
    """Give an event as a test may describe it: Segment's spelling, with what the mapping made of it."""
    identifiers: dict[str, list[str]] = {}
    for namespace, value in event.identifiers:
        identifiers.setdefault(namespace, []).append(value)
    consent: dict[str, Any] = {}
    for one in event.consent:
        if one.channel:
            consent.setdefault(one.purpose, {})[one.channel] = one.granted
        else:
            consent[one.purpose] = one.granted
    mapped = {"identifiers": identifiers, "traits": event.traits, "consent": consent}
    return {**event.data, **{name: part for name, part in mapped.items() if part or name == "traits"}}
