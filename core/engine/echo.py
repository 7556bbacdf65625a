"""Anchors judged over marks, and matches that are themselves counted by other triggers.

A match of one trigger is a mark of those that count it, in its place in time; so a chain of triggers needs no event
of its own, and a late event is followed through all of it.
"""

from __future__ import annotations

from bisect import bisect_left

from msgspec import structs

from core.engine import hits
from core.engine.decision import Reason
from core.engine.digest import decision_id
from core.engine.draft import Draft, Match
from core.engine.exits import withdraw_held
from core.engine.gathering import SLACK, gather, insert, place, withdraw
from core.engine.hits import Hit
from core.engine.hits.lacking import lacking
from core.engine.judge import false_positive, not_met
from core.engine.matching import key_of
from core.engine.profile import Mark, Moment, thin_moment
from core.engine.rule import DwellAnchor, MarkAnchor, SessionAnchor, Trigger
from core.engine.scope import Scope
from core.engine.view import events_view
from core.engine.when import key_formula, matched


def meet_marks(draft: Draft, trigger: Trigger, moment: Moment, anchor: Moment, scope: Scope) -> None:
    """Let an event, or a match of another trigger with its ``anchor`` event, be a mark of a trigger."""
    when = trigger.when
    assert isinstance(when, MarkAnchor)
    value = hits.read(when, _reading(anchor, moment.name, scope), scope)
    if value is None:
        _note_unread(draft, trigger, moment, anchor, scope)
        return
    mark = Mark(moment.timestamp, moment.seq, value)
    marks = _insert(draft, trigger, mark)
    at = bisect_left(marks, place(mark))
    is_kept = at < len(marks) and place(marks[at]) == place(mark)
    found = hits.hits(when, marks, at) if is_kept else []
    if is_kept:
        is_last = at == len(marks) - 1
        lost = [] if is_last else hits.hits(when, marks[:at] + marks[at + 1 :], at)
        _settle(draft, trigger, found, lost, anchor)
    is_hit = any(place(hit.mark) == place(mark) for hit in found)
    if not is_hit and not anchor.quiet and hits.is_asked(when, moment.name):
        seen = hits.short_of(when, marks, at) if is_kept else "came too late to be counted"
        reason = Reason("anchor", False, hits.expression(when), saw=seen, needed=hits.needed(when))
        not_met(draft, trigger, moment.timestamp, anchor, str(value[0]), reason)


def echo(draft: Draft, trigger: str, at: int, anchor: Moment) -> None:
    """Let others count a match of this trigger."""
    rules, name = draft.rules, matched(trigger)
    if name not in rules.by_event and name not in rules.tallies:
        return
    moment = structs.replace(anchor, timestamp=at, name=name)
    gather(draft, moment, draft.scope(moment))
    for other in rules.by_event.get(name, ()):
        meet_marks(draft, other, moment, anchor, draft.scope(moment))


def unecho(draft: Draft, trigger: str, at: int, seq: int, late: Moment) -> None:
    """Let others no longer count a match that a late event shows not to have been one."""
    name = matched(trigger)
    withdraw(draft, name, at, seq)
    for other in draft.rules.by_event.get(name, ()):
        when, marks = other.when, draft.profile.marks.get(other.anchor_hash, [])
        assert isinstance(when, MarkAnchor)
        index = bisect_left(marks, (at, seq))
        if index < len(marks) and place(marks[index]) == (at, seq):
            kept = marks[:index] + marks[index + 1 :]
            draft.profile.marks[other.anchor_hash] = kept
            _settle(draft, other, hits.hits(when, kept, index), hits.hits(when, marks, index), late)


def warm_marks(draft: Draft, trigger: Trigger) -> list[Mark]:
    """Give a trigger's marks, from the timeline where none were kept yet."""
    marks = draft.profile.marks.get(trigger.anchor_hash)
    return timeline_marks(draft, trigger) if marks is None else marks


def timeline_marks(draft: Draft, trigger: Trigger) -> list[Mark]:
    """Mark what a trigger's anchor sees in the timeline."""
    when = trigger.when
    assert isinstance(when, MarkAnchor)
    seen = [(moment, draft.scope(moment)) for moment in draft.profile.timeline]
    read = [(m, hits.read(when, _reading(m, m.name, scope), scope)) for m, scope in seen]
    return [Mark(m.timestamp, m.seq, value) for m, value in read if value is not None]


def take_back(draft: Draft, trigger: Trigger, wrong: str, late: Moment) -> None:
    """Record a firing that a late event shows to have been wrong."""
    for firing in draft.profile.firings.get(trigger.name, []):
        if firing.decision_id == wrong:
            false_positive(draft, trigger, firing, late)
    withdraw_held(
        draft, trigger, lambda held: decision_id(trigger.name, held.anchor.id, held.key) == wrong, late
    )


