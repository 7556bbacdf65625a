"""From an anchor that matched to a decision: the gates in order, each with what it saw and needed."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from core.engine.bursts import joins_burst, judge_burst
from core.engine.condition import judge as judge_condition
from core.engine.decision import (
    FIRED,
    GATES,
    HELD,
    NOT_MET,
    OUTCOME_OF_GATE,
    SUPPRESSED,
    Decision,
    Part,
    Reason,
)
from core.engine.digest import decision_id, derive
from core.engine.draft import Draft, Match
from core.engine.exits import leave_held_if_ended
from core.engine.handing import Run, refused_steps
from core.engine.holding import held_until, hold, join_group, judge_group, judge_pause
from core.engine.journey import run_steps, survey
from core.engine.limits import already_running, judge_limits
from core.engine.profile import FIRINGS_LIMIT, Firing, Moment, event_of
from core.engine.rule import Trigger
from core.engine.scope import Scope


def judge(draft: Draft, match: Match) -> None:
    """Decide one match and, when it fires, let its steps go."""
    trigger = match.trigger
    if joins_burst(draft, match):
        leave_held_if_ended(draft, trigger)
        return
    scope = draft.match_scope(match)
    reasons = [match.reason, *_only_if(trigger, scope), *_limits(draft, match)]
    if all(reason.passed for reason in reasons):
        reasons += judge_group(draft, match)
    if all(reason.passed for reason in reasons):
        reasons += survey(draft, trigger, scope)
    decision = decide(trigger, match.at, match.anchor, match.key, reasons, draft.profile.id)
    if decision.outcome == SUPPRESSED and (free := held_until(draft, match, reasons)) is not None:
        decision = structs.replace(decision, id=derive("d", decision.id, HELD, str(match.at)), outcome=HELD)
        hold(draft, match, free)
    draft.decisions.append(decision)
    if decision.outcome == HELD:
        leave_held_if_ended(draft, trigger)
    if decision.outcome == FIRED:
        _record(draft, decision, match)
    if decision.outcome == FIRED or _only_steps_failed(reasons):
        stop, told = decision.outcome != FIRED, refused_steps(reasons)
        run_steps(draft, Run(match, decision.id, scope, stop_at_wait=stop, told=told), 0, match.at)


def decide(
    trigger: Trigger, at: int, anchor: Moment, key: str, reasons: Sequence[Reason], profile_id: str
) -> Decision:
    """Make the decision that these reasons give.

    What was not met has an id of its own: a late event may make the same anchor fire after all.
    """
    outcome = outcome_of(reasons)
    fires = decision_id(trigger.name, anchor.id, key)
    return Decision(
        id=derive("d", fires, NOT_MET) if outcome == NOT_MET else fires,
        trigger=trigger.name,
        outcome=outcome,
        reasons=tuple(reasons),
        at=at,
        event_id=event_of(anchor),
        profile_id=profile_id,
        key=key or None,
        version=trigger.version,
        shadow=trigger.status == "shadow",
    )


def outcome_of(reasons: Sequence[Reason]) -> str:
    """Tell the outcome from the reasons alone: the first gate that fails, or no step that is left."""
    failed = {reason.gate for reason in reasons if reason.step is None and not reason.passed}
    for gate in GATES:
        if gate in failed:
            return OUTCOME_OF_GATE[gate]
    steps: dict[int, bool] = {}
    for reason in reasons:
        if reason.step is not None:
            steps[reason.step] = steps.get(reason.step, True) and reason.passed
    return FIRED if any(steps.values()) or not steps else SUPPRESSED


def not_met(draft: Draft, trigger: Trigger, at: int, anchor: Moment, key: str, reason: Reason) -> None:
    """Record that an anchor looked at an event, or lost its case, and did not match."""
    draft.decisions.append(decide(trigger, at, anchor, key, [reason], draft.profile.id))


def false_positive(draft: Draft, trigger: Trigger, firing: Firing, late: Moment) -> None:
    """Record that a late event shows a firing to have been wrong; it is never repeated or taken back."""
    reason = Reason(
        "anchor",
        False,
        "false positive",
        saw=f"{late.name} ({late.id}) arrived late",
        needed=f"an anchor that still matches; {firing.decision_id} had fired",
    )
    draft.decisions.append(
        Decision(
            id=derive("d", firing.decision_id, "false positive", late.id),
            trigger=trigger.name,
            outcome=NOT_MET,
            reasons=(reason,),
            at=firing.at,
            event_id=late.id,
            profile_id=draft.profile.id,
            key=firing.key,
            version=trigger.version,
            shadow=trigger.status == "shadow",
        )
    )


def condition_reason(part: Part, step: int | None = None) -> Reason:
    """Turn a condition's verdict into a reason."""
    return Reason(
        "only_if", part.truth is True, part.expression, saw=part.saw, needed=True, step=step, parts=(part,)
    )


def _only_if(trigger: Trigger, scope: Scope) -> list[Reason]:
    return [condition_reason(judge_condition(trigger.only_if, scope))] if trigger.only_if else []


def _limits(draft: Draft, match: Match) -> list[Reason]:
    trigger = match.trigger
    is_shadow = trigger.status == "shadow"
    # Nobody got what a shadow fired: it takes nothing away from what is sent.
    firings = [one for one in draft.profile.firings.get(trigger.name, []) if is_shadow or not one.shadow]
    reasons = [judge_pause(draft.rules.paused[trigger.name])] if trigger.name in draft.rules.paused else []
    reasons += judge_burst(draft, match)
    reasons += judge_limits(trigger.limits, firings, match.key, match.at, draft.zone)
    journey = draft.profile.journeys.get(trigger.name, {}).get(match.key)
    if journey and (is_shadow or not journey.shadow):
        reasons.append(already_running(journey.due))
    return reasons


def _only_steps_failed(reasons: Sequence[Reason]) -> bool:
    return all(reason.passed or reason.step is not None for reason in reasons)


def _record(draft: Draft, decision: Decision, match: Match) -> None:
    firings = draft.profile.firings
    name = match.trigger.name
    new = Firing(match.at, decision.id, decision.key, match.anchor.id, decision.shadow)
    kept = sorted([*firings.get(name, []), new], key=lambda firing: (firing.at, firing.decision_id))
    firings[name] = kept[-FIRINGS_LIMIT:]
    join_group(draft, match, new)
