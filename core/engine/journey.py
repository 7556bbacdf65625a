"""The steps of a trigger: let go one after the other, held at a wait, ended by a checkpoint or an exit event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.engine.condition import judge as judge_condition
from core.engine.consent import refusal
from core.engine.decision import Action, Decision, Reason
from core.engine.digest import action_id, derive
from core.engine.draft import Draft, Match
from core.engine.formula import Unknown
from core.engine.instant import iso
from core.engine.matching import key_of, matching
from core.engine.profile import Journey, Moment, event_of
from core.engine.rule import Act, OnlyIf, Send, Trigger, Wait
from core.engine.scope import Scope
from core.engine.value import evaluate_fields
from core.engine.when import key_formula

#: Without these a message has nowhere to go.
ADDRESS = "to"


@dataclass(frozen=True, slots=True)
class Run:
    """A decision whose steps are let go; ``stop_at_wait`` when nothing may follow."""

    match: Match
    decision_id: str
    scope: Scope
    stop_at_wait: bool = False


def survey(draft: Draft, trigger: Trigger, scope: Scope) -> list[Reason]:
    """Ask the consent gate for every action step, those behind a wait included."""
    reasons = []
    for index, step in enumerate(trigger.steps):
        if isinstance(step, Act | Send):
            _, reason = choose(draft, step, scope, index)
            reasons.append(reason)
    return reasons


def choose(draft: Draft, step: Act | Send, scope: Scope, index: int) -> tuple[Act, Reason]:
    """Pick the first usable channel of a step, or the first one with why none is usable."""
    channels = step.channels if isinstance(step, Send) else (step,)
    reasons = [_usable(draft, act, scope, index) for act in channels]
    for act, reason in zip(channels, reasons, strict=True):
        if reason.passed:
            return act, reason
    saw = "; ".join(str(reason.saw) for reason in reasons)
    return channels[0], Reason(
        "consent", False, reasons[0].expression, saw=saw, needed=reasons[0].needed, step=index
    )


def run_steps(draft: Draft, run: Run, start: int, let_go: int) -> None:
    """Let the steps go from ``start`` on, as of ``let_go``, up to the next wait."""
    steps = run.match.trigger.steps
    for index in range(start, len(steps)):
        step = steps[index]
        if isinstance(step, Wait):
            if not run.stop_at_wait:
                _hold(draft, run, index + 1, let_go + step.duration)
            return
        if isinstance(step, OnlyIf):
            if not _checkpoint(draft, run, step, index, let_go):
                return
        else:
            _act(draft, run, step, index, let_go)


def resume(draft: Draft, trigger: Trigger, key: str, journey: Journey) -> None:
    """Go on behind a wait that is over."""
    reason = Reason("anchor", True, "wait", saw=iso(journey.due), needed=iso(journey.due))
    match = Match(journey.at, trigger, key, journey.anchor, reason, journey.case)
    scope = draft.scope_at(match, journey.due)
    run_steps(draft, Run(match, journey.decision_id, scope), journey.step, journey.due)


def _usable(draft: Draft, act: Act, scope: Scope, index: int) -> Reason:
    if not act.channel:
        return Reason("consent", True, f"{act.destination}.{act.action}", saw="a data action", step=index)
    expression = f"{act.purpose} by {act.channel}"
    address = act.fields[ADDRESS].evaluate(scope) if ADDRESS in act.fields else None
    if address is None or isinstance(address, Unknown):
        missing = address.reason if isinstance(address, Unknown) else "no address"
        return Reason("consent", False, expression, saw=missing, needed="an address", step=index)
    why = refusal(draft.profile, act.purpose, act.channel, draft.rules.purposes)
    return Reason(
        "consent", not why, expression, saw=why or "may be sent", needed="granted consent", step=index
    )


def _hold(draft: Draft, run: Run, step: int, due: int) -> None:
    match = run.match
    journey = Journey(
        decision_id=run.decision_id,
        step=step,
        due=due,
        wake_at=due + match.anchor.lateness,
        at=match.at,
        anchor=match.anchor,
        case=match.case,
        journey_hash=match.trigger.journey_hash,
    )
    draft.profile.journeys.setdefault(match.trigger.name, {})[match.key] = journey
    leave_if_ended(draft, match.trigger, match.key, journey)


def _checkpoint(draft: Draft, run: Run, step: OnlyIf, index: int, at: int) -> bool:
    part = judge_condition(step.condition, run.scope)
    if part.truth is True:
        return True
    reason = Reason("only_if", False, part.expression, saw=part.saw, needed=True, parts=(part,))
    draft.decisions.append(ended(run.match.trigger, draft, run.decision_id, run.match, index, at, reason))
    return False


def ended(
    trigger: Trigger, draft: Draft, fired_id: str, match: Match, index: int, at: int, reason: Reason
) -> Decision:
    """Make the decision that says why a journey ended before its last step."""
    return Decision(
        id=derive("d", fired_id, "ended", str(index)),
        trigger=trigger.name,
        outcome="not_met",
        reasons=(reason,),
        at=at,
        event_id=event_of(match.anchor),
        profile_id=draft.profile.id,
        key=match.key or None,
        version=trigger.version,
        shadow=trigger.status == "shadow",
    )


def _act(draft: Draft, run: Run, step: Act | Send, index: int, at: int) -> None:
    if run.match.trigger.status == "shadow":
        return
    act, verdict = choose(draft, step, run.scope, index)
    fields, unknown, _ = evaluate_fields(act.fields, run.scope)
    status, reason = _status(draft, act, verdict, fields, unknown, at)
    draft.actions.append(_action(draft, run, act, index, at, fields, status, reason))


def _status(
    draft: Draft, act: Act, verdict: Reason, fields: dict[str, Any], unknown: dict[str, Unknown], at: int
) -> tuple[str, str]:
    if not verdict.passed:
        return "suppressed", f"{verdict.expression}: {verdict.saw}"
    if unknown:
        return "suppressed", "; ".join(f"{name}: {value.reason}" for name, value in sorted(unknown.items()))
    missing = [name for name in act.require if name not in fields]
    if missing:
        return "suppressed", f"required fields have no value: {', '.join(missing)}"
    if act.valid_for is not None and draft.now > at + act.valid_for:
        return "expired", f"decided later than valid_for after {iso(at)}"
    return "scheduled", ""


def _action(
    draft: Draft, run: Run, act: Act, index: int, at: int, fields: dict[str, Any], status: str, reason: str
) -> Action:
    match = run.match
    return Action(
        id=action_id(match.trigger.name, match.anchor.id, match.key, index),
        decision_id=run.decision_id,
        trigger=match.trigger.name,
        step=index,
        destination=act.destination,
        action=act.action,
        fields=fields,
        profile_id=draft.profile.id,
        due_at=at,
        status=status,
        reason=reason,
        channel=act.channel,
        purpose=act.purpose,
        message=act.message,
        expires_at=None if act.valid_for is None else at + act.valid_for,
    )


def ends(trigger: Trigger, key: str, journey: Journey, moment: Moment, scope: Scope) -> bool:
    """Tell whether an event ends a journey: after its anchor event, and not behind the due of its wait."""
    position = (journey.anchor.timestamp, journey.anchor.seq)
    if not position < (moment.timestamp, moment.seq) or moment.timestamp > journey.due:
        return False
    if not matching(trigger.exit_on, moment.name, scope):
        return False
    return key_of(key_formula(trigger.when), scope) in ("", key)


def leave(draft: Draft, trigger: Trigger, key: str, journey: Journey, moment: Moment) -> None:
    """End a journey by an exit event, with the reason."""
    journeys = draft.profile.journeys[trigger.name]
    del journeys[key]
    if not journeys:
        del draft.profile.journeys[trigger.name]
    seen = f"{moment.name} ({moment.id}) at {iso(moment.timestamp)}"
    reason = Reason("anchor", False, "exit_on", saw=seen, needed=f"none until {iso(journey.due)}")
    end(draft, trigger, key, journey, moment.timestamp, reason)


def leave_if_ended(draft: Draft, trigger: Trigger, key: str, journey: Journey) -> None:
    """End a journey that an event already in the timeline ends, as after a merge or a late firing."""
    names = {pattern.name for pattern in trigger.exit_on}
    for moment in draft.profile.timeline:
        if moment.name in names and ends(trigger, key, journey, moment, draft.scope(moment)):
            leave(draft, trigger, key, journey, moment)
            return


def end(draft: Draft, trigger: Trigger, key: str, journey: Journey, at: int, reason: Reason) -> None:
    """Record why a journey ended before its last step."""
    match = Match(journey.at, trigger, key, journey.anchor, reason, journey.case)
    draft.decisions.append(ended(trigger, draft, journey.decision_id, match, journey.step, at, reason))
