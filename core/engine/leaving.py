"""A digest whose time has come: one message about all of its cases, judged as of then."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from core.engine.channel import choose
from core.engine.decision import Action, Reason
from core.engine.digests import Digest, case_of, digests_of, leave_digests_if_ended, no_room, put_back
from core.engine.draft import Draft, Match
from core.engine.exits import changed_rule, gone, say_ended
from core.engine.governance import govern
from core.engine.handing import Run, say_stopped
from core.engine.instant import iso
from core.engine.journey import hand_over
from core.engine.policy import Message
from core.engine.profile import DIGEST_LIMIT, Joined, event_of
from core.engine.rule import Send, Trigger


def leave_together(draft: Draft, digest: Digest) -> None:
    """Send one message for a digest, unless it waits for a free moment or nothing is left in it."""
    digest = _without_ended(draft, digest)
    put_back(draft.profile, digest.message, digest.joined)
    staying = [one for one in digest.staying if _stands(draft, digest, one)]
    if not staying:
        _say_empty(draft, digest)
    elif (free := _free_at(draft, digest, staying)) is not None:
        held = (structs.replace(one, due=digest.due, held=free, wake_at=free) for one in staying)
        put_back(draft.profile, digest.message, (), held)
    else:
        told, left_out = staying[:DIGEST_LIMIT], staying[DIGEST_LIMIT:]
        run, step = _begun(draft, digest, told)
        action = hand_over(draft, run, step, told[0].step, digest.moment)
        draft.actions += [_of(one, action, "cancelled", f"joined digest {action.id}") for one in told[1:]]
        for one in left_out:
            _leave_out(draft, one, action, digest.moment)


def _without_ended(draft: Draft, digest: Digest) -> Digest:
    """Ask for exit events once more: late firings may have moved the due past one that was too late before."""
    for name in sorted({one.trigger for one in digest.staying}):
        trigger = draft.rules.triggers.get(name)
        if trigger is not None:
            leave_digests_if_ended(draft, trigger)
    mine = digest.opener.action_id
    return next(one for one in digests_of(draft.profile) if one.opener.action_id == mine)


def _stands(draft: Draft, digest: Digest, one: Joined) -> bool:
    """Tell whether a firing's rule is still what it was; else say so, and leave it out."""
    trigger = draft.rules.triggers.get(one.trigger)
    why = _changed(trigger, one)
    if why:
        about = trigger or gone(one.trigger)
        say_ended(draft, about, one.decision_id, one, at=digest.moment, reason=why, step=one.step)
    return why is None


def _changed(trigger: Trigger | None, one: Joined) -> Reason | None:
    if trigger is None or trigger.status == "draft" or trigger.journey_hash != one.journey_hash:
        return changed_rule("do")
    return changed_rule("status") if trigger.status == "shadow" else None


def _say_empty(draft: Draft, digest: Digest) -> None:
    """Record that nothing is sent, because every case was taken out."""
    opener = digest.opener
    trigger = draft.rules.triggers.get(opener.trigger) or gone(opener.trigger)
    text = f"digest {digest.message}"
    reason = Reason("anchor", False, text, saw="every case was taken out of it", needed="a case")
    say_ended(draft, trigger, opener.action_id, opener, at=digest.moment, reason=reason)


def _begun(draft: Draft, digest: Digest, told: Sequence[Joined]) -> tuple[Run, Send]:
    """Begin the message: the oldest firing's, which sees the cases of all."""
    first = told[0]
    trigger = draft.rules.triggers[first.trigger]
    step = trigger.steps[first.step]
    assert isinstance(step, Send)
    reason = Reason("anchor", True, "digest", saw=iso(digest.moment), needed=iso(digest.moment))
    span = step.channels[0].valid_for
    until = None if span is None else digest.due + span
    match = Match(first.at, trigger, first.key, first.anchor, reason, first.case, until=until)
    scope = draft.scope_at(match, digest.moment).with_cases([case_of(one) for one in told])
    return Run(match, first.decision_id, scope, is_shared=len(told) > 1), step


def _free_at(draft: Draft, digest: Digest, staying: Sequence[Joined]) -> int | None:
    """Tell until when caps or quiet hours hold a message that may be sent and is still valid by then."""
    run, step = _begun(draft, digest, staying[:DIGEST_LIMIT])
    act, verdict = choose(draft, step, run.scope, staying[0].step)
    if not verdict.passed:
        return None
    message = Message(act.channel, act.purpose, act.tags)
    free = govern(draft.profile, draft.rules, message, digest.moment, own=staying[0].action_id).free_at
    until = run.match.until
    waits = free is not None and free > digest.moment and (until is None or free <= until)
    return free if waits else None


def _leave_out(draft: Draft, one: Joined, action: Action, at: int) -> None:
    """Record that a firing found no room in the message that leaves."""
    kept = _of(one, action, "suppressed", f"no room in digest {action.id}")
    draft.actions.append(kept)
    say_stopped(
        draft, draft.rules.triggers[one.trigger], kept, (no_room(kept.message, kept.reason, kept.step),), at
    )


def _of(one: Joined, action: Action, status: str, reason: str) -> Action:
    """Say of another firing's step what became of it."""
    return structs.replace(
        action,
        id=one.action_id,
        decision_id=one.decision_id,
        trigger=one.trigger,
        step=one.step,
        fields={},
        status=status,
        reason=reason,
        spare=(),
        event_id=event_of(one.anchor),
        key=one.key or None,
    )
