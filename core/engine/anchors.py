"""Let one event meet one trigger: in order by one step, late by comparing the history with and without it."""

from __future__ import annotations

from typing import Any

from core.engine import absence, count
from core.engine.absence import amount, slot
from core.engine.decision import Reason
from core.engine.digest import decision_id
from core.engine.draft import Draft, Match
from core.engine.duration import format_duration
from core.engine.instant import iso
from core.engine.judge import false_positive, not_met
from core.engine.matching import key_of, matching, named
from core.engine.profile import Case, Mark, Moment
from core.engine.rule import AbsenceAnchor, ApiAnchor, CountAnchor, EventAnchor, Trigger
from core.engine.scope import Scope
from core.engine.view import case_view, events_view


def meet(draft: Draft, trigger: Trigger, moment: Moment, scope: Scope, *, late: bool) -> list[Match]:
    """Let an event of the timeline act on a trigger; gives the anchors that now match."""
    when = trigger.when
    _note_unmatched(draft, trigger, moment, scope)
    if isinstance(when, EventAnchor):
        return [event_match(trigger, moment, scope)] if matching(when.patterns, moment.name, scope) else []
    if isinstance(when, CountAnchor):
        return _meet_count(draft, trigger, when, moment, scope)
    return (_late_absence if late else _step_absence)(draft, trigger, moment, scope)


def meet_quietly(draft: Draft, trigger: Trigger, moment: Moment, scope: Scope, *, late: bool) -> None:
    """Let an event of imported history be counted and close what it closes; nothing matches by it."""
    when = trigger.when
    if isinstance(when, CountAnchor):
        if matching(when.patterns, moment.name, scope):
            _mark(draft, trigger, when, moment)
    elif isinstance(when, AbsenceAnchor):
        (_late_absence if late else _step_absence)(draft, trigger, moment, scope)


def api_match(trigger: Trigger, moment: Moment, scope: Scope) -> Match:
    """Take the trigger's anchor as met by a call of the API."""
    reason = Reason("anchor", True, "api", saw="called by the API", needed="a call of the API")
    total = amount(trigger.when, scope) if isinstance(trigger.when, AbsenceAnchor) else 0.0
    key = "" if isinstance(trigger.when, ApiAnchor) else key_of(trigger.when.key, scope)
    return Match(moment.timestamp, trigger, key, moment, reason, events_view([moment], 1, total))


def event_match(trigger: Trigger, moment: Moment, scope: Scope) -> Match:
    """Match an event anchor."""
    assert isinstance(trigger.when, EventAnchor)
    key = key_of(trigger.when.key, scope)
    reason = Reason("anchor", True, moment.name, saw=moment.id, needed="the event")
    return Match(moment.timestamp, trigger, key, moment, reason, events_view([moment], 1))


def case_match(trigger: Trigger, case: Case) -> Match:
    """Match an absence anchor whose case is due."""
    reason = Reason("anchor", True, _absence_text(trigger), saw=f"none until {iso(case.due)}", needed="none")
    return Match(case.due, trigger, case.key, case.anchor, reason, case_view(case))


def warm_marks(draft: Draft, trigger: Trigger) -> list[Mark]:
    """Give a count's marks, from the timeline where none were kept yet."""
    assert isinstance(trigger.when, CountAnchor)
    marks = draft.profile.marks.get(trigger.anchor_hash)
    if marks is None:
        timeline = draft.profile.timeline
        marks = count.warm(trigger.when, timeline, [draft.scope(moment) for moment in timeline])
    return marks


def _note_unmatched(draft: Draft, trigger: Trigger, moment: Moment, scope: Scope) -> None:
    when = trigger.when
    assert isinstance(when, EventAnchor | CountAnchor | AbsenceAnchor)
    mine = named(when.patterns, moment.name)
    if not mine or matching(mine, moment.name, scope):
        return
    where = " or ".join(f"={pattern.where.text}" for pattern in mine if pattern.where)
    seen = {pattern.where.text: _plain(pattern.where.evaluate(scope)) for pattern in mine if pattern.where}
    reason = Reason("anchor", False, f"{moment.name} where {where}", saw=seen, needed=True)
    not_met(draft, trigger, moment.timestamp, moment, key_of(when.key, scope), reason)


def _plain(value: Any) -> Any:
    return getattr(value, "reason", value)


