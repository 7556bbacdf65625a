"""Let one event meet one trigger: in order by one step, late by comparing the history with and without it."""

from __future__ import annotations

from typing import Any

from core.engine import absence
from core.engine.absence import amount, slot
from core.engine.decision import Reason
from core.engine.digest import decision_id
from core.engine.draft import Draft, Match
from core.engine.duration import format_duration
from core.engine.echo import meet_marks, take_back, unecho
from core.engine.inactivity import meet_activity
from core.engine.instant import iso
from core.engine.judge import not_met
from core.engine.matching import key_of, matching, named
from core.engine.profile import Case, Moment
from core.engine.rule import (
    AbsenceAnchor,
    ChangedAnchor,
    CountAnchor,
    EventAnchor,
    InactiveAnchor,
    MarkAnchor,
    Pattern,
    SequenceAnchor,
    Trigger,
)
from core.engine.scope import Scope
from core.engine.view import case_view, events_view
from core.engine.when import key_formula


def meet(draft: Draft, trigger: Trigger, moment: Moment, scope: Scope, *, late: bool) -> None:
    """Let an event act on a trigger; what matches by it joins the draft's matches."""
    when = trigger.when
    if not moment.quiet:
        _note_unmatched(draft, trigger, moment, scope)
    if isinstance(when, EventAnchor):
        if matching(when.patterns, moment.name, scope):
            draft.matches.append(event_match(trigger, moment, scope))
    elif isinstance(when, MarkAnchor):
        meet_marks(draft, trigger, moment, moment, scope)
    elif isinstance(when, InactiveAnchor):
        meet_activity(draft, trigger, moment, scope)
    elif isinstance(when, AbsenceAnchor):
        (_late_absence if late else _step_absence)(draft, trigger, moment, scope)


def api_match(trigger: Trigger, moment: Moment, scope: Scope) -> Match:
    """Take the trigger's anchor as met by a call of the API."""
    reason = Reason("anchor", True, "api", saw="called by the API", needed="a call of the API")
    total = amount(trigger.when, scope) if isinstance(trigger.when, AbsenceAnchor) else 0.0
    key = key_of(key_formula(trigger.when), scope)
    return Match(moment.timestamp, trigger, key, moment, reason, events_view([moment], 1, total))


def event_match(trigger: Trigger, moment: Moment, scope: Scope) -> Match:
    """Match an event anchor."""
    assert isinstance(trigger.when, EventAnchor)
    key = key_of(trigger.when.key, scope)
    reason = Reason("anchor", True, moment.name, saw=moment.id, needed="the event")
    return Match(moment.timestamp, trigger, key, moment, reason, events_view([moment], 1))


def case_match(trigger: Trigger, case: Case) -> Match:
    """Match an anchor that waited, and whose case is due."""
    reason = Reason("anchor", True, waiting_text(trigger), saw=f"none until {iso(case.due)}", needed="none")
    return Match(case.due, trigger, case.key, case.anchor, reason, case_view(case))


def _note_unmatched(draft: Draft, trigger: Trigger, moment: Moment, scope: Scope) -> None:
    """Record an event whose name the anchor asks for and whose ``where`` does not hold."""
    mine = named(_asked(trigger), moment.name)
    if not mine or matching(mine, moment.name, scope):
        return
    where = " or ".join(f"={pattern.where.text}" for pattern in mine if pattern.where)
    seen = {pattern.where.text: _plain(pattern.where.evaluate(scope)) for pattern in mine if pattern.where}
    reason = Reason("anchor", False, f"{moment.name} where {where}", saw=seen, needed=True)
    key = key_of(key_formula(trigger.when), scope)
    not_met(draft, trigger, moment.timestamp, moment, key, reason)


def _asked(trigger: Trigger) -> tuple[Pattern, ...]:
    """Give the patterns that each tell whether an event matches; stays, sessions and states have none."""
    when = trigger.when
    if isinstance(when, SequenceAnchor):
        return when.steps[-1]
    if isinstance(when, EventAnchor | ChangedAnchor | CountAnchor | AbsenceAnchor):
        return when.patterns
    return ()


def _plain(value: Any) -> Any:
    return getattr(value, "reason", value)


def _step_absence(draft: Draft, trigger: Trigger, moment: Moment, scope: Scope) -> None:
    cases = draft.profile.cases.setdefault(trigger.name, [])
    for closed in absence.step(cases, moment, trigger, scope):
        note_closed(draft, trigger, closed.case, moment)
    if not cases:
        del draft.profile.cases[trigger.name]


def note_closed(draft: Draft, trigger: Trigger, case: Case, by: Moment) -> None:
    """Record that an event closed a case."""
    seen = f"{by.name} ({by.id}) at {iso(by.timestamp)}"
    reason = Reason("anchor", False, waiting_text(trigger), saw=seen, needed=f"none until {iso(case.due)}")
    not_met(draft, trigger, by.timestamp, case.anchor, case.key, reason)


def waiting_text(trigger: Trigger) -> str:
    """Write what an anchor waits for."""
    when = trigger.when
    if isinstance(when, InactiveAnchor):
        return f"inactive for {format_duration(when.within)}"
    assert isinstance(when, AbsenceAnchor)
    names = " or ".join(dict.fromkeys(pattern.name for pattern in when.patterns))
    enders = " or ".join(dict.fromkeys(pattern.name for pattern in when.not_followed_by))
    return f"{names} not followed by {enders} within {format_duration(when.within)}"


def _late_absence(draft: Draft, trigger: Trigger, late: Moment, _: Scope) -> None:
    """Compare the history with and without the event; a case that was due long ago waits for the next drain.

    So the events of one flush all have their say before anything is judged: an order that arrives right
    behind its cart still closes it.
    """
    profile = draft.profile
    horizon = max(profile.clock, profile.drained + 1)
    without = [moment for moment in profile.timeline if moment.seq != late.seq]
    before = absence.replay(trigger, without, horizon, draft.scope)
    after = absence.replay(trigger, profile.timeline, horizon, draft.scope)
    lost = _only([*before.due, *before.open], [*after.due, *after.open])
    found = _only([*after.due, *after.open], [*before.due, *before.open])
    drained = {slot(case) for case in before.due} - {
        slot(case) for case in profile.cases.get(trigger.name, [])
    }
    _adopt(draft, trigger, lost, [case for case in found if slot(case) not in drained], late)
    still = {slot(case) for case in after.due}
    for case in sorted(before.due, key=lambda one: (one.due, one.key)):
        if slot(case) not in still:
            take_back(draft, trigger, decision_id(trigger.name, case.anchor.id, case.key), late)
            unecho(draft, trigger.name, case.due, case.anchor.seq, late)


def _only(cases: list[Case], others: list[Case]) -> list[Case]:
    return [case for case in cases if case not in others]


def _adopt(draft: Draft, trigger: Trigger, lost: list[Case], found: list[Case], late: Moment) -> None:
    """Take over the open cases that a late event changes, and leave the others as they are."""
    places = {slot(case) for case in lost}
    held = draft.profile.cases.pop(trigger.name, [])
    fired = {firing.decision_id for firing in draft.profile.firings.get(trigger.name, [])}
    kept = [case for case in held if slot(case) not in places]
    kept += [case for case in found if decision_id(trigger.name, case.anchor.id, case.key) not in fired]
    for case in held:
        if slot(case) in places and case.key not in {one.key for one in found}:
            note_closed(draft, trigger, case, late)
    if kept:
        draft.profile.cases[trigger.name] = sorted(kept, key=slot)
