"""Bursts: matches of one trigger and key that follow each other closely, of which the first or the last is judged."""

from __future__ import annotations

from core.engine.decision import Reason
from core.engine.draft import Draft, Match
from core.engine.duration import format_duration
from core.engine.gathering import SLACK
from core.engine.instant import iso
from core.engine.profile import BURST_LIMIT, Held
from core.engine.rule import Trigger

_BURST = "burst"


def joins_burst(draft: Draft, match: Match) -> bool:
    """Let a match wait for the end of its burst, where the last one of it is judged.

    A late match whose burst has been judged does not wait: it is refused with the others.
    """
    debounce = match.trigger.limits.debounce
    if debounce is None or debounce.edge != "trailing" or match.is_released:
        return False
    near = [time for time in _times(draft, match) if abs(time - match.at) < debounce.duration]
    before = max((time for time in near if time <= match.at), default=None)
    is_last = all(time <= match.at for time in near)
    slots = draft.profile.held.setdefault(match.trigger.name, {})
    was_last = slots.pop(_slot(match.key, before), None) if before is not None else None
    joins = before is None or was_last is not None or not is_last
    if joins:
        _note(draft, match, debounce.duration)
    if joins and is_last:
        slots[_slot(match.key, match.at)] = held(match, match.at + debounce.duration)
    if not slots:
        del draft.profile.held[match.trigger.name]
    return joins


def judge_burst(draft: Draft, match: Match) -> list[Reason]:
    """Let a match through that is the first of its burst; what was held is not asked again."""
    debounce = match.trigger.limits.debounce
    if debounce is None or match.is_released:
        return []
    near = min(_times(draft, match), key=lambda time: abs(time - match.at), default=None)
    _note(draft, match, debounce.duration)
    return [
        Reason(
            "limits",
            near is None or abs(match.at - near) >= debounce.duration,
            f"debounce {format_duration(debounce.duration)}",
            saw="no match before" if near is None else f"matched at {iso(near)}",
            needed="a burst of which none was judged",
        )
    ]


def held(match: Match, due: int, until: int | None = None) -> Held:
    """Hold a match until ``due``."""
    return Held(
        key=match.key,
        due=due,
        wake_at=due + match.anchor.lateness,
        at=match.at,
        anchor=match.anchor,
        case=match.case,
        anchor_hash=match.trigger.anchor_hash,
        until=until,
    )


def settle_bursts(draft: Draft, trigger: Trigger) -> None:
    """Let go, after a merge, what is not the last of its burst any more."""
    debounce, name = trigger.limits.debounce, trigger.name
    slots = draft.profile.held.get(name, {})
    for slot, one in list(slots.items()):
        times = draft.profile.bursts.get(name, {}).get(one.key, [])
        is_burst = debounce is not None and slot == _slot(one.key, one.at)
        if debounce and is_burst and any(one.at < time < one.at + debounce.duration for time in times):
            del slots[slot]
    if name in draft.profile.held and not slots:
        del draft.profile.held[name]


def forget_burst(draft: Draft, trigger: Trigger, last: Held, slot: str) -> None:
    """Forget a burst that ended before its last match was judged: the next match begins another."""
    name, debounce = trigger.name, trigger.limits.debounce
    bursts = draft.profile.bursts.get(name, {})
    if slot == _slot(last.key, last.at) and last.key in bursts:
        begin = _begin(bursts[last.key], last.at, debounce.duration if debounce else 0)
        kept = [time for time in bursts[last.key] if not begin <= time <= last.at]
        rest = {key: times for key, times in bursts.items() if key != last.key}
        draft.profile.bursts[name] = {**rest, last.key: kept} if kept else rest


def _begin(times: list[int], last: int, duration: int) -> int:
    """Find the first match of the burst that ends with ``last``; the times are in order."""
    for time in reversed(times):
        if time <= last < time + duration:
            last = time
    return last


def _slot(key: str, at: int) -> str:
    return f"{_BURST} {key} {at}"


def _times(draft: Draft, match: Match) -> list[int]:
    return draft.profile.bursts.get(match.trigger.name, {}).get(match.key, [])


def _note(draft: Draft, match: Match, duration: int) -> None:
    """Remember when a key matched, and forget what no late match can be near to."""
    profile, name = draft.profile, match.trigger.name
    oldest = max(profile.clock, match.at) - duration - SLACK
    times = sorted({*_times(draft, match), match.at})[-BURST_LIMIT:]
    bursts = {**profile.bursts.get(name, {}), match.key: times}
    profile.bursts[name] = {key: times for key, times in bursts.items() if times[-1] >= oldest}
