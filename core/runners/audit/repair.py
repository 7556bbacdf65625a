"""Put back what is missing: in one transaction with the person's state, under the same ids, never a second time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import structs

from core.engine import Profile, decode, encode, next_due, wake
from core.engine.decision import Decision
from core.engine.digest import decision_id
from core.engine.digests import in_line
from core.engine.profile import FIRINGS_LIMIT, Case, Firing
from core.engine.rule import RuleSet
from core.pipeline.rows import delivery_row
from core.ports import DecisionRow, DeliveryRow, Status, Transaction
from core.runners.audit.compare import Loss
from core.runners.audit.reference import Owed
from core.runners.rehearsal import LONGEST
from core.store.journal import Kept

#: Why a delivery that is put back too late is not sent.
TOO_LATE = "found missing by the audit later than valid_for"


@dataclass(frozen=True)
class Cure:
    """What one person lacks; ``replayed`` is that person by the reference path, ``seen`` as stored when compared."""

    seen: Kept
    replayed: Profile
    losses: Sequence[Loss]


def cure(tx: Transaction, one: Cure, rules: RuleSet, now: int) -> set[str]:
    """Put back what a person lacks; gives the ids of what is there now.

    Nothing is done when the person has changed meanwhile: the next run looks again.
    """
    profile_id = one.seen.id
    if tx.profiles.states([profile_id]).get(profile_id) != one.seen.state:
        return set()
    made = [loss.made.decision for loss in one.losses if loss.made and loss.finding.kind == "decision"]
    tx.decisions.add([DecisionRow.of(structs.replace(each, profile_id=profile_id)) for each in made])
    owed = [due for loss in one.losses for due in loss.owed if not due.is_ahead]
    tx.deliveries.add([_row(due, profile_id, now) for due in owed])
    mended = mend(decode(one.seen.state), one.replayed, one.losses)
    tx.profiles.put([(profile_id, encode(mended), next_due(mended))])
    to_come = wake(mended, now + LONGEST, rules)
    awaited = {each.id for each in to_come.decisions} | {each.id for each in to_come.actions}
    done = (loss.finding for loss in one.losses)
    return {each.id for each in done if each.kind != "timer" or each.id in awaited}


def rearm(tx: Transaction, seen: Kept) -> set[str]:
    """Let a person's timers be looked at when they are due, unless the person has changed meanwhile."""
    if tx.profiles.states([seen.id]).get(seen.id) != seen.state:
        return set()
    tx.profiles.put([(seen.id, seen.state, next_due(decode(seen.state)))])
    return {seen.id}


def mend(stored: Profile, replayed: Profile, losses: Sequence[Loss]) -> Profile:
    """Give the stored person with the firings, cases, waits and dates that are missing."""
    mended = structs.replace(stored, cases=dict(stored.cases), journeys=dict(stored.journeys))
    mended = structs.replace(mended, firings=dict(stored.firings), dates=dict(stored.dates))
    mended = structs.replace(mended, digests=dict(stored.digests))
    for loss in losses:
        if loss.made is None:
            continue
        decision = loss.made.decision
        if loss.finding.kind == "decision":
            _fire(mended, decision)
        elif loss.finding.id == decision.id:
            _arm(mended, replayed, decision)
        if any(due.is_ahead for due in loss.owed):
            _wait(mended, replayed, decision)
            _gather(mended, replayed, decision)
    return mended


def _fire(profile: Profile, decision: Decision) -> None:
    held = profile.firings.get(decision.trigger, [])
    if all(firing.decision_id != decision.id for firing in held):
        new = Firing(decision.at, decision.id, decision.key, decision.event_id, decision.shadow)
        kept = sorted([*held, new], key=lambda firing: (firing.at, firing.decision_id))
        profile.firings[decision.trigger] = kept[-FIRINGS_LIMIT:]


def _arm(profile: Profile, replayed: Profile, decision: Decision) -> None:
    """Take over the case or date that will make a decision, or else the time at which states are judged again."""
    name = decision.trigger
    held = profile.cases.get(name, [])
    found = [one for one in replayed.cases.get(name, []) if _makes(one, decision) and one not in held]
    if found:
        profile.cases[name] = sorted([*held, *found], key=lambda one: (one.key, one.anchor.timestamp))
    elif name in replayed.dates:
        profile.dates[name] = replayed.dates[name]
    elif replayed.recheck is not None:
        profile.recheck = min(replayed.recheck, profile.recheck or replayed.recheck)


def _makes(case: Case, decision: Decision) -> bool:
    return decision_id(decision.trigger, case.anchor.id, case.key) == decision.id


def _wait(profile: Profile, replayed: Profile, decision: Decision) -> None:
    """Take over the wait of a decision's journey."""
    for key, journey in replayed.journeys.get(decision.trigger, {}).items():
        held = profile.journeys.get(decision.trigger, {})
        if journey.decision_id == decision.id and key not in held:
            profile.journeys[decision.trigger] = {**held, key: journey}


def _gather(profile: Profile, replayed: Profile, decision: Decision) -> None:
    """Take over the places of a decision's steps in digests."""
    for message, joined in replayed.digests.items():
        waiting = profile.digests.get(message, [])
        known = {one.action_id for one in waiting}
        found = [one for one in joined if one.decision_id == decision.id and one.action_id not in known]
        if found:
            profile.digests[message] = in_line([*waiting, *found])


def _row(owed: Owed, profile_id: str, now: int) -> DeliveryRow:
    """Make the row of a delivery; one that is no longer valid is listed and not sent."""
    row = delivery_row(structs.replace(owed.action, profile_id=profile_id), now)
    if row.status == Status.SCHEDULED and row.expires_at is not None and now > row.expires_at:
        row.status, row.reason = Status.EXPIRED, TOO_LATE
    return row
