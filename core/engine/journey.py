"""The steps of a trigger: let go one after the other, held at a wait, ended by a checkpoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from msgspec import structs

from core.engine.channel import choose
from core.engine.condition import judge as judge_condition
from core.engine.decision import Action, Reason
from core.engine.digest import action_id
from core.engine.digests import digest_of, foretold, join, with_case
from core.engine.draft import Draft, Match
from core.engine.exits import exit_of, leave_if_ended, say_ended
from core.engine.formula import Unknown
from core.engine.gathering import SLACK
from core.engine.governance import govern, refused_by
from core.engine.instant import iso
from core.engine.own import hops_of
from core.engine.policy import Message
from core.engine.profile import WAITING_LIMIT, Joined, Journey, Waiting
from core.engine.route import routed
from core.engine.rule import Act, OnlyIf, Send, Trigger, Wait
from core.engine.scope import Scope
from core.engine.spare import spares
from core.engine.value import evaluate_fields
from core.engine.waits import over


@dataclass(frozen=True, slots=True)
class Run:
    """A decision whose steps are let go; ``stop_at_wait`` when nothing may follow.

    What ``is_shared`` is a message about more cases than this: no exit event of one of them takes it back.
    """

    match: Match
    decision_id: str
    scope: Scope
    stop_at_wait: bool = False
    is_shared: bool = False


def survey(draft: Draft, trigger: Trigger, scope: Scope) -> list[Reason]:
    """Ask consent for every action step, those behind a wait included, and caps and quiet hours for those before it."""
    reasons, has_waited = [], False
    for index, step in enumerate(trigger.steps):
        has_waited = has_waited or isinstance(step, Wait)
        if isinstance(step, Act | Send):
            span = digest_of(step)
            act, reason = choose(
                draft, step, scope if span is None else with_case(scope, trigger.name), index
            )
            reasons.append(reason)
            if span is not None and reason.passed and not has_waited:
                reasons[-1] = _foretold(draft, reason, act.message, scope.now, span)
            elif act.channel and reason.passed and not has_waited:
                message = Message(act.channel, act.purpose, act.tags)
                reasons += govern(draft.profile, draft.rules, message, scope.now, step=index).reasons
    return reasons


def _foretold(draft: Draft, reason: Reason, message: str, at: int, span: int) -> Reason:
    """Say that a message waits for others until the digest is due."""
    due = foretold(draft, message, span, at)
    return structs.replace(reason, saw=f"{reason.saw}, in the digest of {iso(due)}")


def run_steps(draft: Draft, run: Run, start: int, let_go: int) -> None:
    """Let the steps go from ``start`` on, as of ``let_go``, up to the next wait."""
    steps = run.match.trigger.steps
    for index in range(start, len(steps)):
        step = steps[index]
        if isinstance(step, Wait):
            if not run.stop_at_wait:
                _hold(draft, run, index + 1, over(draft, step, run.scope, let_go))
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
    say_ended(draft, run.match.trigger, run.decision_id, run.match, at=at, reason=reason, step=index)
    return False


def _act(draft: Draft, run: Run, step: Act | Send, index: int, at: int) -> None:
    span = digest_of(step)
    if run.match.trigger.status == "shadow":
        return
    if span is None or not _joins(draft, run, step, index, at, span):
        hand_over(draft, run, step, index, at)


def _joins(draft: Draft, run: Run, step: Act | Send, index: int, at: int, span: int) -> bool:
    """Let a message that may be sent as of now wait for others of its kind, and tell whether it may be."""
    match = run.match
    trigger = match.trigger
    act, verdict = choose(draft, step, with_case(run.scope, trigger.name), index)
    if not verdict.passed:
        return False
    joining = Joined(
        action_id=action_id(trigger.name, match.anchor.id, match.key, index),
        decision_id=run.decision_id,
        trigger=trigger.name,
        step=index,
        key=match.key,
        since=at,
        at=match.at,
        anchor=match.anchor,
        case=match.case,
        due=at + span,
        wake_at=at + span + match.anchor.lateness,
        journey_hash=trigger.journey_hash,
    )
    full = join(draft, trigger, act.message, joining)
    if full:
        draft.actions.append(_action(draft, run, act, index, at, {}, "suppressed", full, None))
    return True


def hand_over(draft: Draft, run: Run, step: Act | Send, index: int, at: int) -> Action:
    """Let a step go as of ``at``: what is to be done, or why it is not."""
    chosen, verdict = choose(draft, step, run.scope, index)
    act = routed(chosen, run.scope)
    fields, unknown, _ = evaluate_fields(act.fields, run.scope)
    expires_at = _expires_at(run.match, act, at)
    status, reason = _status(draft, act, verdict, fields, unknown, expires_at)
    action = _action(draft, run, act, index, at, fields, status, reason, expires_at)
    if act.channel and action.status == "scheduled":
        action = structs.replace(action, spare=spares(draft, step, chosen, run.scope))
        action = _governed(draft, run, act, action)
    draft.actions.append(action)
    return action


def _governed(draft: Draft, run: Run, act: Act, action: Action) -> Action:
    """Let a message wait for a free moment, or take it back where the rules above all triggers refuse it."""
    message = Message(act.channel, act.purpose, act.tags)
    ruling = govern(draft.profile, draft.rules, message, action.due_at, own=action.id)
    if ruling.free_at is None:
        return structs.replace(action, status="suppressed", reason=refused_by(ruling))
    if action.expires_at is not None and ruling.free_at > action.expires_at:
        why = f"valid until {iso(action.expires_at)}, and not free before {iso(ruling.free_at)}"
        return structs.replace(action, status="expired", reason=why)
    trigger = run.match.trigger
    if trigger.exit_on and not run.is_shared:
        waiting = Waiting(action.id, run.match.key, run.match.anchor, ruling.free_at, action.due_at)
        by = exit_of(draft, trigger, waiting, waiting.key) if waiting.is_held else None
        if by:
            return structs.replace(action, status="suppressed", reason=f"exit_on: {by.name} ({by.id})")
        _await_exit(draft, trigger.name, waiting)
    return structs.replace(action, due_at=ruling.free_at)


def _await_exit(draft: Draft, name: str, waiting: Waiting) -> None:
    """Remember a message that an exit event may take back; most have left before the next comes."""
    profile = draft.profile
    oldest = max(profile.clock, waiting.since) - SLACK
    recent = [one for one in profile.waiting.get(name, []) if one.due >= oldest]
    kept = sorted([*recent, waiting], key=lambda one: (one.since, one.action_id))
    profile.waiting[name] = kept[-WAITING_LIMIT:]


def _expires_at(match: Match, act: Act, at: int) -> int | None:
    """Tell until when a message is valid: what its match was held for is taken off."""
    if act.valid_for is None:
        return None
    return at + act.valid_for if match.until is None else min(at + act.valid_for, match.until)


def _status(
    draft: Draft,
    act: Act,
    verdict: Reason,
    fields: dict[str, Any],
    unknown: dict[str, Unknown],
    expires_at: int | None,
) -> tuple[str, str]:
    if not verdict.passed:
        return "suppressed", f"{verdict.gate}: {verdict.expression}: {verdict.saw}"
    if unknown:
        return "suppressed", "; ".join(f"{name}: {value.reason}" for name, value in sorted(unknown.items()))
    missing = [name for name in act.require if name not in fields]
    if missing:
        return "suppressed", f"required fields have no value: {', '.join(missing)}"
    if expires_at is not None and draft.now > expires_at:
        return "expired", f"valid until {iso(expires_at)}"
    return "scheduled", ""


def _action(
    draft: Draft,
    run: Run,
    act: Act,
    index: int,
    at: int,
    fields: dict[str, Any],
    status: str,
    reason: str,
    expires_at: int | None,
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
        expires_at=expires_at,
        hops=hops_of(run.scope.event) + 1,
    )
