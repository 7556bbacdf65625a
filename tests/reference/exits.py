"""What an exit event ends: journeys, what is held or gathered, and messages that wait."""

from __future__ import annotations

from collections import Counter

from reference.competing import forget_burst
from reference.digests import digests, take_out
from reference.history import Match, is_one_of, touches
from reference.past import Past
from reference.person import Message, Person
from reference.rules import Rule


class Exits:
    """Asks the whole history for what ends what waits."""

    def __init__(self, rules: dict[str, Rule], seen: Counter[str]) -> None:
        self.rules = rules
        self.seen = seen

    def end_open(self, person: Person) -> None:
        """End the journeys, and what is held, that an event of the history ends."""
        kept = [one for one in person.journeys if not self.ended(person, one.match, one.due)]
        self.seen["journey ended by an exit"] += len(person.journeys) - len(kept)
        person.journeys = kept
        for held in [held for held in person.held if self.ended(person, held.match, held.due)]:
            person.held.remove(held)
            forget_burst(person, held, self.rules.get(held.match.trigger))
            self.seen["burst ended by an exit" if held.is_burst else "held match ended by an exit"] += 1
        for digest in digests(person):
            for one in [one for one in digest.staying if self.ended(person, one.match, digest.due)]:
                self.seen["exit exactly at a digest's due"] += any(
                    e.timestamp == digest.due and is_one_of(self.rules[one.match.trigger].exits, e)
                    for e in person.history
                )
                take_out(person, digest, one, self.seen)
        for message in [message for message in person.messages if self.takes_back(person, message)]:
            person.messages.remove(message)
            self.seen["next channel taken back"] += message.is_next
            person.taken_back.append(message.name)
            self.seen["held message ended by an exit"] += 1

    def takes_back(self, person: Person, message: Message) -> bool:
        """Say whether an exit event takes a message back that waits."""
        return message.is_held and self.ended(person, message.match, message.free)

    def ended(self, person: Person, match: Match, due: int) -> bool:
        """Say whether an exit event lies after the anchor event and up to the due of what waits."""
        rule = self.rules.get(match.trigger)
        if rule is None:
            return False
        found = [
            event
            for event in Past(self.rules, person, self.seen).of(rule)
            if event.place > match.anchor.place
            and event.timestamp <= due
            and is_one_of(rule.exits, event)
            and touches(rule, event, match.key)
        ]
        self.seen["exit exactly at the due of what is held"] += bool(found) and all(
            event.timestamp == due for event in found
        )
        return bool(found)
