"""Timers live inside the profile: this drains them, and judges what matched, in the order of time."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import structs

from core.engine.anchors import case_match
from core.engine.dates import date_match
from core.engine.decision import Reason
from core.engine.draft import Draft, Match
from core.engine.echo import echo
from core.engine.journey import end, resume
from core.engine.judge import judge, not_met
from core.engine.profile import Case, Date, Journey, Moment, Profile
from core.engine.rule import ApiAnchor, Trigger
from core.engine.watch import judge_states

#: The place of a timer in the order of draining: when it may be drained, its due, trigger, key, kind.
Turn = tuple[int, int, str, str, int]


class _Recheck(NamedTuple):
    """A moment at which time alone may change a segment or a score."""

    due: int


class _Timer(NamedTuple):
    """Something whose time has come."""

    turn: Turn
    held: Case | Journey | Date | _Recheck


def run(draft: Draft, until: int) -> None:
    """Judge what matched, each after the timers before it, and let the timers below ``until`` fire."""
    while True:
        match = min(draft.matches, key=_turn) if draft.matches else None
        timer = _next(draft.profile, until if match is None else match.at)
        if timer is not None:
            _fire(draft, timer)
        elif match is not None:
            draft.matches.remove(match)
            judge(draft, match)
        else:
            return


def expand(draft: Draft, at: int, by: Moment | None = None, *, since: int = 0) -> None:
    """Let what matched be counted by others, and segments and scores follow, until nothing more comes of it.

    ``since`` is how many of the draft's matches have been counted before.
    """
    done = since
    while done < len(draft.matches) or draft.moved:
        for match in draft.matches[done:]:
            done += 1
            echo(draft, match.trigger.name, match.at, match.anchor)
        if done == len(draft.matches) and draft.moved:
            judge_states(draft, at, by)


def _turn(match: Match) -> tuple[int, str, str]:
    return match.at, match.trigger.name, match.key


def next_timer(profile: Profile) -> int | None:
    """Give the time from which some timer may be drained."""
    wakes = [case.wake_at for cases in profile.cases.values() for case in cases]
    wakes += [journey.wake_at for journeys in profile.journeys.values() for journey in journeys.values()]
    wakes += [date.wake_at for date in profile.dates.values() if date.armed]
    wakes += [] if profile.recheck is None else [profile.recheck]
    return min(wakes) + 1 if wakes else None


def _next(profile: Profile, until: int) -> _Timer | None:
    """Give the first timer below ``until``."""
    if not (profile.cases or profile.journeys or profile.dates or profile.recheck):
        return None
    found = [
        _Timer((case.wake_at, case.due, name, case.key, 0), case)
        for name, cases in profile.cases.items()
        for case in cases
        if case.wake_at < until
    ]
    found += [
        _Timer((journey.wake_at, journey.due, name, key, 1), journey)
        for name, journeys in profile.journeys.items()
        for key, journey in journeys.items()
        if journey.wake_at < until
    ]
    found += [
        _Timer((date.wake_at, date.due, name, "", 0), date)
        for name, date in profile.dates.items()
        if date.armed and date.wake_at < until
    ]
    if profile.recheck is not None and profile.recheck < until:
        found.append(_Timer((profile.recheck, profile.recheck, "", "", 0), _Recheck(profile.recheck)))
    return min(found, key=lambda timer: timer.turn, default=None)


def _fire(draft: Draft, timer: _Timer) -> None:
    """Take a timer out and let it do what it waited for."""
    profile, held = draft.profile, timer.held
    wake_at, due, name, key, _ = timer.turn
    waiting = len(draft.matches)
    if isinstance(held, _Recheck):
        profile.recheck = None
        draft.moved = True
        expand(draft, due, since=waiting)
        return
    profile.drained = max(profile.drained, wake_at)
    trigger = draft.rules.triggers.get(name)
    if isinstance(held, Journey):
        _fire_journey(draft, trigger, name, key, held)
    elif isinstance(held, Case):
        _fire_case(draft, trigger, name, held)
    else:
        _fire_date(draft, name, held)
    expand(draft, due, since=waiting)


def _fire_case(draft: Draft, trigger: Trigger | None, name: str, case: Case) -> None:
    cases = draft.profile.cases[name]
    cases.remove(case)
    if not cases:
        del draft.profile.cases[name]
    if trigger is None or trigger.status == "draft" or trigger.anchor_hash != case.anchor_hash:
        not_met(draft, trigger or _gone(name), case.due, case.anchor, case.key, _changed_rule("when"))
    else:
        draft.matches.append(case_match(trigger, case))


def _fire_date(draft: Draft, name: str, date: Date) -> None:
    """Let a date match; those of rules that changed or are gone were let go when the rules came."""
    draft.profile.dates[name] = structs.replace(date, armed=False)
    fired = draft.profile.firings.get(name, [])
    if not any(firing.at == date.due for firing in fired):
        draft.matches.append(date_match(draft, draft.rules.triggers[name], date))


def _fire_journey(draft: Draft, trigger: Trigger | None, name: str, key: str, journey: Journey) -> None:
    journeys = draft.profile.journeys[name]
    del journeys[key]
    if not journeys:
        del draft.profile.journeys[name]
    if trigger is None or trigger.status == "draft" or trigger.journey_hash != journey.journey_hash:
        end(draft, trigger or _gone(name), key, journey, journey.due, _changed_rule("do"))
    else:
        resume(draft, trigger, key, journey)


def _changed_rule(part: str) -> Reason:
    return Reason(
        "anchor", False, f"the rule's `{part}`", saw="changed or removed while open", needed="unchanged"
    )


def _gone(name: str) -> Trigger:
    return Trigger(name, ApiAnchor(), ())
