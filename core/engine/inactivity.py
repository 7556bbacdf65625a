"""The inactivity anchor: each activity starts the clock again, and what is never followed by another is a lapse."""

from __future__ import annotations

from bisect import bisect_left

from core.engine.draft import Draft
from core.engine.echo import unecho
from core.engine.exits import withdraw_held
from core.engine.gathering import SLACK, insert, place
from core.engine.judge import false_positive
from core.engine.matching import key_of
from core.engine.profile import Case, Mark, Moment
from core.engine.rule import InactiveAnchor, Trigger
from core.engine.scope import Scope
from core.engine.when import ACTIVITY_TYPES

#: The marks of activity that are kept, for events that come late.
MARKS = 100


def meet_activity(draft: Draft, trigger: Trigger, moment: Moment, scope: Scope) -> None:
    """Let an activity end the lapse before it, and wait for the next; imported history and other calls are none."""
    when = trigger.when
    assert isinstance(when, InactiveAnchor)
    if moment.quiet or scope.event.get("type", "track") not in ACTIVITY_TYPES:
        return
    profile, mark = draft.profile, Mark(moment.timestamp, moment.seq, moment.id)
    oldest = max(profile.clock, mark.timestamp) - 2 * when.within - SLACK
    marks = insert(profile.marks.get(trigger.anchor_hash, []), mark, oldest, MARKS)
    profile.marks[trigger.anchor_hash] = marks
    at = bisect_left(marks, place(mark))
    if at == len(marks) or place(marks[at]) != place(mark):
        return
    following = marks[at + 1].timestamp if at + 1 < len(marks) else None
    if at and (following is None or following > marks[at - 1].timestamp + when.within):
        _end_lapse(draft, trigger, marks[at - 1], moment)
    is_lapse = following is None or following > moment.timestamp + when.within
    if is_lapse and moment.seq > trigger.since:
        _wait(draft, trigger, moment, key_of(when.key, scope))


def close_ended(draft: Draft, trigger: Trigger) -> None:
    """Drop, after a merge, the cases that the other person's activity ends."""
    marks = draft.profile.marks.get(trigger.anchor_hash, [])
    held = draft.profile.cases.pop(trigger.name, [])
    kept = [case for case in held if not _is_followed(case, marks)]
    if kept:
        draft.profile.cases[trigger.name] = kept


def _is_followed(case: Case, marks: list[Mark]) -> bool:
    at = bisect_left(marks, (case.anchor.timestamp, case.anchor.seq + 1))
    return at < len(marks) and marks[at].timestamp <= case.due


def _wait(draft: Draft, trigger: Trigger, moment: Moment, key: str) -> None:
    when = trigger.when
    assert isinstance(when, InactiveAnchor)
    due = moment.timestamp + when.within
    case = Case(
        key, moment, due, due + moment.lateness, moment, (moment,), 1, 0.0, anchor_hash=trigger.anchor_hash
    )
    held = draft.profile.cases.get(trigger.name, [])
    draft.profile.cases[trigger.name] = sorted([*held, case], key=lambda one: (one.key, one.anchor.seq))


def _end_lapse(draft: Draft, trigger: Trigger, before: Mark, moment: Moment) -> None:
    """Let an activity end what waited since the one before it, or record that it fired wrongly."""
    when = trigger.when
    assert isinstance(when, InactiveAnchor)
    due = before.timestamp + when.within
    if moment.timestamp > due:
        return
    held = draft.profile.cases.get(trigger.name, [])
    kept = [case for case in held if case.anchor.seq != before.seq]
    if len(kept) < len(held):
        draft.profile.cases[trigger.name] = kept
        if not kept:
            del draft.profile.cases[trigger.name]
        return
    for firing in draft.profile.firings.get(trigger.name, []):
        if firing.at >= due and firing.event_id == before.value:
            false_positive(draft, trigger, firing, moment)
    withdraw_held(draft, trigger, lambda held: held.anchor.seq == before.seq, moment)
    unecho(draft, trigger.name, due, before.seq, moment)
