"""A digest whose time has come: one message about all of its firings, judged as of then."""

from __future__ import annotations

from collections import Counter

from reference.channels import choose
from reference.digests import MOST, digest_of
from reference.exits import Exits
from reference.person import Answer, Digest, Person
from reference.rules import Rule, Step
from reference.sending import Post


class Gathered:
    """Lets digests leave."""

    def __init__(
        self, rules: dict[str, Rule], post: Post, exits: Exits, paused: set[str], seen: Counter[str]
    ) -> None:
        self.rules = rules
        self.paused = paused
        self.post = post
        self.exits = exits
        self.seen = seen

    def leave(self, person: Person, digest: Digest, answer: Answer, *, now: int) -> None:
        """Send one message for a digest, unless it waits for a free moment or nothing is left in it."""
        self.exits.end_open(person)
        digest = digest_of(person, digest.opener)
        at, mine = digest.due, {id(one) for one in digest.joined}
        person.joined = [one for one in person.joined if id(one) not in mine]
        staying = [one for one in digest.staying if one.match.trigger in self.rules]
        self.seen["digest left empty"] += not staying
        self.seen["rule of a digest's firing gone"] += len(staying) < len(digest.staying)
        if not staying:
            return
        first, told, left_out = staying[0], staying[:MOST], staying[MOST:]
        step = self.rules[first.match.trigger].steps[first.index]
        until = None if step.valid_for is None else digest.opener.due + step.valid_for
        self.notice(person, digest, step)
        chosen = choose(person, step, self.seen)
        free = self.post.free_at(person, chosen, at) if chosen else None
        if free is not None and free > at and (until is None or free <= until):
            self.seen["digest held"] += 1
            self.seen["digest held again"] += digest.opener.held is not None
            for one in staying:
                one.held, one.due = free, digest.opener.due
            person.joined += staying
            self.seen["two digests held for one moment"] += len(digest_of(person, first).joined) > len(
                staying
            )
            return
        when, status, gate = self.post.let_go(
            person, first.match, first.index, at=at, now=now, until=until, is_shared=len(told) > 1
        )
        self.seen[f"digest of {'several' if len(told) > 1 else 'one'} {status}"] += 1
        states = [status, *["cancelled"] * (len(told) - 1), *["suppressed"] * len(left_out)]
        for one, state in zip(staying, states, strict=True):
            m = one.match
            answer.actions.append((m.trigger, m.anchor_id, m.key, one.index, when, state))
        gates = [gate, *[""] * (len(told) - 1), *["limits"] * len(left_out)]
        for one, why in zip(staying, gates, strict=True):
            if why:
                answer.stop(one.match, one.index, at, why)
                self.seen[f"digest stopped by {why}"] += 1

    def notice(self, person: Person, digest: Digest, step: Step) -> None:
        """Count what happens at the very moment at which a digest leaves."""
        said = [statement for (purpose, _), statement in person.consent.items() if purpose == step.purpose]
        self.seen["consent withdrawn exactly at a digest's due"] += (digest.due, False) in said
        self.seen["digest of several triggers"] += len({one.match.trigger for one in digest.staying}) > 1
        self.seen["digest of two firings of one event"] += len(
            {one.match.anchor.seq for one in digest.staying}
        ) < len(digest.staying)
        self.seen["digest of a paused trigger"] += digest.match.trigger in self.paused
