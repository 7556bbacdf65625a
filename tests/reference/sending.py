"""Messages on their way: what caps and quiet hours say when they are let go, and when they are about to leave."""

from __future__ import annotations

from collections import Counter
from itertools import count

from reference.history import Match
from reference.measures import agreed
from reference.person import Left, Message, Person
from reference.policy import Policy, Question, Sent, places_of
from reference.rules import Rule, Step
from reference.zones import zone_of

#: How often a message is tried in a story at most.
TRIES = 3


class Post:
    """Lets messages go, and asks again when they are about to leave."""

    def __init__(self, rules: dict[str, Rule], policy: Policy, seen: Counter[str]) -> None:
        self.rules = rules
        self.policy = policy
        self.seen = seen
        self.numbers = count(1)

    def take(self, rules: dict[str, Rule], policy: Policy) -> None:
        """Go on by other rules."""
        self.rules, self.policy = rules, policy

    def free_at(self, person: Person, step: Step, at: int, own: int = 0) -> int | None:
        """Give when a message may leave, as of a moment; None where it never may."""
        traits = {name: value for name, (_, value) in person.traits.items()}
        sent = [one for one in person.sent if one.number != own]
        places = places_of(self.policy.quiet, traits, person.phones)
        asked = Question(self.policy, step, sent, zone_of(traits, person.phones), places)
        free = asked.free_at(at)
        asked.notice(self.seen, at, free)
        return free

    def let_go(
        self, person: Person, match: Match, index: int, *, at: int, now: int, until: int | None
    ) -> tuple[int, str]:
        """Let a message go, and say when it is due and what becomes of it."""
        step = self.rules[match.trigger].steps[index]
        if not agreed(person, step.purpose, step.channel):
            self.seen["step refused"] += 1
            return at, "suppressed"
        expires = None
        if step.valid_for is not None:
            expires = min(at + step.valid_for, at + step.valid_for if until is None else until)
            self.seen["exactly valid_for later"] += now == expires
        if expires is not None and now > expires:
            return at, "expired"
        free = self.free_at(person, step, at)
        if free is None:
            return at, "suppressed"
        if expires is not None and free > expires:
            self.seen["expired rather than held"] += 1
            return at, "expired"
        person.messages.append(Message(next(self.numbers), match, index, step, at, free, expires))
        return free, "scheduled"

    def leave(self, person: Person, message: Message, now: int, retry: int) -> Left:
        """Ask for the intent to send: what becomes of a message, and until when it waits."""
        name, expires = message.name, message.expires
        if expires is not None and now > expires:
            return self.end(person, message, now, "expired")
        if not agreed(person, message.step.purpose, message.step.channel):
            self.seen["withdrawn before it left"] += 1
            self.seen["withdrawn between two tries"] += message.tries > 0
            return self.end(person, message, now, "suppressed")
        free = self.free_at(person, message.step, now, own=message.number)
        if free is None:
            return self.end(person, message, now, "suppressed")
        if free > now:
            message.due = free
            return (name, now, "waits", free)
        person.sent = [one for one in person.sent if one.number != message.number]
        person.sent.append(Sent(now, message.number, message.step))
        message.tries += 1
        self.seen["sent after it was held"] += message.due > message.since
        if retry and message.tries < TRIES:
            self.seen["tried again"] += 1
            message.due = now + retry
        else:
            person.messages.remove(message)
        return (name, now, "sent", now)

    def end(self, person: Person, message: Message, now: int, how: str) -> Left:
        """Finish a message without sending it."""
        person.messages.remove(message)
        return (message.name, now, how, now)
