"""Messages on their way: what caps and quiet hours say when they are let go, and when they are about to leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from itertools import count

from reference.channels import choose
from reference.history import Match
from reference.measures import agreed
from reference.person import Left, Message, Person
from reference.policy import Policy, Question, Sent, places_of
from reference.rules import Rule, Step
from reference.tiers import Tiers
from reference.zones import zone_of

#: How often a message is tried in a story at most.
TRIES = 3


class Post:
    """Lets messages go, and asks again when they are about to leave."""

    def __init__(self, rules: dict[str, Rule], tiers: Tiers, seen: Counter[str]) -> None:
        self.rules = rules
        self.tiers = tiers
        self.seen = seen
        self.numbers = count(1)

    @property
    def policy(self) -> Policy:
        """Give the rules above all triggers."""
        return self.tiers.policy

    def take(self, rules: dict[str, Rule], tiers: Tiers) -> None:
        """Go on by other rules."""
        self.rules, self.tiers = rules, tiers

    def free_at(self, person: Person, step: Step, at: int, own: int = 0) -> int | None:
        """Give when a message may leave, as of a moment; None where it never may."""
        asked = self._question(person, step, at, own)
        free = asked.free_at(at)
        asked.notice(self.seen, at, free)
        return free

    def _question(self, person: Person, step: Step, at: int, own: int = 0) -> Question:
        traits = person.said
        sent = [one for one in person.sent if one.number != own]
        places = places_of(self.policy.quiet, traits, person.phones)
        tier = self.tiers.of(person, at)
        return Question(self.policy, step, sent, zone_of(traits, person.phones), places, tier)

    def let_go(
        self,
        person: Person,
        match: Match,
        index: int,
        *,
        at: int,
        now: int,
        until: int | None,
        is_shared: bool = False,
    ) -> tuple[int, str, str]:
        """Let a message go, and say when it is due, what becomes of it, and by which gate where one stops it."""
        step = choose(person, self.rules[match.trigger].steps[index], self.seen)
        if step is None:
            self.seen["step refused"] += 1
            return at, "suppressed", "consent"
        expires = None
        if step.valid_for is not None:
            expires = min(at + step.valid_for, at + step.valid_for if until is None else until)
            self.seen["exactly valid_for later"] += now == expires
        if expires is not None and now > expires:
            return at, "expired", ""
        free = self.free_at(person, step, at)
        if free is None:
            return at, "suppressed", self._question(person, step, at).gate(at)
        if expires is not None and free > expires:
            self.seen["expired rather than held"] += 1
            return at, "expired", self._question(person, step, at).gate(at)
        person.messages.append(
            Message(next(self.numbers), match, index, step, at, free, expires, free, is_shared)
        )
        return free, "scheduled", ""

    def leave(self, person: Person, message: Message, now: int, retry: int, refuses: Collection[str]) -> Left:
        """Ask for the intent to send: what becomes of a message, and until when it waits."""
        name, expires = message.name, message.expires
        if expires is not None and now > expires:
            return self.end(person, message, now, "expired")
        if not agreed(person, message.step.purpose, message.step.channel):
            self.seen["withdrawn before it left"] += 1
            said = [at for (purpose, _), (at, _) in person.consent.items() if purpose == message.step.purpose]
            self.seen["withdrawn at the very moment at which it is to leave"] += now in said
            self.seen["withdrawn between two tries"] += message.tries > 0
            self.seen["next channel where consent has gone"] += bool(message.step.others)
            self.follow(person, message, now)
            return self.end(person, message, now, "suppressed")
        free = self.free_at(person, message.step, now, own=message.number)
        if free is None:
            return self.end(person, message, now, "suppressed")
        if free > now:
            message.due = message.free = free
            self.seen["next channel held"] += message.is_next
            return (name, now, "waits", free)
        person.sent = [one for one in person.sent if one.number != message.number]
        message.tries += 1
        if message.step.channel in refuses:
            self.seen["next channel where the vendor refused"] += bool(message.step.others)
            self.seen["refused by its last channel"] += message.is_next and not message.step.others
            self.follow(person, message, now)
            return self.end(person, message, now, "refused")
        person.sent.append(Sent(now, message.number, message.step))
        self.seen["sent after it was held"] += message.due > message.since
        self.seen["sent by the next channel"] += message.is_next
        if retry and message.tries < TRIES:
            self.seen["tried again"] += 1
            message.due = now + retry
        else:
            person.messages.remove(message)
        return (name, now, "sent", now)

    def follow(self, person: Person, message: Message, now: int) -> None:
        """Let the next channel take a message's place, due at once."""
        step = message.step
        if step.others:
            by_next = replace(step, channel=step.others[0], others=step.others[1:])
            number = next(self.numbers)
            person.messages.append(
                replace(
                    message,
                    number=number,
                    step=by_next,
                    since=message.free,
                    due=now,
                    tries=0,
                    is_next=True,
                )
            )

    def end(self, person: Person, message: Message, now: int, how: str) -> Left:
        """Finish a message without sending it."""
        person.messages.remove(message)
        return (message.name, now, how, now)
