"""What a message is told about: the last real case of a trigger that sends it, given events, or a trigger's test."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.config.loader import Loaded
from core.config.trial import Person, Place, TriggerTrial
from core.engine import Profile
from core.engine.absence import amount
from core.engine.clean import clean
from core.engine.decision import Decision
from core.engine.digests import case_of, digests_of
from core.engine.event import Event
from core.engine.formula import compile_formula
from core.engine.instant import iso
from core.engine.matching import key_of
from core.engine.policy import Policy
from core.engine.profile import moment_of
from core.engine.rule import AbsenceAnchor, Act, Limits, RuleSet, Trigger
from core.engine.scope import Scope
from core.engine.view import events_view
from core.engine.when import key_formula
from core.errors import AdminError, BadRequest
from core.pipeline.retelling import retold
from core.ports import DeliveryRow, Reader
from core.runners.replay import Replay
from cuewire.trials.calls import event_of, introduction
from cuewire.trials.company import with_company

#: So many of the last events of a person are lived through again.
LONGEST_PAST = 5_000

#: An action that is never called: its fields tell what a step can see.
_PROBE = Act(
    "preview", "probe", {name: compile_formula(name) for name in ("case", "event", "key", "properties")}
)


@dataclass(frozen=True)
class Sample:
    """What formulas and templates see of what happened; ``told`` says where it is from."""

    told: str
    event: dict[str, Any]
    case: dict[str, Any] | None = None
    key: str | None = None
    decision_id: str = ""
    cases: list[dict[str, Any]] | None = None


NOTHING = Sample("nothing: no trigger that sends it has a case or a test", {})


class _Witness:
    """Keeps what the probe saw last."""

    def __init__(self) -> None:
        self.last: DeliveryRow | None = None

    def applied(self, event: Event, profile: Profile) -> None:
        """Hear of an event."""

    def decided(self, decision: Decision, profile: Profile) -> None:
        """Hear of a decision."""

    def settled(self, row: DeliveryRow) -> None:
        """Keep what was seen."""
        self.last = row


def real_case(
    reader: Reader, rules: RuleSet, *, trigger: Trigger, profile_id: str, now: int
) -> Sample | None:
    """Live through a person's stored events again, and give what the trigger saw when it last matched."""
    rows = reader.past(profile_id, None, LONGEST_PAST)
    events = [event for row in rows if (event := retold(row, rules)) is not None]
    found = _lived_through(rules, trigger, sorted(events, key=lambda one: one.received_at), now)
    if found is None:
        return None
    held = reader.decision(found.decision_id)
    what = f"decision {held.id}, {held.outcome.replace('_', ' ')}" if held else "which decided nothing"
    return _sample(found, f"the last case of {trigger.name}, at {iso(found.due_at)} ({what})")


def of_digest(profile: Profile, message: str, trigger: Trigger) -> Sample | None:
    """Give what waits for this person to leave as one message, where the oldest of it is the trigger's."""
    for digest in digests_of(profile):
        staying = digest.staying
        if digest.message == message and staying and staying[0].trigger == trigger.name:
            first, count = staying[0], len(staying)
            told = (
                f"the open digest, {count} {'case' if count == 1 else 'cases'}, due at {iso(digest.moment)}"
            )
            cases = [case_of(one) for one in staying]
            return Sample(told, first.anchor.data, first.case, first.key or None, first.decision_id, cases)
    return None


def of_test(loaded: Loaded, rules: RuleSet, trigger: Trigger) -> Sample | None:
    """Give what the trigger sees in the first of its tests that makes it fire."""
    for trial in loaded.trials:
        if isinstance(trial, TriggerTrial) and trial.subject == trigger.name:
            found = _lived_through(rules, trigger, _events(trial, rules), None)
            if found is not None:
                return _sample(found, f"a test of {trigger.name}: {trial.name}")
    return None


def of_file(path: Path, rules: RuleSet, *, trigger: Trigger | None, now: int) -> Sample:
    """Read one call in Segment's spelling, or a list of them that make up a case."""
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AdminError(f"{path} is no JSON that can be read: {error}", hint="give one event") from None
    calls = given if isinstance(given, list) else [given]
    if not calls or not all(isinstance(one, dict) for one in calls):
        raise AdminError(
            f"{path} holds no event", hint='such as {"event": "Product Added", "properties": {}}'
        )
    events = [_told(call, rules, number=number, now=now) for number, call in enumerate(calls)]
    when = trigger.when if trigger else None
    scopes = [Scope(event=one.data, profile={}, now=now) for one in events]
    total = sum(amount(when, one) for one in scopes) if isinstance(when, AbsenceAnchor) else 0.0
    key = key_of(key_formula(when), scopes[-1]) if when else ""
    case = events_view([moment_of(one) for one in events], len(events), total)
    return Sample(f"the event in {path.name}", events[-1].data, case, key or None)


def _told(call: dict[str, Any], rules: RuleSet, *, number: int, now: int) -> Event:
    nobody = Person(Place("", 1, 1))
    try:
        return event_of({"type": "track", **call}, nobody, rules, number=number, at=now, received_at=now)
    except BadRequest as problem:
        raise AdminError(
            f"the event has a wrong {problem.field}: {problem.message}", hint=problem.hint
        ) from None


def _events(trial: TriggerTrial, rules: RuleSet) -> list[Event]:
    made = [introduction(trial.person, rules, trial.start)]
    for number, one in enumerate(trial.timeline, start=1):
        at = trial.start + one.at
        made.append(event_of(one.call, trial.person, rules, number=number, at=at, received_at=at))
    return made


def _lived_through(
    rules: RuleSet, trigger: Trigger, events: Sequence[Event], until: int | None
) -> DeliveryRow | None:
    """Run events on a made-up clock with the trigger alone, first with its conditions and then without."""
    for probing in (replace(trigger, steps=(_PROBE,)), replace(trigger, steps=(_PROBE,), only_if=None)):
        bare = replace(probing, status="live", limits=Limits(), group="", goal=None)
        alone = with_company(bare.name, replace(rules, triggers={**rules.triggers, bare.name: bare}))
        witness = _Witness()
        replay = Replay(replace(alone, policy=Policy(), paused={}), witness)
        _play(replay, events, until)
        if witness.last is not None:
            return witness.last
    return None


def _play(replay: Replay, events: Iterable[Event], until: int | None) -> None:
    for event in events:
        replay.hear(event)
    if until is None:
        replay.finish()
    else:
        replay.advance(until)


def _sample(row: DeliveryRow, told: str) -> Sample:
    seen = clean(row.fields)
    return Sample(told, seen.get("event", {}), seen.get("case"), seen.get("key"), row.decision_id)
