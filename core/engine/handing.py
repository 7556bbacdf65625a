"""One step as of the moment at which it is let go: what is to be done, or what keeps it from leaving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from msgspec import structs

from core.engine.channel import choose
from core.engine.decision import Action, Reason
from core.engine.digest import action_id
from core.engine.draft import Draft, Match
from core.engine.exits import exit_of, exit_reason
from core.engine.governance import failing, govern, refused_by, too_late
from core.engine.instant import iso
from core.engine.own import hops_of
from core.engine.policy import Message
from core.engine.profile import Waiting, event_of
from core.engine.route import routed
from core.engine.rule import Act, Send, Trigger
from core.engine.scope import Scope
from core.engine.spare import spares
from core.engine.stops import Begun, Stop, stopped
from core.engine.value import evaluate_fields


@dataclass(frozen=True, slots=True)
class Run:
    """A decision whose steps are let go; ``stop_at_wait`` when nothing may follow.

    What ``is_shared`` is a message about more cases than this: no exit event of one of them takes it back. Of the steps
    that are ``told`` the decision itself says what refused them.
    """

    match: Match
    decision_id: str
    scope: Scope
    stop_at_wait: bool = False
    is_shared: bool = False
    told: frozenset[int] = frozenset()


class Made(NamedTuple):
    """What a step comes to, and the gates that stop it; of a message that is only too old by now there are none."""

    action: Action
    stops: tuple[Reason, ...] = ()


class _Verdict(NamedTuple):
    status: str = "scheduled"
    reason: str = ""
    stops: tuple[Reason, ...] = ()


def refused_steps(reasons: Sequence[Reason]) -> frozenset[int]:
    """Give the steps of which a decision's reasons say that they are refused."""
    return frozenset(one.step for one in reasons if one.step is not None and not one.passed)


def make(draft: Draft, run: Run, step: Act | Send, index: int, at: int) -> Made:
    """Work out what a step comes to as of ``at``."""
    chosen, verdict = choose(draft, step, run.scope, index)
    act = routed(chosen, run.scope)
    fields, unknown, _ = evaluate_fields(act.fields, run.scope)
    missing = {name: f"{name} has no value" for name in act.require if name not in fields}
    action = structs.replace(
        plain(draft, run, act, index, at), fields=fields, expires_at=_expires_at(run, act, at)
    )
    if not verdict.passed:
        text = f"{verdict.gate}: {verdict.expression}: {verdict.saw}"
        return _ended(action, _Verdict("suppressed", text, (verdict,)))
    if unknown:
        return _ended(
            action, _lacking(action, {name: value.reason for name, value in sorted(unknown.items())})
        )
    if missing:
        text = f"required fields have no value: {', '.join(missing)}"
        return _ended(action, _lacking(action, missing)._replace(reason=text))
    if action.expires_at is not None and draft.now > action.expires_at:
        return _ended(action, _Verdict("expired", f"valid until {iso(action.expires_at)}"))
    if not act.channel:
        return Made(action)
    return _governed(draft, run, act, structs.replace(action, spare=spares(draft, step, chosen, run.scope)))


def plain(draft: Draft, run: Run, act: Act, index: int, at: int) -> Action:
    """Name what is to be done, before anything is known of it."""
    match = run.match
    return Action(
        id=action_id(match.trigger.name, match.anchor.id, match.key, index),
        decision_id=run.decision_id,
        trigger=match.trigger.name,
        step=index,
        destination=act.destination,
        action=act.action,
        fields={},
        profile_id=draft.profile.id,
        due_at=at,
        channel=act.channel,
        purpose=act.purpose,
        message=act.message,
        hops=hops_of(run.scope.event) + 1,
        event_id=event_of(match.anchor),
        key=match.key or None,
    )


def say_stopped(draft: Draft, trigger: Trigger, action: Action, stops: Sequence[Reason], at: int) -> None:
    """Record what stops a step."""
    if stops:
        begun = Begun(action.event_id, action.key, trigger.version, trigger.status == "shadow")
        stop = Stop(action.id, action.due_at, action.trigger, action.profile_id)
        draft.decisions.append(stopped(stop, begun, stops, at))


def _ended(action: Action, verdict: _Verdict) -> Made:
    return Made(structs.replace(action, status=verdict.status, reason=verdict.reason), verdict.stops)


def _lacking(action: Action, wanting: dict[str, str]) -> _Verdict:
    """Stop a step of which values are missing, each named with why."""
    text = "; ".join(f"{name}: {why}" for name, why in wanting.items())
    what = action.message or f"{action.destination}.{action.action}"
    found = (
        Reason("anchor", False, f"{name} of {what}", saw=why, needed="a value", step=action.step)
        for name, why in wanting.items()
    )
    return _Verdict("suppressed", text, tuple(found))


def _governed(draft: Draft, run: Run, act: Act, action: Action) -> Made:
    """Let a message wait for a free moment, or take it back where the rules above all triggers refuse it."""
    message = Message(act.channel, act.purpose, act.tags)
    ruling = govern(draft.profile, draft.rules, message, action.due_at, own=action.id, step=action.step)
    if ruling.free_at is None:
        return _ended(action, _Verdict("suppressed", refused_by(ruling), failing(ruling)))
    if action.expires_at is not None and ruling.free_at > action.expires_at:
        why = f"valid until {iso(action.expires_at)}, and not free before {iso(ruling.free_at)}"
        return _ended(action, _Verdict("expired", why, too_late(ruling, action.expires_at)))
    trigger = run.match.trigger
    waiting = Waiting(action.id, run.match.key, run.match.anchor, ruling.free_at, action.due_at)
    by = exit_of(draft, trigger, waiting, waiting.key) if waiting.is_held and not run.is_shared else None
    if by:
        reason = structs.replace(exit_reason(by, ruling.free_at), step=action.step)
        return _ended(action, _Verdict("suppressed", f"exit_on: {by.name} ({by.id})", (reason,)))
    return Made(structs.replace(action, due_at=ruling.free_at))


def _expires_at(run: Run, act: Act, at: int) -> int | None:
    """Tell until when a message is valid: what its match was held for is taken off."""
    if act.valid_for is None:
        return None
    until = run.match.until
    return at + act.valid_for if until is None else min(at + act.valid_for, until)
