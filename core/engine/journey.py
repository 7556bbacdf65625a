"""The steps of a trigger: let go one after the other, held at a wait, ended by a checkpoint or an exit event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from msgspec import structs

from core.engine.condition import judge as judge_condition
from core.engine.consent import refusal
from core.engine.decision import Action, Decision, Reason
from core.engine.digest import action_id, decision_id, derive
from core.engine.draft import Draft, Match
from core.engine.formula import Unknown
from core.engine.governance import govern, refused_by
from core.engine.instant import iso, moment
from core.engine.matching import key_of, matching
from core.engine.policy import Message
from core.engine.profile import Held, Journey, Moment, Waiting, event_of
from core.engine.rule import Act, OnlyIf, Send, Trigger, Wait
from core.engine.scope import Scope
from core.engine.value import evaluate_fields
from core.engine.when import key_formula
from core.engine.zone import at_clock, date_due

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
    """Ask consent for every action step, those behind a wait included, and caps and quiet hours for those before it."""
    reasons, has_waited = [], False
    for index, step in enumerate(trigger.steps):
        has_waited = has_waited or isinstance(step, Wait)
        if isinstance(step, Act | Send):
            act, reason = choose(draft, step, scope, index)
            reasons.append(reason)
            if act.channel and reason.passed and not has_waited:
                message = Message(act.channel, act.purpose, act.tags)
                reasons += govern(draft.profile, draft.rules, message, scope.now, step=index).reasons
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
                _hold(draft, run, index + 1, _over(draft, step, run.scope, let_go))
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
    action = _action(draft, run, act, index, at, fields, status, reason)
    if act.channel and action.status == "scheduled":
        action = _governed(draft, run, act, action)
    draft.actions.append(action)


def _governed(draft: Draft, run: Run, act: Act, action: Action) -> Action:
    """Let a message wait for a free moment, or take it back where the rules above all triggers refuse it."""
    message = Message(act.channel, act.purpose, act.tags)
    ruling = govern(draft.profile, draft.rules, message, action.due_at, own=action.id)
    if ruling.free_at is None:
        return structs.replace(action, status="suppressed", reason=refused_by(ruling))
    if ruling.free_at > action.due_at:
        match = run.match
        waiting = Waiting(action.id, match.key, match.anchor, ruling.free_at)
        held = draft.profile.waiting.get(match.trigger.name, [])
        recent = [one for one in held if one.due >= draft.profile.clock]
        draft.profile.waiting[match.trigger.name] = [*recent, waiting]
    return structs.replace(action, due_at=ruling.free_at)


def _over(draft: Draft, wait: Wait, scope: Scope, let_go: int) -> int:
    """Tell when a wait is over; a time that cannot be told or lies behind waits for its duration instead."""
    if wait.clock is not None:
        zone = draft.zone()
        day = moment(let_go).astimezone(zone).date()
        times = (at_clock(day + timedelta(days=ahead), wait.clock, zone) for ahead in range(3))
        return next(time for time in times if time > let_go)
    value = wait.until.evaluate(scope) if wait.until else None
    until = None if value is None or isinstance(value, Unknown) else date_due(value, draft.zone())
    return until if until is not None and until > let_go else let_go + wait.duration


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


def ends(trigger: Trigger, key: str, waits: Journey | Held | Waiting, by: Moment, scope: Scope) -> bool:
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
    end(draft, trigger, key, journey, by.timestamp, _exit_reason(by, journey.due))


def leave_held(draft: Draft, trigger: Trigger, by: Moment, scope: Scope) -> None:
    """End by an exit event what is held: matches that wait to be judged, and messages that wait for a free moment."""
    profile, name = draft.profile, trigger.name
    for slot, held in list(profile.held.get(name, {}).items()):
        if ends(trigger, held.key, held, by, scope):
            del profile.held[name][slot]
            match = Match(held.at, trigger, held.key, held.anchor, _exit_reason(by, held.due), held.case)
            fires = decision_id(name, held.anchor.id, held.key)
            draft.decisions.append(ended(trigger, draft, fires, match, 0, by.timestamp, match.reason))
    if name in profile.held and not profile.held[name]:
        del profile.held[name]
    waiting = profile.waiting.get(name, [])
    gone = [one for one in waiting if ends(trigger, one.key, one, by, scope)]
    if gone:
        draft.cancelled += [one.action_id for one in gone]
        profile.waiting[name] = [one for one in waiting if one not in gone]


def _exit_reason(by: Moment, due: int) -> Reason:
    seen = f"{by.name} ({by.id}) at {iso(by.timestamp)}"
    return Reason("anchor", False, "exit_on", saw=seen, needed=f"none until {iso(due)}")


def leave_if_ended(draft: Draft, trigger: Trigger, key: str, journey: Journey) -> None:
    """End a journey that an event already in the timeline ends, as after a merge or a late firing."""
    names = {pattern.name for pattern in trigger.exit_on}
    for by in draft.profile.timeline:
        if by.name in names and ends(trigger, key, journey, by, draft.scope(by)):
            leave(draft, trigger, key, journey, by)
            return


def end(draft: Draft, trigger: Trigger, key: str, journey: Journey, at: int, reason: Reason) -> None:
    """Record why a journey ended before its last step."""
    match = Match(journey.at, trigger, key, journey.anchor, reason, journey.case)
    draft.decisions.append(ended(trigger, draft, journey.decision_id, match, journey.step, at, reason))
