"""Work out, after a merge, what the joined timeline has open and counted. Nothing fires by it."""

from __future__ import annotations

from core.engine import absence, hits
from core.engine.absence import slot
from core.engine.anchors import note_closed
from core.engine.bursts import settle_bursts
from core.engine.dates import settle_dates
from core.engine.digests import leave_digests_if_ended
from core.engine.draft import Draft
from core.engine.echo import timeline_marks
from core.engine.exits import leave_held_if_ended, leave_if_ended
from core.engine.gathering import place
from core.engine.inactivity import close_ended
from core.engine.profile import Case, Mark, Profile
from core.engine.rule import AbsenceAnchor, InactiveAnchor, MarkAnchor, Trigger
from core.engine.watch import judge_states


def whole(profile: Profile) -> tuple[str, ...]:
    """Name the profiles whose timelines a profile joins."""
    return tuple(sorted({profile.id, *profile.merged_from}))


def settle(draft: Draft) -> None:
    """Bring cases, marks, states and dates in line with the joined timeline, once after each merge."""
    profile = draft.profile
    everyone = whole(profile)
    if profile.settled == everyone:
        return
    for trigger in draft.rules.triggers.values():
        if trigger.status != "draft":
            _settle_trigger(draft, trigger)
    draft.quiet = True
    judge_states(draft, profile.clock)
    draft.quiet = False
    settle_dates(draft, max(profile.clock, profile.drained + 1))
    profile.settled = everyone


def _settle_trigger(draft: Draft, trigger: Trigger) -> None:
    for key in sorted(draft.profile.journeys.get(trigger.name, {})):
        leave_if_ended(draft, trigger, key, draft.profile.journeys[trigger.name][key])
    settle_bursts(draft, trigger)
    leave_held_if_ended(draft, trigger)
    leave_digests_if_ended(draft, trigger)
    if isinstance(trigger.when, AbsenceAnchor):
        _settle_cases(draft, trigger)
    elif isinstance(trigger.when, InactiveAnchor):
        close_ended(draft, trigger)
    elif isinstance(trigger.when, MarkAnchor):
        _settle_marks(draft, trigger)


def _settle_cases(draft: Draft, trigger: Trigger) -> None:
    """Take the joined history's open cases, those still to be drained, and those older than the timeline.

    A case that an event of the other person closes leaves a decision that says so.
    """
    profile = draft.profile
    horizon = max(profile.clock, profile.drained + 1)
    replayed = absence.replay(trigger, profile.timeline, horizon, draft.scope)
    known = {moment.seq for moment in profile.timeline}
    held = profile.cases.pop(trigger.name, [])
    waiting = {slot(case) for case in held}
    cases = [case for case in held if not _is_covered(case, known)]
    cases += [case for case in replayed.due if slot(case) in waiting] + replayed.open
    for one in replayed.closed:
        if slot(one.case) in waiting:
            note_closed(draft, trigger, one.case, one.by)
    if cases:
        profile.cases[trigger.name] = sorted(cases, key=slot)


def _is_covered(case: Case, known: set[int]) -> bool:
    """Tell whether the timeline still holds the case's events; a case older than that is kept as it is."""
    return case.anchor.seq in known and case.first.seq in known


def _settle_marks(draft: Draft, trigger: Trigger) -> None:
    """Add what only the other's timeline holds: one of the two may never have met this trigger."""
    assert isinstance(trigger.when, MarkAnchor)
    held = draft.profile.marks.get(trigger.anchor_hash, [])
    marks: dict[tuple[int, int], Mark] = {place(mark): mark for mark in timeline_marks(draft, trigger)}
    marks |= {place(mark): mark for mark in held}
    if marks:
        found = [marks[one] for one in sorted(marks)]
        draft.profile.marks[trigger.anchor_hash] = hits.kept(trigger.when, found)
