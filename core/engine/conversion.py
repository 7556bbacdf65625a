"""What a trigger should lead to: goal events are credited to the firing that came before them. It only measures."""

from __future__ import annotations

from core.engine.decision import Conversion
from core.engine.digest import derive
from core.engine.draft import Draft
from core.engine.formula import Formula, Unknown
from core.engine.matching import key_of, matching
from core.engine.profile import Firing, Moment
from core.engine.rule import Goal, Trigger
from core.engine.scope import Scope
from core.engine.when import key_formula


def convert(draft: Draft, moment: Moment, scope: Scope) -> None:
    """Credit an event to the firings that hoped for it, one for each trigger."""
    for trigger in draft.rules.by_goal.get(moment.name, ()):
        goal = trigger.goal
        assert goal is not None
        if matching(goal.patterns, moment.name, scope):
            firing = _touch(draft, trigger, goal, moment, scope)
            if firing:
                draft.conversions.append(_conversion(draft, trigger, goal, firing, moment, scope))


def _touch(draft: Draft, trigger: Trigger, goal: Goal, moment: Moment, scope: Scope) -> Firing | None:
    """Find the firing that an event is credited to: the last before it, or the first, within the goal's time."""
    key = key_of(key_formula(trigger.when), scope)
    found = [
        firing
        for firing in draft.profile.firings.get(trigger.name, [])
        if firing.at <= moment.timestamp <= firing.at + goal.within
        and firing.event_id != moment.id
        and key in ("", firing.key or "")
    ]
    if not found:
        return None
    return found[0] if goal.touch == "first" else found[-1]


def _conversion(
    draft: Draft, trigger: Trigger, goal: Goal, firing: Firing, moment: Moment, scope: Scope
) -> Conversion:
    return Conversion(
        id=derive("v", firing.decision_id, moment.id),
        decision_id=firing.decision_id,
        trigger=trigger.name,
        event_id=moment.id,
        profile_id=draft.profile.id,
        at=moment.timestamp,
        after=moment.timestamp - firing.at,
        value=_worth(goal.value, scope),
    )


def _worth(value: Formula | None, scope: Scope) -> float | None:
    found = value.evaluate(scope) if value else None
    if isinstance(found, bool | Unknown) or not isinstance(found, int | float):
        return None
    return float(found)
