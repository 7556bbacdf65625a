"""Bring a person up to date with measures that are new: gathered from what is stored, and nothing fires by it."""

from __future__ import annotations

from collections.abc import Sequence

from core.engine.dates import find_dates
from core.engine.draft import Draft
from core.engine.event import Event
from core.engine.formula import Unknown
from core.engine.gathered import add_total, reading
from core.engine.gathering import insert
from core.engine.matching import matching
from core.engine.profile import Mark, Profile
from core.engine.rule import RuleSet
from core.engine.scope import Scope
from core.engine.tally import Tally
from core.engine.watch import judge_states
from core.engine.when import ACTIVITY_TYPES, trigger_of


def fill(profile: Profile, events: Sequence[Event], rules: RuleSet, now: int) -> Profile:
    """Give the profile with every measure of the rules; ``events`` are its stored ones, of any names, in order."""
    if profile.measures == rules.measures:
        return profile
    draft = Draft(profile, rules, now)
    _gather(draft, [(event, Mark(event.timestamp, event.seq)) for event in events if not event.trigger])
    _begin(draft, now)
    return draft.profile


def ready(draft: Draft) -> None:
    """Do without stored events what ``fill`` does, where no shell has done it; a new person has nothing to fill.

    Marks that no rule looks at any more are dropped.
    """
    profile, rules = draft.profile, draft.rules
    for gone in profile.marks.keys() - rules.kept:
        del profile.marks[gone]
    if profile.measures != rules.measures:
        if profile.clock or profile.merged_from:
            _begin(draft, draft.now)
        _stamp(draft)


def _gather(draft: Draft, events: Sequence[tuple[Event, Mark]]) -> None:
    """Count stored events in the tallies that are new."""
    rules, profile = draft.rules, draft.profile
    new = _uncovered(draft, "tally ")
    for event, mark in events:
        for tally in rules.tallies.get(event.name, ()):
            if new.intersection(_slots(tally, rules)):
                person = draft.as_of(event.timestamp, event.seq)
                scope = Scope(event=event.data, profile=person.view, now=event.timestamp, facts=person)
                if matching(tally.patterns, event.name, scope):
                    _add(draft, tally, mark, scope, new)
    for tally in {tally.id: tally for tallies in rules.tallies.values() for tally in tallies}.values():
        if new.intersection(_slots(tally, rules)):
            for mark in _past_firings(profile, tally):
                _add(draft, tally, mark, draft.as_of(mark.timestamp).scope(), new)
    active = [event.timestamp for event, _ in events if event.type in ACTIVITY_TYPES]
    if active:
        profile.last_active = max(profile.last_active or 0, *active)


def _past_firings(profile: Profile, tally: Tally) -> list[Mark]:
    """Mark what is known to have matched of the triggers that a tally counts: what fired."""
    names = [trigger_of(pattern.name) for pattern in tally.patterns]
    return [Mark(firing.at, 0) for name in names for firing in profile.firings.get(name, [])]


def _slots(tally: Tally, rules: RuleSet) -> list[str]:
    """Name what is kept of a tally: its marks, or each of its totals."""
    return [f"{tally.id}/{kind}" for kind in rules.totals.get(tally.id, ("",))]


def _add(draft: Draft, tally: Tally, mark: Mark, scope: Scope, new: set[str]) -> None:
    profile, value = draft.profile, reading(tally, scope)
    if isinstance(value, Unknown):
        return
    one = mark._replace(value=value)
    if tally.within is not None:
        profile.marks[tally.id] = insert(profile.marks.get(tally.id, []), one, 0)
    for kind in draft.rules.totals.get(tally.id, ()):
        slot = f"{tally.id}/{kind}"
        if slot in new:
            held = profile.totals.get(slot, {}).get(profile.id)
            profile.totals[slot] = {profile.id: add_total(held, one, kind)}


def _begin(draft: Draft, now: int) -> None:
    """Take memberships, scores and dates that are new as they are, and forget those that are no more."""
    profile, rules = draft.profile, draft.rules
    segments, triggers = _uncovered(draft, "segment "), _uncovered(draft, "trigger ")
    states, dates = [one.name for one in rules.by_state], [one.name for one in rules.by_date]
    if segments or triggers.intersection(states):
        _judge_silently(draft, segments, triggers, now)
    profile.members = {name: at for name, at in profile.members.items() if name in rules.segments}
    profile.above = {name: at for name, at in profile.above.items() if name in states}
    profile.dates = {name: date for name, date in profile.dates.items() if name in dates}
    draft.changed()
    find_dates(draft, [one for one in rules.by_date if one.name in triggers], now)
    _stamp(draft)


def _judge_silently(draft: Draft, segments: set[str], triggers: set[str], now: int) -> None:
    """Judge what is new as of now, and leave what is not to its own time."""
    profile = draft.profile
    members, above, judged, recheck = profile.members, profile.above, profile.judged, profile.recheck
    profile.members, profile.above = dict(members), dict(above)
    draft.quiet = True
    judge_states(draft, now)
    draft.quiet = False
    profile.members = _chosen(profile.members, members, segments)
    profile.above = _chosen(profile.above, above, triggers)
    profile.judged = judged
    times = [recheck, profile.recheck]
    profile.recheck = min((time for time in times if time is not None), default=None)


def _chosen(judged: dict[str, int], held: dict[str, int], new: set[str]) -> dict[str, int]:
    return {name: at for name, at in judged.items() if name in new} | {
        name: at for name, at in held.items() if name not in new
    }


def _uncovered(draft: Draft, kind: str) -> set[str]:
    """Name the measures of a kind that the profile does not cover."""
    covered = set(draft.profile.covered)
    parts = draft.rules.parts.items()
    return {name.removeprefix(kind) for name, one in parts if name.startswith(kind) and one not in covered}


def _stamp(draft: Draft) -> None:
    draft.profile.measures = draft.rules.measures
    draft.profile.covered = tuple(sorted(draft.rules.parts.values()))
