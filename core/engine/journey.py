"""The steps of a trigger: let go one after the other, held at a wait, ended by a checkpoint."""

from __future__ import annotations

from msgspec import structs

from core.engine.channel import choose
from core.engine.condition import judge as judge_condition
from core.engine.decision import Action, Reason
from core.engine.digests import digest_of, foretold, join, no_room, with_case
from core.engine.draft import Draft, Match
from core.engine.exits import changed_rule, end, leave_if_ended, say_ended
from core.engine.gathering import SLACK
from core.engine.governance import govern
from core.engine.handing import Made, Run, make, plain, say_stopped
from core.engine.instant import iso
from core.engine.policy import Message
from core.engine.profile import WAITING_LIMIT, Joined, Journey, Waiting
from core.engine.rule import Act, OnlyIf, Send, Trigger, Wait
from core.engine.scope import Scope
from core.engine.waits import over


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
        shadow=match.trigger.status == "shadow",
    )
    journeys = draft.profile.journeys.setdefault(match.trigger.name, {})
    replaced = journeys.get(match.key)
    if replaced:
        end(draft, match.trigger, match.key, replaced, match.at, changed_rule("status"))
    journeys[match.key] = journey
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
        _try_out(draft, run, step, index, at)
    elif span is None or not _joins(draft, run, step, index, at, span):
        hand_over(draft, run, step, index, at)


def _try_out(draft: Draft, run: Run, step: Act | Send, index: int, at: int) -> None:
    """Say what would stop a step of a shadow; what would wait for a digest is asked for consent alone."""
    if digest_of(step) is None:
        made = make(draft, run, step, index, at)
    else:
        act, verdict = choose(draft, step, with_case(run.scope, run.match.trigger.name), index)
        made = Made(plain(draft, run, act, index, at), () if verdict.passed else (verdict,))
    _say(draft, run, made, at)


def _joins(draft: Draft, run: Run, step: Act | Send, index: int, at: int, span: int) -> bool:
    """Let a message that may be sent as of now wait for others of its kind, and tell whether it may be."""
    match = run.match
    trigger = match.trigger
    act, verdict = choose(draft, step, with_case(run.scope, trigger.name), index)
    if not verdict.passed:
        return False
    action = plain(draft, run, act, index, at)
    joining = Joined(
        action_id=action.id,
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
        draft.actions.append(structs.replace(action, status="suppressed", reason=full))
        _say(draft, run, Made(action, (no_room(act.message, full, index),)), at)
    return True


def hand_over(draft: Draft, run: Run, step: Act | Send, index: int, at: int) -> Action:
    """Let a step go as of ``at``: what is to be done, or why it is not."""
    made = make(draft, run, step, index, at)
    _say(draft, run, made, at)
    action, match = made.action, run.match
    if action.channel and action.status == "scheduled" and match.trigger.exit_on and not run.is_shared:
        _await_exit(draft, match.trigger.name, Waiting(action.id, match.key, match.anchor, action.due_at, at))
    draft.actions.append(action)
    return action


def _say(draft: Draft, run: Run, made: Made, at: int) -> None:
    """Record what stops a step, unless its decision has said so."""
    if made.action.step not in run.told:
        say_stopped(draft, run.match.trigger, made.action, made.stops, at)


def _await_exit(draft: Draft, name: str, waiting: Waiting) -> None:
    """Remember a message that an exit event may take back; most have left before the next comes."""
    profile = draft.profile
    oldest = max(profile.clock, waiting.since) - SLACK
    recent = [one for one in profile.waiting.get(name, []) if one.due >= oldest]
    kept = sorted([*recent, waiting], key=lambda one: (one.since, one.action_id))
    profile.waiting[name] = kept[-WAITING_LIMIT:]
