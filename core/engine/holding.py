"""Matches that are not judged alone: groups of triggers that compete, and triggers that are paused."""

from __future__ import annotations

from collections.abc import Sequence

from core.engine.bursts import held
from core.engine.decision import Reason
from core.engine.draft import Draft, Match
from core.engine.duration import format_duration
from core.engine.instant import iso
from core.engine.limits import fullest_window
from core.engine.policy import Group
from core.engine.profile import FIRINGS_LIMIT, HELD_LIMIT, Firing, Held
from core.engine.rule import Act, Send, Trigger

#: A held match whose messages say nothing of how long they are valid may fire for this long.
LONGEST_HOLD = 24 * 3_600_000

_GROUP = "group"


def judge_pause(why: str) -> Reason:
    """Refuse a trigger that is paused."""
    return Reason("limits", False, "paused", saw=why, needed="a trigger that is not paused")


def judge_group(draft: Draft, match: Match) -> list[Reason]:
    """Let a trigger fire only while its group has room; the reason names who took it."""
    name, group = match.trigger.group, _group(draft, match.trigger)
    if group is None:
        return []
    firings = _firings(draft, match.trigger)
    fullest = fullest_window([*(firing.at for firing in firings), match.at], match.at, group.per)
    saw = "nobody else"
    if fullest > group.times:
        winner = min(firings, key=lambda firing: abs(firing.at - match.at))
        saw = f"{winner.key} fired at {iso(winner.at)}"
    text = f"group {name}: {group.times} per {format_duration(group.per)}"
    return [Reason("group", fullest <= group.times, text, saw=saw, needed="room in the group")]


def join_group(draft: Draft, match: Match, firing: Firing) -> None:
    """Let a firing take its place in its group."""
    trigger, grouped = match.trigger, draft.profile.grouped
    if _group(draft, trigger):
        mine = Firing(firing.at, firing.decision_id, trigger.name, firing.event_id)
        place = _shadow_of(trigger.group) if trigger.status == "shadow" else trigger.group
        kept = sorted([*grouped.get(place, []), mine], key=lambda one: (one.at, one.decision_id))
        grouped[place] = kept[-FIRINGS_LIMIT:]


def held_until(draft: Draft, match: Match, reasons: Sequence[Reason]) -> int | None:
    """Tell when a match that lost to its group is judged anew; None where it is dropped, or too old by then."""
    group = _group(draft, match.trigger)
    if group is None or group.loser != "hold" or all(one.passed or one.gate != "group" for one in reasons):
        return None
    slots = draft.profile.held.get(match.trigger.name, {})
    if sum(slot.startswith(_GROUP) for slot in slots) >= HELD_LIMIT:
        return None
    times = sorted(firing.at for firing in _firings(draft, match.trigger))
    free = max(times[max(0, len(times) - group.times)] + group.per + 1, match.at + 1)
    return free if free <= _last_moment(match) else None


def hold(draft: Draft, match: Match, due: int) -> None:
    """Keep a match until its group is free."""
    # No sender's key or id holds a NUL; of one key the match that arrived first comes first.
    slot = f"{_GROUP} {match.key}\0{match.anchor.seq:020}\0{match.anchor.id}"
    draft.profile.held.setdefault(match.trigger.name, {})[slot] = held(match, due, _last_moment(match))


def released(trigger: Trigger, one: Held) -> Match:
    """Give a held match to be judged as of its due."""
    seen, needed = f"matched at {iso(one.at)}", f"judged at {iso(one.due)}"
    reason = Reason("anchor", True, "held", saw=seen, needed=needed)
    return Match(one.due, trigger, one.key, one.anchor, reason, one.case, is_released=True, until=one.until)


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


def _firings(draft: Draft, trigger: Trigger) -> list[Firing]:
    """Give what has taken a place in a trigger's group; only shadows see what shadows took."""
    grouped = draft.profile.grouped
    taken = grouped.get(trigger.group, [])
    return [*taken, *grouped.get(_shadow_of(trigger.group), [])] if trigger.status == "shadow" else taken


def _shadow_of(group: str) -> str:
    return f"{group} (shadow)"
