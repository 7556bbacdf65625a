"""Events that end what a trigger has begun: journeys that wait, matches that are held, messages that wait."""

from __future__ import annotations

from collections.abc import Callable

from core.engine.bursts import forget_burst
from core.engine.decision import NOT_MET, Decision, Reason
from core.engine.digest import decision_id, derive
from core.engine.draft import Draft, Match
from core.engine.instant import iso
from core.engine.matching import key_of, matching
from core.engine.profile import Held, Joined, Journey, Moment, Waiting, event_of
from core.engine.rule import ApiAnchor, Trigger
from core.engine.scope import Scope
from core.engine.when import key_formula


def say_ended(
    draft: Draft,
    trigger: Trigger,
    begun: str,
    waits: Match | Held | Waiting | Joined,
    *,
    at: int,
    reason: Reason,
    step: int = 0,
) -> None:
    """Record why what was begun ended before its last step; ``begun`` is the id it goes by."""
    draft.decisions.append(
        Decision(
            id=derive("d", begun, "ended", str(step)),
            trigger=trigger.name,
            outcome=NOT_MET,
            reasons=(reason,),
            at=at,
            event_id=event_of(waits.anchor),
            profile_id=draft.profile.id,
            key=waits.key or None,
            version=trigger.version,
            shadow=trigger.status == "shadow",
        )
    )


def ends(
    trigger: Trigger, key: str, waits: Journey | Held | Waiting | Joined, by: Moment, scope: Scope
) -> bool:
    """Tell whether an event ends what waits: after its anchor event, and not behind its due."""
    position = (waits.anchor.timestamp, waits.anchor.seq)
    if not position < (by.timestamp, by.seq) or by.timestamp > waits.due:
        return False
    if not matching(trigger.exit_on, by.name, scope):
        return False
    return key_of(key_formula(trigger.when), scope) in ("", key)


def leave(draft: Draft, trigger: Trigger, key: str, journey: Journey, by: Moment) -> None:
    """End a journey by an exit event, with the reason."""
    journeys = draft.profile.journeys[trigger.name]
    del journeys[key]
    if not journeys:
        del draft.profile.journeys[trigger.name]
    end(draft, trigger, key, journey, by.timestamp, exit_reason(by, journey.due))


def leave_held(draft: Draft, trigger: Trigger, by: Moment, scope: Scope) -> None:
    """End by an exit event what is held: matches that wait to be judged, and messages that wait for a free moment."""
    profile, name = draft.profile, trigger.name
    slots = profile.held.get(name, {})
    for slot in sorted(slots):
        held = slots[slot]
        if ends(trigger, held.key, held, by, scope):
            _let_go(draft, trigger, slot, by, exit_reason(by, held.due))
    waiting = profile.waiting.get(name, [])
    gone = [one for one in waiting if one.is_held and ends(trigger, one.key, one, by, scope)]
    for one in gone:
        draft.cancelled.append(one.action_id)
        say_ended(draft, trigger, one.action_id, one, at=by.timestamp, reason=exit_reason(by, one.due))
    if gone:
        profile.waiting[name] = [one for one in waiting if one not in gone]


def withdraw_held(draft: Draft, trigger: Trigger, is_wrong: Callable[[Held], bool], late: Moment) -> None:
    """Let go what is held of a match that a late event shows not to have been one."""
    slots = draft.profile.held.get(trigger.name, {})
    for slot in sorted(slots):
        if is_wrong(slots[slot]):
            seen = f"{late.name} ({late.id}) arrived late"
            reason = Reason("anchor", False, "held", saw=seen, needed="an anchor that still matches")
            _let_go(draft, trigger, slot, late, reason)


def leave_held_if_ended(draft: Draft, trigger: Trigger) -> None:
    """End what is held by the events already in the timeline, as after a merge or a late match."""
    for by in exits_known(draft, trigger):
        leave_held(draft, trigger, by, draft.scope(by))


def leave_if_ended(draft: Draft, trigger: Trigger, key: str, journey: Journey) -> None:
    """End a journey that an event already in the timeline ends, as after a merge or a late firing."""
    by = exit_of(draft, trigger, journey, key)
    if by:
        leave(draft, trigger, key, journey, by)


def exit_of(draft: Draft, trigger: Trigger, waits: Journey | Waiting, key: str) -> Moment | None:
    """Find the first event of the timeline that ends what waits."""
    found = (by for by in exits_known(draft, trigger) if ends(trigger, key, waits, by, draft.scope(by)))
    return next(found, None)


def end(draft: Draft, trigger: Trigger, key: str, journey: Journey, at: int, reason: Reason) -> None:
    """Record why a journey ended before its last step."""
    match = Match(journey.at, trigger, key, journey.anchor, reason, journey.case)
    say_ended(draft, trigger, journey.decision_id, match, at=at, reason=reason, step=journey.step)


def take_out(draft: Draft, name: str, slot: str) -> Held:
    """Take a held match out."""
    slots = draft.profile.held[name]
    held = slots.pop(slot)
    if not slots:
        del draft.profile.held[name]
    return held


def _let_go(draft: Draft, trigger: Trigger, slot: str, by: Moment, reason: Reason) -> None:
    held = take_out(draft, trigger.name, slot)
    forget_burst(draft, trigger, held, slot)
    begun = decision_id(trigger.name, held.anchor.id, held.key)
    say_ended(draft, trigger, begun, held, at=by.timestamp, reason=reason)


def exits_known(draft: Draft, trigger: Trigger) -> list[Moment]:
    """Give the events of the timeline that may end what the trigger has begun."""
    names = {pattern.name for pattern in trigger.exit_on}
    return [by for by in draft.profile.timeline if by.name in names]


def exit_reason(by: Moment, due: int) -> Reason:
    """Name the event that ended what would have gone on at ``due``."""
    seen = f"{by.name} ({by.id}) at {iso(by.timestamp)}"
    return Reason("anchor", False, "exit_on", saw=seen, needed=f"none until {iso(due)}")


def changed_rule(part: str) -> Reason:
    """Say that a rule is not any more what it was when something began."""
    return Reason(
        "anchor", False, f"the rule's `{part}`", saw="changed or removed while open", needed="unchanged"
    )


def gone(name: str) -> Trigger:
    """Stand in for a trigger that is no longer there."""
    return Trigger(name, ApiAnchor(), ())