def _meet_count(
    draft: Draft, trigger: Trigger, when: CountAnchor, moment: Moment, scope: Scope
) -> list[Match]:
    if not matching(when.patterns, moment.name, scope):
        return []
    profile = draft.profile
    mark = Mark(moment.timestamp, moment.seq)
    marks = _mark(draft, trigger, when, moment)
    crossing, lost = count.changed(marks, mark, when)
    if mark not in crossing:
        reason = _count_reason(when, count.before(marks, mark, when.within) + 1, met=False)
        not_met(draft, trigger, moment.timestamp, moment, key_of(when.key, scope), reason)
    if not crossing and not lost:
        return []
    known = {m.seq: m for m in profile.timeline}
    for gone in (known[m.seq] for m in lost if m.seq in known):
        key = key_of(when.key, draft.scope(gone))
        _take_back(draft, trigger, decision_id(trigger.name, gone.id, key), moment)
    live = [m for m in crossing if m.seq in known and not known[m.seq].quiet]
    found = [known[m.seq] for m in live if m.seq > trigger.since or m == mark]
    matches = [_count_match(draft, trigger, when, marks, at) for at in found]
    return [match for match in matches if not _has_fired(draft, match)]


def _mark(draft: Draft, trigger: Trigger, when: CountAnchor, moment: Moment) -> list[Mark]:
    profile = draft.profile
    latest = max(profile.clock, moment.timestamp)
    mark = Mark(moment.timestamp, moment.seq)
    marks = count.insert(warm_marks(draft, trigger), mark, latest, when.within)
    profile.marks[trigger.anchor_hash] = marks
    return marks


def _count_match(draft: Draft, trigger: Trigger, when: CountAnchor, marks: list[Mark], at: Moment) -> Match:
    counted = count.window(marks, Mark(at.timestamp, at.seq), when.within)
    moments = [moment for moment in draft.profile.timeline if moment.seq in counted]
    key = key_of(when.key, draft.scope(at))
    reason = _count_reason(when, len(counted), met=True)
    return Match(at.timestamp, trigger, key, at, reason, events_view(moments[-50:], len(counted)))


def _count_reason(when: CountAnchor, seen: int, *, met: bool) -> Reason:
    names = " or ".join(dict.fromkeys(pattern.name for pattern in when.patterns))
    expression = f"count of {names} within {format_duration(when.within)}"
    if seen > when.at_least:
        expression += ", already reached"
    return Reason("anchor", met, expression, saw=seen, needed=when.at_least)


def _take_back(draft: Draft, trigger: Trigger, wrong: str, late: Moment) -> None:
    for firing in draft.profile.firings.get(trigger.name, []):
        if firing.decision_id == wrong:
            false_positive(draft, trigger, firing, late)


def _has_fired(draft: Draft, match: Match) -> bool:
    mine = decision_id(match.trigger.name, match.anchor.id, match.key)
    return any(f.decision_id == mine for f in draft.profile.firings.get(match.trigger.name, []))


def _step_absence(draft: Draft, trigger: Trigger, moment: Moment, scope: Scope) -> list[Match]:
    cases = draft.profile.cases.setdefault(trigger.name, [])
    for closed in absence.step(cases, moment, trigger, scope):
        note_closed(draft, trigger, closed.case, moment)
    if not cases:
        del draft.profile.cases[trigger.name]
    return []


def note_closed(draft: Draft, trigger: Trigger, case: Case, by: Moment) -> None:
    """Record that an event closed a case."""
    seen = f"{by.name} ({by.id}) at {iso(by.timestamp)}"
    reason = Reason("anchor", False, _absence_text(trigger), saw=seen, needed=f"none until {iso(case.due)}")
    not_met(draft, trigger, by.timestamp, case.anchor, case.key, reason)


def _absence_text(trigger: Trigger) -> str:
    when = trigger.when
    assert isinstance(when, AbsenceAnchor)
    names = " or ".join(dict.fromkeys(pattern.name for pattern in when.patterns))
    enders = " or ".join(dict.fromkeys(pattern.name for pattern in when.not_followed_by))
    return f"{names} not followed by {enders} within {format_duration(when.within)}"


def _late_absence(draft: Draft, trigger: Trigger, late: Moment, _: Scope) -> list[Match]:
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
            _take_back(draft, trigger, decision_id(trigger.name, case.anchor.id, case.key), late)
    return []


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
