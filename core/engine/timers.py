"""Timers live inside the profile: this drains them, and judges what matched, in the order of time."""

from __future__ import annotations

from typing import NamedTuple

from core.engine.anchors import case_match
from core.engine.decision import Reason
from core.engine.draft import Draft, Match
from core.engine.journey import end, resume
from core.engine.judge import judge, not_met
from core.engine.profile import Case, Journey
from core.engine.rule import ApiAnchor, Trigger

#: The place of something in the order of judging: when it may be judged, its due, trigger, key, kind.
Turn = tuple[int, int, str, str, int]


class _Timer(NamedTuple):
    """A case or a journey whose time has come."""

    turn: Turn
    held: Case | Journey


def run(draft: Draft, until: int, matches: list[Match]) -> None:
    """Judge the matches, each after the timers before it, and let the timers below ``until`` fire."""
    for match in sorted(matches, key=lambda one: (one.at, one.trigger.name, one.key)):
        _drain(draft, match.at)
        judge(draft, match)
    _drain(draft, until)


def _drain(draft: Draft, until: int) -> None:
    while timer := _next(draft, until):
        draft.profile.drained = max(draft.profile.drained, timer.turn[0])
        _fire(draft, timer)


def _next(draft: Draft, until: int) -> _Timer | None:
    profile = draft.profile
    if not profile.cases and not profile.journeys:
        return None
    timers = [
        _Timer((case.wake_at, case.due, name, case.key, 0), case)
        for name, cases in profile.cases.items()
        for case in cases
        if case.wake_at < until
    ]
    timers += [
        _Timer((journey.wake_at, journey.due, name, key, 1), journey)
        for name, journeys in profile.journeys.items()
        for key, journey in journeys.items()
        if journey.wake_at < until
    ]
    return min(timers, key=lambda timer: timer.turn, default=None)


def _fire(draft: Draft, timer: _Timer) -> None:
    _, _, name, key, _ = timer.turn
    trigger = draft.rules.triggers.get(name)
    if isinstance(timer.held, Case):
        cases = draft.profile.cases[name]
        cases.remove(timer.held)
        if not cases:
            del draft.profile.cases[name]
        _fire_case(draft, trigger, name, timer.held)
    else:
        journeys = draft.profile.journeys[name]
        del journeys[key]
        if not journeys:
            del draft.profile.journeys[name]
        _fire_journey(draft, trigger, name, key, timer.held)


def _fire_case(draft: Draft, trigger: Trigger | None, name: str, case: Case) -> None:
    if trigger is None or trigger.status == "draft" or trigger.anchor_hash != case.anchor_hash:
        not_met(draft, trigger or _gone(name), case.due, case.anchor, case.key, _changed_rule("when"))
    else:
        judge(draft, case_match(trigger, case))


def _fire_journey(draft: Draft, trigger: Trigger | None, name: str, key: str, journey: Journey) -> None:
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
