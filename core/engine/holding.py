"""Matches that are not judged at once, or not alone: bursts, groups of triggers, and triggers that are paused."""

from __future__ import annotations

from collections.abc import Sequence

from core.engine.decision import Reason
from core.engine.draft import Draft, Match
from core.engine.duration import format_duration
from core.engine.instant import iso
from core.engine.limits import fullest_window
from core.engine.policy import Group
from core.engine.profile import FIRINGS_LIMIT, Firing, Held
from core.engine.rule import Act, Send, Trigger

#: A held match whose messages say nothing of how long they are valid may fire for this long.
LONGEST_HOLD = 24 * 3_600_000

BURST, GROUP = "burst", "group"


def joins_burst(draft: Draft, match: Match) -> bool:
    """Let a match wait for the end of its burst, where the last one of it is judged."""
    debounce = match.trigger.limits.debounce
    if debounce is None or debounce.edge != "trailing":
        return False
    slot = f"{BURST} {match.key}"
    held = draft.profile.held.get(match.trigger.name, {}).get(slot)
    if held is None or held.at <= match.at:
        _put(draft, match, slot, match.at + debounce.duration, None)
    return True


def judge_burst(draft: Draft, match: Match) -> list[Reason]:
    """Let only the first match of a burst through, where that is the one that is judged."""
    debounce = match.trigger.limits.debounce
    if debounce is None or debounce.edge != "leading":
        return []
    bursts = draft.profile.bursts.get(match.trigger.name, {})
    last = bursts.get(match.key)
    latest = match.at if last is None else max(last, match.at)
    draft.profile.bursts[match.trigger.name] = {**bursts, match.key: latest}
    passed = last is None or match.at - last >= debounce.duration
    saw = "no match before" if last is None else f"matched at {iso(last)}"
    text = f"debounce {format_duration(debounce.duration)}"
    return [Reason("limits", passed, text, saw=saw, needed="the first match of a burst")]


def judge_pause(why: str) -> Reason:
    """Refuse a trigger that is paused."""
    return Reason("limits", False, "paused", saw=why, needed="a trigger that is not paused")


def judge_group(draft: Draft, match: Match) -> list[Reason]:
    """Let a trigger fire only while its group has room; the reason names who took it."""
    name, group = match.trigger.group, _group(draft, match.trigger)
    if group is None:
        return []
    firings = draft.profile.grouped.get(name, [])
    fullest = fullest_window([*(firing.at for firing in firings), match.at], match.at, group.per)
    saw = "nobody else"
    if fullest > group.times:
        winner = min(firings, key=lambda firing: abs(firing.at - match.at))
        saw = f"{winner.key} fired at {iso(winner.at)}"
    text = f"group {name}: {group.times} per {format_duration(group.per)}"
    return [Reason("group", fullest <= group.times, text, saw=saw, needed="room in the group")]


def join_group(draft: Draft, match: Match, firing: Firing) -> None:
    """Let a firing take its place in its group."""
    if _group(draft, match.trigger):
        mine = Firing(firing.at, firing.decision_id, match.trigger.name, firing.event_id)
        held = draft.profile.grouped.get(match.trigger.group, [])
        kept = sorted([*held, mine], key=lambda one: (one.at, one.decision_id))
        draft.profile.grouped[match.trigger.group] = kept[-FIRINGS_LIMIT:]


def held_until(draft: Draft, match: Match, reasons: Sequence[Reason]) -> int | None:
    """Tell when a match that lost to its group is judged anew; None where it is dropped, or too old by then."""
    group = _group(draft, match.trigger)
    if group is None or group.loser != "hold" or all(one.passed or one.gate != GROUP for one in reasons):
        return None
    times = sorted(firing.at for firing in draft.profile.grouped.get(match.trigger.group, []))
    free = max(times[max(0, len(times) - group.times)] + group.per + 1, match.at + 1)
    return free if free <= _last_moment(match) else None


def hold(draft: Draft, match: Match, due: int) -> None:
    """Keep a match until its group is free."""
    _put(draft, match, f"{GROUP} {match.key}", due, _last_moment(match))


def released(trigger: Trigger, held: Held) -> Match:
    """Give a held match to be judged as of its due."""
    reason = Reason(
        "anchor", True, "held", saw=f"matched at {iso(held.at)}", needed=f"judged at {iso(held.due)}"
    )
    return Match(
        held.due, trigger, held.key, held.anchor, reason, held.case, is_released=True, until=held.until
    )


def _put(draft: Draft, match: Match, slot: str, due: int, until: int | None) -> None:
    held = Held(
        key=match.key,
        due=due,
        wake_at=due + match.anchor.lateness,
        at=match.at,
        anchor=match.anchor,
        case=match.case,
        anchor_hash=match.trigger.anchor_hash,
        until=until,
    )
    draft.profile.held.setdefault(match.trigger.name, {})[slot] = held


def _last_moment(match: Match) -> int:
    """Tell until when a match may fire: as long as every message of it that says so is valid."""
    if match.until is not None:
        return match.until
    acts = [act for step in match.trigger.steps if isinstance(step, Act | Send) for act in _acts(step)]
    spans = [act.valid_for for act in acts if act.valid_for is not None]
    return match.at + min(spans, default=LONGEST_HOLD)


def _acts(step: Act | Send) -> tuple[Act, ...]:
    return step.channels if isinstance(step, Send) else (step,)


def _group(draft: Draft, trigger: Trigger) -> Group | None:
    return draft.rules.policy.groups.get(trigger.group) if trigger.group else None
