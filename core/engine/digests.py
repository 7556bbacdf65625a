"""Digests: firings of one message that wait for each other, to leave as one; worked out from who waits.

The first firing opens a digest, whatever comes up to its due joins it, the next one opens another. Who is in which
follows from the firings alone, so that late ones and merges come to what order would have come to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec
from msgspec import structs

from core.engine.decision import Reason
from core.engine.draft import Draft
from core.engine.exits import ends, exit_reason, exits_known, say_ended
from core.engine.instant import iso
from core.engine.profile import DIGEST_BYTES, DIGEST_LIMIT, Joined, Moment, Profile
from core.engine.rule import Act, Send, Trigger
from core.engine.scope import Scope


class Digest(NamedTuple):
    """Those who leave together, oldest first; the first of them opened it, and may be out of it."""

    message: str
    joined: tuple[Joined, ...]

    @property
    def opener(self) -> Joined:
        """Give the firing that opened it."""
        return self.joined[0]

    @property
    def staying(self) -> list[Joined]:
        """Give those who have not been taken out."""
        return [one for one in self.joined if not one.is_out]

    @property
    def due(self) -> int:
        """Tell when it is to leave; its message is valid from then."""
        return self.opener.due

    @property
    def moment(self) -> int:
        """Tell as of when it is judged next: its due, or the free moment that it waits for."""
        return self.due if self.opener.held is None else self.opener.held

    @property
    def wake_at(self) -> int:
        """Tell from when on it may be judged."""
        return self.opener.wake_at

    @property
    def place(self) -> str:
        """Tell it apart from the others of its opener's trigger."""
        # No sender's key holds a NUL.
        return f"{self.opener.key}\0{self.message}"


def digest_of(step: Act | Send) -> int | None:
    """Tell for how long a step's messages are gathered; None where each leaves alone."""
    return step.digest if isinstance(step, Send) else None


def digests_of(profile: Profile) -> Iterator[Digest]:
    """Give what waits to leave together."""
    for message, joined in profile.digests.items():
        yield from _grouped(message, joined)


def in_line(joined: Iterable[Joined]) -> list[Joined]:
    """Put firings in the order in which they were let go; those of one event by trigger, key and step."""
    return sorted(
        joined,
        key=lambda one: (one.since, one.anchor.seq, one.trigger, one.key, one.step, one.action_id),
    )


def with_case(scope: Scope, trigger: str) -> Scope:
    """Let a firing's own case be seen as the only one so far."""
    return scope.with_cases([_shown(scope.case, scope.key, trigger, scope.now)])


def case_of(one: Joined) -> dict[str, Any]:
    """Give a firing's case as ``cases`` shows it."""
    return _shown(one.case, one.key or None, one.trigger, one.at)


def foretold(draft: Draft, message: str, span: int, at: int) -> int:
    """Tell when the digest is due that a firing at ``at`` joins or opens."""
    open_now = (one for one in digests_of(draft.profile) if one.message == message)
    return next((one.due for one in open_now if _takes_in(one, at)), at + span)


def join(draft: Draft, trigger: Trigger, message: str, joining: Joined) -> str:
    """Let a firing join its digest, unless an exit event has come; tells why it cannot where there is no room."""
    digests = draft.profile.digests
    waiting = in_line([*digests.get(message, []), joining])
    digest = next(one for one in _grouped(message, waiting) if joining in one.joined)
    if is_full(digest):
        return f"the digest of {iso(digest.due)} is full: {len(digest.staying) - 1} cases"
    digests[message] = waiting
    leave_digests_if_ended(draft, trigger)
    return ""


def no_room(message: str, saw: str, step: int) -> Reason:
    """Say that a step finds no room in its digest."""
    return Reason("limits", False, f"digest {message}", saw=saw, needed="room in the digest", step=step)


def is_full(digest: Digest) -> bool:
    """Tell whether a digest holds more than it may; one case always fits."""
    staying = digest.staying
    return len(staying) > 1 and (
        len(staying) > DIGEST_LIMIT or len(msgspec.msgpack.encode(staying)) > DIGEST_BYTES
    )


def leave_digests(draft: Draft, trigger: Trigger, by: Moment, scope: Scope) -> None:
    """Take out of the digests what an exit event ends."""
    for digest in list(digests_of(draft.profile)):
        for one in digest.staying:
            waits = structs.replace(one, due=digest.moment)
            if one.trigger == trigger.name and ends(trigger, one.key, waits, by, scope):
                drop(draft, trigger, digest, one, at=by.timestamp, reason=exit_reason(by, digest.moment))


def leave_digests_if_ended(draft: Draft, trigger: Trigger) -> None:
    """Take out what events already in the timeline end, as after a merge or a late firing."""
    if draft.profile.digests:
        for by in exits_known(draft, trigger):
            leave_digests(draft, trigger, by, draft.scope(by))


def drop(draft: Draft, trigger: Trigger, digest: Digest, one: Joined, *, at: int, reason: Reason) -> None:
    """Take a firing out of its digest and say why; the one that opened it goes on to say when it is due."""
    say_ended(draft, trigger, one.decision_id, one, at=at, reason=reason, step=one.step)
    mark = [structs.replace(one, case={}, is_out=True)] if one == digest.opener else []
    put_back(draft.profile, digest.message, [one], mark)


def put_back(profile: Profile, message: str, taken: Iterable[Joined], back: Iterable[Joined] = ()) -> None:
    """Take firings of a message out, and others in their place."""
    out = {one.action_id for one in taken}
    waiting = profile.digests.pop(message, [])
    kept = in_line([*(one for one in waiting if one.action_id not in out), *back])
    if kept:
        profile.digests[message] = kept


def _grouped(message: str, joined: Iterable[Joined]) -> Iterator[Digest]:
    """Tell who leaves with whom: up to the opener's due, and what waits for one moment goes at once."""
    held: dict[int, list[Joined]] = {}
    gathering: list[list[Joined]] = []
    for one in joined:
        if one.held is not None:
            held.setdefault(one.held, []).append(one)
        elif gathering and one.since <= gathering[-1][0].due:
            gathering[-1].append(one)
        else:
            gathering.append([one])
    yield from (Digest(message, tuple(found)) for found in (*held.values(), *gathering))


def _takes_in(digest: Digest, at: int) -> bool:
    return digest.opener.held is None and digest.opener.since <= at <= digest.due


def _shown(case: Any, key: str | None, trigger: str, at: int) -> dict[str, Any]:
    return {**case, "key": key, "trigger": trigger, "at": iso(at)}
