"""Timers live inside the profile: this drains them, and judges what matched, in the order of time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from msgspec import structs

from core.engine.anchors import case_match
from core.engine.dates import date_match
from core.engine.digests import Digest, digests_of
from core.engine.draft import Draft, Match
from core.engine.echo import echo
from core.engine.exits import changed_rule, end, gone, take_out
from core.engine.holding import released
from core.engine.journey import resume
from core.engine.judge import judge, not_met
from core.engine.leaving import leave_together
from core.engine.profile import Case, Date, Held, Journey, Moment, Profile
from core.engine.rule import Trigger
from core.engine.tier import priority_of
from core.engine.watch import judge_states

#: The place of a timer in the order of draining: when it may be drained, its due, priority, trigger, key, kind, event.
Turn = tuple[int, int, int, str, str, int, int]


#: Above every priority.
MOST = 10**9


class _Recheck(NamedTuple):
    """A moment at which time alone may change a segment or a score."""

    due: int


class _Timer(NamedTuple):
    """Something whose time has come; ``slot`` is where the profile keeps what is held."""

    turn: Turn
    held: Case | Journey | Date | Held | Digest | _Recheck
    slot: str = ""


def run(draft: Draft, until: int) -> None:
    """Judge what matched, each after the timers before it, and let the timers below ``until`` fire."""
    while True:
        match = min(draft.matches, key=partial(_turn, draft)) if draft.matches else None
        timer = _next(draft, until if match is None else match.at)
        if timer is not None:
            _fire(draft, timer)
        elif match is not None:
            draft.matches.remove(match)
            if (match.trigger.name, match.at, match.anchor.seq, match.key) not in draft.lost:
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


def _turn(draft: Draft, match: Match) -> tuple[int, int, str, str]:
    return match.at, -priority_of(draft, match.trigger, match.at), match.trigger.name, match.key


def next_timer(profile: Profile) -> int | None:
    """Give the time from which some timer may be drained."""
    wakes = [case.wake_at for cases in profile.cases.values() for case in cases]
    wakes += [journey.wake_at for journeys in profile.journeys.values() for journey in journeys.values()]
    wakes += [date.wake_at for date in profile.dates.values() if date.armed]
    wakes += [held.wake_at for slots in profile.held.values() for held in slots.values()]
    wakes += [digest.wake_at for digest in digests_of(profile)]
    wakes += [] if profile.recheck is None else [profile.recheck]
    return min(wakes) + 1 if wakes else None


def _next(draft: Draft, until: int) -> _Timer | None:
    """Give the first timer below ``until``."""
    profile = draft.profile
    lasting = (profile.cases, profile.journeys, profile.dates, profile.held, profile.digests, profile.recheck)
    if not any(lasting):
        return None
    return min(_timers(draft, until), key=lambda timer: timer.turn, default=None)


def _timers(draft: Draft, until: int) -> Iterator[_Timer]:
    """Give every timer below ``until``."""
    profile = draft.profile
    waiting: list[tuple[str, str, int, Case | Journey | Date | Held | Digest]] = []
    waiting += [(name, case.key, 0, case) for name, cases in profile.cases.items() for case in cases]
    waiting += [(name, key, 1, one) for name, found in profile.journeys.items() for key, one in found.items()]
    waiting += [(name, "", 0, date) for name, date in profile.dates.items() if date.armed]
    waiting += [(name, slot, 2, held) for name, slots in profile.held.items() for slot, held in slots.items()]
    waiting += [(one.opener.trigger, one.place, 3, one) for one in digests_of(profile)]
    for name, slot, kind, held in waiting:
        if held.wake_at < until:
            trigger = draft.rules.triggers.get(name)
            due = held.moment if isinstance(held, Digest) else held.due
            first = -priority_of(draft, trigger, due) if trigger else 0
            key, seq = (held.key, held.anchor.seq) if isinstance(held, Held) else (slot, 0)
            yield _Timer((held.wake_at, due, first, name, key, kind, seq), held, slot)
    if profile.recheck is not None and profile.recheck < until:
        # What is known of the person comes before every trigger of the same moment.
        yield _Timer((profile.recheck, profile.recheck, -MOST, "", "", 0, 0), _Recheck(profile.recheck))


def _fire(draft: Draft, timer: _Timer) -> None:
    """Take a timer out and let it do what it waited for."""
    profile, held = draft.profile, timer.held
    wake_at, due, _, name, key, *_ = timer.turn
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
    elif isinstance(held, Held):
        _fire_held(draft, trigger, name, timer.slot, held)
        return
    elif isinstance(held, Digest):
        leave_together(draft, held)
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
        not_met(draft, trigger or gone(name), case.due, case.anchor, case.key, changed_rule("when"))
    else:
        draft.matches.append(case_match(trigger, case))


def _fire_date(draft: Draft, name: str, date: Date) -> None:
    """Let a date match; those of rules that changed or are gone were let go when the rules came."""
    draft.profile.dates[name] = structs.replace(date, armed=False)
    fired = draft.profile.firings.get(name, [])
    if not any(firing.at == date.due for firing in fired):
        draft.matches.append(date_match(draft, draft.rules.triggers[name], date))


def _fire_held(draft: Draft, trigger: Trigger | None, name: str, slot: str, held: Held) -> None:
    """Let what was held be judged as of now; it has been counted by others when it matched."""
    take_out(draft, name, slot)
    if trigger is None or trigger.status == "draft" or trigger.anchor_hash != held.anchor_hash:
        not_met(draft, trigger or gone(name), held.due, held.anchor, held.key, changed_rule("when"))
    else:
        judge(draft, released(trigger, held))


def _fire_journey(draft: Draft, trigger: Trigger | None, name: str, key: str, journey: Journey) -> None:
    journeys = draft.profile.journeys[name]
    del journeys[key]
    if not journeys:
        del draft.profile.journeys[name]
    if trigger is None or trigger.status == "draft" or trigger.journey_hash != journey.journey_hash:
        end(draft, trigger or gone(name), key, journey, journey.due, changed_rule("do"))
    elif journey.shadow != (trigger.status == "shadow"):
        # Nobody gets the second letter of a row whose first was never sent, nor the other way round.
        end(draft, trigger, key, journey, journey.due, changed_rule("status"))
    else:
        resume(draft, trigger, key, journey)
