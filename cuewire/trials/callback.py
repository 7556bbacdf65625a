"""Run a callback's test: a notification, as the vendor sends it, becomes an event or a reason why it is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from core.config.trial import CallbackTrial
from core.engine.instant import parse_time
from core.engine.rule import RuleSet
from core.errors import CuewireError
from core.pipeline.arriving import arrived
from core.ports import RawEvent
from cuewire.trials.source import parts_of
from cuewire.trials.verdict import Failure
from cuewire.trials.words import differences_text
from webhooks.callbacks import kinds

#: What a test says of a notification that takes effect.
APPLIED = "applied"


def run_callback(trial: CallbackTrial, rules: RuleSet, *, start: int) -> list[Failure]:
    """Read a notification and compare what comes of it with the one event, or none, that is expected."""
    try:
        found = _found(trial, rules, start)
    except CuewireError as problem:
        return [Failure(trial.place, "a notification that the callback takes", problem.message, problem.hint)]
    is_taken = found["status"] == APPLIED
    if not trial.expected:
        told = f"it is {found.get('event') or found['type']}"
        return [Failure(trial.place, "no event", told)] if is_taken else []
    if len(trial.expected) > 1:
        return [Failure(trial.place, f"{len(trial.expected)} events", "a notification makes one at most")]
    place, wanted = trial.expected[0]
    why = differences_text({"status": APPLIED, **wanted}, found)
    return [Failure(place, "this event", f"it is {found.get('event') or found['type']}", why)] if why else []


def _found(trial: CallbackTrial, rules: RuleSet, start: int) -> Mapping[str, Any]:
    read = kinds()[trial.uses].read(dict(trial.body))
    raw = msgspec.json.encode(trial.body)
    received_at = max(parse_time(read.call.get("timestamp")) or start, start)
    item = arrived(trial.subject, RawEvent(raw, read.call, echo=read.echo), rules, received_at)
    told = {"status": item.status if item.reason else APPLIED, "reason": item.reason}
    return {**(parts_of(item.event) if item.event else {"type": ""}), **told}