def _note_unread(draft: Draft, trigger: Trigger, moment: Moment, anchor: Moment, scope: Scope) -> None:
    """Record an event that is asked for and has no value to be counted, followed or compared by."""
    when = trigger.when
    assert isinstance(when, MarkAnchor)
    lost = None if anchor.quiet else lacking(when, moment.name, scope)
    if lost is None:
        return
    reason = Reason("anchor", False, hits.expression(when), saw=lost, needed=hits.needed(when))
    not_met(draft, trigger, moment.timestamp, anchor, key_of(key_formula(when), scope), reason)


def _reading(moment: Moment, name: str, scope: Scope) -> hits.Reading:
    kind = scope.event.get("type", "track")
    return hits.Reading(kind, moment.id, name, moment.source, moment.quiet, moment.lateness)


def _insert(draft: Draft, trigger: Trigger, mark: Mark) -> list[Mark]:
    when, profile = trigger.when, draft.profile
    assert isinstance(when, MarkAnchor)
    behind = hits.horizon(when)
    oldest = max(profile.clock, mark.timestamp) - behind - SLACK if behind else 0
    marks = hits.kept(when, insert(warm_marks(draft, trigger), mark, oldest))
    profile.marks[trigger.anchor_hash] = marks
    return marks


def _settle(draft: Draft, trigger: Trigger, found: list[Hit], lost: list[Hit], by: Moment) -> None:
    """Take up the hits that are new and take back those that are gone, because of the event ``by``."""
    new, old = {_name(hit) for hit in found}, {_name(hit) for hit in lost}
    if new == old:
        return
    known = {moment.seq: moment for moment in (*draft.profile.timeline, by)}
    for hit in lost:
        if _name(hit) not in new:
            draft.lost.add((trigger.name, *_name(hit)))
            _take_back_hit(draft, trigger, hit, _anchor(trigger, hit, known), by)
            unecho(draft, trigger.name, hit.mark.timestamp, hit.mark.seq, by)
    for hit in found:
        anchor = _anchor(trigger, hit, known)
        if _name(hit) not in old and anchor:
            _take_up(draft, trigger, hit, anchor, known, is_new=hit.mark.seq in (by.seq,))


def _take_back_hit(draft: Draft, trigger: Trigger, hit: Hit, anchor: Moment | None, by: Moment) -> None:
    """Record the firing of a hit that is gone; one whose event is no longer known is found by its time.

    A session or a stay knows its events: where it does not, the hit was of imported history and never fired.
    """
    if anchor:
        take_back(draft, trigger, decision_id(trigger.name, anchor.id, hit.key), by)
        return
    if isinstance(trigger.when, SessionAnchor | DwellAnchor):
        return
    for firing in draft.profile.firings.get(trigger.name, []):
        if (firing.at, firing.key or "") == (hit.mark.timestamp, hit.key):
            false_positive(draft, trigger, firing, by)
    withdraw_held(draft, trigger, lambda held: (held.anchor.seq, held.key) == (hit.mark.seq, hit.key), by)


def _take_up(
    draft: Draft, trigger: Trigger, hit: Hit, anchor: Moment, known: dict[int, Moment], *, is_new: bool
) -> None:
    is_past = not is_new and hit.mark.seq <= trigger.since
    if anchor.quiet or is_past or _has_fired(draft, trigger, hit, anchor):
        echo(draft, trigger.name, hit.mark.timestamp, anchor)
        return
    when = trigger.when
    assert isinstance(when, MarkAnchor)
    reason = Reason("anchor", True, hits.expression(when), saw=hit.saw, needed=hits.needed(when))
    shown = [known[seq] for seq in hit.seqs[-50:-1] if seq in known]
    case = events_view([*shown, anchor], len(hit.seqs))
    draft.lost.discard((trigger.name, *_name(hit)))
    draft.matches.append(Match(hit.mark.timestamp, trigger, hit.key, anchor, reason, case))


def _has_fired(draft: Draft, trigger: Trigger, hit: Hit, anchor: Moment) -> bool:
    firings = draft.profile.firings.get(trigger.name)
    if not firings:
        return False
    mine = decision_id(trigger.name, anchor.id, hit.key)
    return any(firing.decision_id == mine for firing in firings)


def _name(hit: Hit) -> tuple[int, int, str]:
    return hit.mark.timestamp, hit.mark.seq, hit.key


def _anchor(trigger: Trigger, hit: Hit, known: dict[int, Moment]) -> Moment | None:
    """Give the event of a hit; one whose data is no longer kept may still have its id."""
    when = trigger.when
    assert isinstance(when, MarkAnchor)
    if hit.mark.seq in known:
        return known[hit.mark.seq]
    event_id = hits.event_id_of(when, hit.mark)
    if not event_id:
        return None
    return thin_moment(hit.mark.timestamp, hit.mark.seq, event_id, lateness=hits.lateness_of(hit.mark))
