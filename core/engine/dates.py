"""The date anchor: a timer that follows a value of the profile."""

from __future__ import annotations

from core.engine.decision import Reason
from core.engine.draft import Draft, Match
from core.engine.formula import Unknown
from core.engine.instant import iso
from core.engine.matching import key_of
from core.engine.profile import LAST_SEQ, Date, Moment, thin_moment
from core.engine.rule import DateAnchor, Trigger
from core.engine.view import events_view
from core.engine.zone import date_due


def follow_dates(draft: Draft, moment: Moment) -> None:
    """Let the timers follow the person's dates after an event; one that already lies behind it arms nothing."""
    for trigger in draft.rules.by_date:
        _follow(draft, trigger, moment, moment.timestamp)


def settle_dates(draft: Draft, horizon: int) -> None:
    """Let the timers follow the dates of a person who was joined from two."""
    for trigger in draft.rules.by_date:
        held = draft.profile.dates.get(trigger.name)
        moment = held.anchor if held else timeless(draft, horizon)
        _follow(draft, trigger, moment, horizon)


def find_dates(draft: Draft, triggers: list[Trigger], at: int) -> None:
    """Wait for the dates that lie ahead when a rule is new; nobody brought them now."""
    for trigger in triggers:
        draft.profile.dates.pop(trigger.name, None)
        _follow(draft, trigger, timeless(draft, at), at + 1)


def timeless(draft: Draft, at: int) -> Moment:
    """Stand for the event that nobody sent, named by the person and the time."""
    return thin_moment(at, LAST_SEQ, f"{draft.profile.id}@{iso(at)}")


def date_match(draft: Draft, trigger: Trigger, date: Date) -> Match:
    """Match a date that has come."""
    when, anchor = trigger.when, date.anchor
    assert isinstance(when, DateAnchor)
    key = key_of(when.key, draft.scope(anchor))
    reason = Reason("anchor", True, f"date {when.date.text}", saw=iso(date.due), needed="the date to come")
    case = events_view([anchor], 1) if anchor.seq != LAST_SEQ else {}
    return Match(date.due, trigger, key, anchor, reason, case)


def _follow(draft: Draft, trigger: Trigger, moment: Moment, earliest: int) -> None:
    dates, due = draft.profile.dates, _due(draft, trigger, moment.timestamp)
    held = dates.get(trigger.name)
    if due is None:
        dates.pop(trigger.name, None)
    elif held is None or held.due != due or held.anchor_hash != trigger.anchor_hash:
        is_armed = due >= earliest and not draft.quiet
        dates[trigger.name] = Date(due, due + moment.lateness, moment, trigger.anchor_hash, is_armed)


def _due(draft: Draft, trigger: Trigger, at: int) -> int | None:
    when = trigger.when
    assert isinstance(when, DateAnchor)
    value = when.date.evaluate(draft.as_of(at).scope())
    found = None if isinstance(value, Unknown) else date_due(value, draft.zone())
    return None if found is None else found + when.offset
