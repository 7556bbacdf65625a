"""What one event would do to a person as they are stored: everything is judged, and nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, replace

from msgspec import structs, to_builtins

from core.engine import Profile, decode, next_due
from core.engine.decision import Decision
from core.engine.event import Event, Identifier
from core.engine.rule import RuleSet
from core.pipeline.apart import Apart
from core.pipeline.filling import filled
from core.pipeline.rows import delivery_row
from core.pipeline.working import People
from core.ports import DecisionRow, DeliveryRow, LinkRow, Reader, Status
from core.runners.rehearsal import LONGEST

#: An arrival number behind every real one.
ARRIVAL = 1 << 53

#: The clock goes on for no more steps than this.
MOST_STEPS = 500


@dataclass(frozen=True)
class Effect:
    """What would come of it: ``before`` by the timers that are due anyway, ``until`` by those that come later.

    ``left`` is when the next timer would be due where the clock was stopped before the last one.
    """

    profile: Profile
    before: list[DecisionRow]
    decisions: list[DecisionRow]
    until: list[DecisionRow]
    deliveries: list[DeliveryRow]
    links: list[LinkRow]
    left: int | None


def what_if(reader: Reader, rules: RuleSet, event: Event, now: int) -> Effect:
    """Let an event arrive at ``now`` for the people that it is about, then let the clock run on."""
    people = People(rules, now, Apart(reader.apart()))
    _load(people, reader, event)
    for profile_id in list(people.profiles):
        people.wake(profile_id)
    before = _taken(people.decisions)
    people.actions.clear()
    profile = people.take(event)
    decisions = _taken(people.decisions)
    left = _run_on(people, profile.id)
    return Effect(
        profile=profile,
        before=before,
        decisions=decisions,
        until=_taken(people.decisions),
        deliveries=_deliveries(people, now),
        links=people.log,
        left=left,
    )


def as_if_published(rules: RuleSet, present: RuleSet) -> RuleSet:
    """Date other rules as publishing them now would: a new ``when`` applies to nothing that arrived before."""
    triggers = {}
    for name, trigger in rules.triggers.items():
        held = present.triggers.get(name)
        is_same = held is not None and held.status != "draft" and held.anchor_hash == trigger.anchor_hash
        triggers[name] = replace(trigger, since=held.since if held and is_same else ARRIVAL)
    return replace(rules, triggers=triggers)


def _load(people: People, reader: Reader, event: Event) -> None:
    """Fetch everyone whom the event may be about."""
    found = {one: reader.owner(*one) for one in event.identifiers}
    for owner in sorted({one for one in found.values() if one}):
        state = reader.profile(owner)
        if state is not None:
            profile = filled(reader, decode(state), people.rules, people.now)
            people.profiles[profile.id] = profile
            held = profile.identifiers.items()
            people.owners |= {Identifier(ns, value): profile.id for ns, values in held for value in values}


def _run_on(people: People, profile_id: str) -> int | None:
    """Wake the person whenever a timer is due; gives the one at which the clock was stopped."""
    last = people.now + LONGEST
    for _ in range(MOST_STEPS):
        due = next_due(people.profiles[profile_id])
        if due is None:
            return None
        if due > last:
            break
        people.now = max(people.now, due)
        people.wake(profile_id)
    return next_due(people.profiles[profile_id])


def _deliveries(people: People, now: int) -> list[DeliveryRow]:
    """Give what there would be to do outside, and say what an exit event takes back of it."""
    rows = [delivery_row(action, now) for action in people.actions]
    for row in rows:
        if row.id in people.cancelled and row.status == Status.SCHEDULED:
            row.status, row.reason = Status.CANCELLED, people.cancelled[row.id]
    return rows


def _taken(decisions: list[Decision]) -> list[DecisionRow]:
    """Take out what was decided since the last look, as it would be stored."""
    rows = [DecisionRow.of(decision) for decision in decisions]
    decisions.clear()
    return [structs.replace(row, reasons=to_builtins(row.reasons)) for row in rows]
