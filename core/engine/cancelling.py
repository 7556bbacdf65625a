"""What a person has open: steps that wait and matches that are held; and how one of them is ended by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from core.engine.bursts import forget_burst
from core.engine.decision import HELD, Reason
from core.engine.digest import decision_id, derive
from core.engine.digests import Digest, digests_of, drop
from core.engine.draft import Applied, Draft
from core.engine.exits import end, gone, say_ended, take_out
from core.engine.instant import iso
from core.engine.profile import Held, Joined, Journey, Profile, event_of
from core.engine.rule import RuleSet, Trigger

CANCELLED = "cancelled by API"


class Open(NamedTuple):
    """A journey that goes on at ``due``: behind a wait, when its group is free, or its burst or digest is over.

    ``id`` is its decision's; of a burst, the one that its decision will have. ``slot`` is its place in the profile.
    """

    id: str
    kind: Literal["wait", "group", "burst", "digest"]
    trigger: str
    key: str
    slot: str
    at: int
    due: int
    event_id: str
    step: int | None = None


def open_journeys(profile: Profile) -> list[Open]:
    """List what a person has open, the next due first."""
    return sorted(_open(profile), key=lambda one: (one.due, one.id))


def cancel(profile: Profile, rules: RuleSet, now: int, journey_id: str) -> Applied | None:
    """End what goes by this id, with a decision that says so; None where nothing does."""
    found = [one for one in _open(profile) if one.id == journey_id]
    if not found:
        return None
    draft = Draft(profile, rules, now)
    for one in found:
        _end(draft, rules.triggers.get(one.trigger) or gone(one.trigger), one)
    return draft.applied()


def _end(draft: Draft, trigger: Trigger, found: Open) -> None:
    now = draft.now
    reason = Reason("anchor", False, CANCELLED, saw=iso(now), needed=f"not cancelled until {iso(found.due)}")
    if found.kind == "wait":
        journeys = draft.profile.journeys[found.trigger]
        journey = journeys.pop(found.slot)
        if not journeys:
            del draft.profile.journeys[found.trigger]
        end(draft, trigger, found.slot, journey, now, reason)
    elif found.kind == "digest":
        digest, joined = next(pair for pair in _gathered(draft.profile) if pair[1].action_id == found.slot)
        drop(draft, trigger, digest, joined, at=now, reason=reason)
    else:
        held = take_out(draft, found.trigger, found.slot)
        forget_burst(draft, trigger, held, found.slot)
        say_ended(draft, trigger, found.id, held, at=now, reason=reason)


def _open(profile: Profile) -> Iterator[Open]:
    for name, journeys in profile.journeys.items():
        for key, one in journeys.items():
            yield _waiting(name, key, one)
    for name, slots in profile.held.items():
        for slot, held in slots.items():
            yield _held(name, slot, held)
    for digest, joined in _gathered(profile):
        yield _joined(digest, joined)


def _gathered(profile: Profile) -> Iterator[tuple[Digest, Joined]]:
    for digest in digests_of(profile):
        for one in digest.staying:
            yield digest, one


def _joined(digest: Digest, one: Joined) -> Open:
    place = (one.trigger, one.key, one.action_id, one.at, digest.moment, event_of(one.anchor), one.step)
    return Open(one.decision_id, "digest", *place)


def _waiting(name: str, key: str, one: Journey) -> Open:
    return Open(one.decision_id, "wait", name, key, key, one.at, one.due, event_of(one.anchor), one.step)


def _held(name: str, slot: str, held: Held) -> Open:
    """Only a group's match is held no longer than it is valid; a burst of any length is judged at its end."""
    fires = decision_id(name, held.anchor.id, held.key)
    place = (name, held.key, slot, held.at, held.due, event_of(held.anchor))
    if held.until is None:
        return Open(fires, "burst", *place)
    return Open(derive("d", fires, HELD, str(held.at)), "group", *place)
