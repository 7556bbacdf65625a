"""One of two people made anew: replayed alone, with what really was decided and sent, and what is really open."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from msgspec import structs

from core.engine import Profile, new_profile
from core.engine.digest import decision_id
from core.engine.event import Identifier
from core.engine.profile import Case, Consent, Date, Firing, Joined, Journey, Mark, event_of
from core.pipeline.apart import NOBODY_APART
from core.ports import EventRow
from core.runners.audit.compare import not_met_of
from core.runners.audit.reference import Course, Reference
from core.runners.audit.standing import Standing
from core.store.journal import Journal


@dataclass(frozen=True)
class Remaking:
    """What is needed to make one side of ``person`` anew: its identifiers, strongest first, and its events.

    ``others`` are the times of the other side's events; ``has_rest``: what belongs to no event is this side's.
    """

    journal: Journal
    standing: Standing
    person: Profile
    own: Sequence[Identifier]
    rows: Sequence[EventRow]
    others: frozenset[int]
    now: int
    has_rest: bool

    @cached_property
    def events(self) -> frozenset[str]:
        """Give the ids of the events."""
        return frozenset(row.id for row in self.rows)

    def has(self, event_id: str) -> bool:
        """Tell whether what goes back to an event is this side's; the empty id stands for time alone."""
        return event_id in self.events or (self.has_rest and not event_id)


def remake(one: Remaking, ids: Sequence[str]) -> Profile:
    """Make a person who had these ids."""
    replayed = _replayed(one, ids[0])
    person = one.person
    return structs.replace(
        replayed,
        identifiers=_held(person, one.own),
        merged_from=tuple(ids[1:]),
        settled=tuple(sorted(ids)),
        consent=_consent(one, replayed),
        drained=max(replayed.drained, person.drained),
        firings=_firings(one),
        journeys=_journeys(one),
        cases=_cases(one, replayed),
        dates=_dates(one, replayed),
        digests=_digests(one),
    )


def _replayed(one: Remaking, profile_id: str) -> Profile:
    """Let the events arrive anew for this person alone; what fires by that is not kept."""
    first = min((row.timestamp for row in one.rows), default=one.person.first_seen)
    reference = Reference(one.standing, Course(), NOBODY_APART)
    people = reference.people
    people.profiles[profile_id] = new_profile(profile_id, first)
    people.owners = dict.fromkeys(one.own, profile_id)
    rows = (_restricted(row, one.own, profile_id) for row in one.rows)
    for _ in reference.play(rows, max((row.received_at for row in one.rows), default=0)):
        pass
    return people.profiles[profile_id]


def _restricted(row: EventRow, own: Sequence[Identifier], profile_id: str) -> EventRow:
    """Give an event with those of its identifiers that are this person's."""
    named: dict[str, list[str]] = {}
    for namespace, values in row.identifiers.items():
        mine = [value for value in values if Identifier(namespace, value) in own]
        if mine:
            named[namespace] = mine
    return structs.replace(
        row, identifiers=named or {own[0].namespace: [own[0].value]}, profile_id=profile_id
    )


def _held(person: Profile, own: Collection[Identifier]) -> dict[str, dict[str, Mark]]:
    held = {
        ns: {value: mark for value, mark in values.items() if Identifier(ns, value) in own}
        for ns, values in person.identifiers.items()
    }
    return {ns: values for ns, values in held.items() if values}


def _firings(one: Remaking) -> dict[str, list[Firing]]:
    """Let each firing go with its anchor event."""
    held = one.person.firings.items()
    found = {name: [each for each in firings if one.has(each.event_id)] for name, firings in held}
    return {name: firings for name, firings in found.items() if firings}


def _journeys(one: Remaking) -> dict[str, dict[str, Journey]]:
    """Let each wait go with its anchor event."""
    held = one.person.journeys.items()
    found = {
        name: {key: wait for key, wait in waits.items() if one.has(event_of(wait.anchor))}
        for name, waits in held
    }
    return {name: waits for name, waits in found.items() if waits}


def _digests(one: Remaking) -> dict[str, list[Joined]]:
    """Let each case that waits in a digest go with its anchor event."""
    held = one.person.digests.items()
    found = {name: [each for each in joined if one.has(event_of(each.anchor))] for name, joined in held}
    return {name: joined for name, joined in found.items() if joined}


def _consent(one: Remaking, replayed: Profile) -> dict[str, Consent]:
    """Give what the person's own events say; a refusal that no event of the other explains stands as well."""
    mine = {row.timestamp for row in one.rows}
    found = dict(replayed.consent)
    for name, said in one.person.consent.items():
        is_others = said.at not in mine and said.at in one.others
        if not said.granted and not is_others:
            found[name] = said
    return found


def _cases(one: Remaking, replayed: Profile) -> dict[str, list[Case]]:
    """Keep open what is due yet, or was open and has only not been drained; what was decided stays decided."""
    named = {
        decision_id(name, case.anchor.id, case.key): (name, case)
        for name, cases in replayed.cases.items()
        for case in cases
    }
    decided = {*one.journal.decisions(named)}
    refused = one.journal.refusals([not_met_of(each) for each in named])
    decided |= {each for each in named if not_met_of(each) in refused}
    was_open = {(name, case.key, case.anchor.seq) for name, held in one.person.cases.items() for case in held}
    found: dict[str, list[Case]] = {}
    for each, (name, case) in named.items():
        is_waiting = (name, case.key, case.anchor.seq) in was_open
        if is_waiting or (case.wake_at >= one.now and each not in decided):
            found.setdefault(name, []).append(case)
    return found


def _dates(one: Remaking, replayed: Profile) -> dict[str, Date]:
    """Wait for dates that lie ahead, and for those that were waited for and have only not been drained."""

    def is_armed(name: str, date: Date) -> bool:
        held = one.person.dates.get(name)
        was_armed = held is not None and held.armed and held.due == date.due
        return was_armed or (date.armed and date.wake_at >= one.now)

    return {name: structs.replace(date, armed=is_armed(name, date)) for name, date in replayed.dates.items()}
