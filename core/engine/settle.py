"""Work out, after a merge, the open cases, journeys and marks of the joined timeline. Nothing fires by it."""

from __future__ import annotations

from core.engine import absence
from core.engine.absence import slot
from core.engine.anchors import note_closed, warm_marks
from core.engine.count import warm
from core.engine.draft import Draft
from core.engine.journey import leave_if_ended
from core.engine.profile import MARKS_LIMIT, Case, Profile
from core.engine.rule import AbsenceAnchor, CountAnchor, Trigger


def whole(profile: Profile) -> tuple[str, ...]:
    """Name the profiles whose timelines a profile joins."""
    return tuple(sorted({profile.id, *profile.merged_from}))


def settle(draft: Draft) -> None:
    """Bring open cases and marks in line with the joined timeline, once after each merge."""
    profile = draft.profile
    everyone = whole(profile)
    if profile.settled == everyone:
        return
    for trigger in draft.rules.triggers.values():
        if trigger.status == "draft":
            continue
        for key, journey in list(profile.journeys.get(trigger.name, {}).items()):
            leave_if_ended(draft, trigger, key, journey)
        if isinstance(trigger.when, AbsenceAnchor):
            _settle_cases(draft, trigger)
        elif isinstance(trigger.when, CountAnchor):
            _settle_marks(draft, trigger, trigger.when)
    profile.settled = everyone


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


def _settle_marks(draft: Draft, trigger: Trigger, when: CountAnchor) -> None:
    profile = draft.profile
    seen = warm(when, profile.timeline, [draft.scope(moment) for moment in profile.timeline])
    marks = sorted({*warm_marks(draft, trigger), *seen})[-MARKS_LIMIT:]
    if marks:
        profile.marks[trigger.anchor_hash] = marks
