"""The engine's messages on their way: queued as a dispatcher would, and asked for again when they are due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec import structs
from reference.engine_side import Teller, run_of
from reference.person import Answer, Left, Named
from reference.sending import TRIES
from reference.timelines import Arrival, Leaves, Published, Story, Turn

from core.engine import Applied
from core.engine.decision import Action, Spare
from core.engine.digest import first_id, spare_id
from core.engine.governance import permit
from core.engine.profile import Sent


@dataclass
class Queued:
    """A message that waits for its turn."""

    person: str
    name: Named
    number: int
    action: Action
    tags: tuple[str, ...]
    due: int
    spare: tuple[Spare, ...] = ()
    tries: int = 0


class EngineSide:
    """Tells a story to the engine and its answers in the reference's words; keeps what is to be sent."""

    def __init__(self, story: Story, *, stored: bool = False) -> None:
        self.run = run_of(story, stored=stored)
        self.teller = Teller()
        self.tags = {
            (rule.name, index): step.tags for rule in story.rules for index, step in enumerate(rule.steps)
        }
        self.queue: dict[str, Queued] = {}
        self.clock = 0
        self.number = 0

    def turn(self, turn: Turn) -> list[Answer]:
        """Play one turn and give what each call answered."""
        if isinstance(turn, Leaves):
            return [Answer(left=[*self._leaves(turn)])]
        if isinstance(turn, Published):
            for rule in turn.rules:
                self.tags |= {(rule.name, index): step.tags for index, step in enumerate(rule.steps)}
            return [self.teller.answer(done) for done in self.run.turn(turn)]
        answers = [self._keep(turn.person, done) for done in self.run.turn(turn)]
        for queued in self.queue.values():
            if isinstance(turn, Arrival) and queued.person == turn.joins:
                queued.person = turn.person
        return answers

    def _keep(self, person: str, done: Applied) -> Answer:
        """Queue what is to be sent, and take back what an exit event has ended."""
        answer = self.teller.answer(done)
        for action in done.actions:
            made = self.teller.fired.get(action.decision_id)
            if made and action.channel and action.status == "scheduled":
                self.number += 1
                name = (action.trigger, made.event_id, made.key, action.step, action.channel)
                tags = self.tags[action.trigger, action.step]
                self.queue[action.id] = Queued(
                    person, name, self.number, action, tags, action.due_at, action.spare
                )
        gone = [self.queue.pop(one) for one in self._taken_back(done)]
        answer.taken_back = sorted((queued.name for queued in gone), key=str)
        return answer

    def _taken_back(self, done: Applied) -> list[str]:
        """Name what has not been tried yet, by whatever channel, of what an exit event has ended."""
        return [
            one for one, queued in self.queue.items() if first_id(one) in done.cancelled and not queued.tries
        ]

    def _leaves(self, turn: Leaves) -> Iterator[Left]:
        """Ask for what is due, the earliest first, until nothing is."""
        while True:
            waiting = [queued for queued in self.queue.values() if queued.due <= turn.now]
            if not waiting:
                return
            first = min(waiting, key=lambda queued: (queued.due, queued.number))
            self.clock = max(self.clock, first.due if turn.prompt else turn.now)
            yield self._leave(first, self.clock, turn)

    def _leave(self, queued: Queued, now: int, look: Leaves) -> Left:
        """Do as the dispatcher does with one that is due."""
        action, expires = queued.action, queued.action.expires_at
        if expires is not None and now > expires:
            return self._end(queued, now, "expired")
        sending = Sent(now, action.id, action.channel, action.purpose, queued.tags)
        is_last = not queued.spare
        found = permit(self.run.profiles[queued.person], self.run.rules, sending, now, is_last=is_last)
        if found.profile is not None:
            self.run.profiles[queued.person] = found.profile
        if found.until is not None:
            if expires is not None and found.until > expires:
                return self._end(queued, now, "expired")
            queued.due = found.until
            return (queued.name, now, "waits", found.until)
        if found.refusal:
            if found.is_unusable:
                self._follow(queued, now)
            return self._end(queued, now, "suppressed")
        if action.channel in look.refuses:
            return self._refused(queued, now)
        queued.tries += 1
        queued.due = now + look.retry
        if look.retry and queued.tries < TRIES:
            return (queued.name, now, "sent", now)
        return self._end(queued, now, "sent")

    def _refused(self, queued: Queued, now: int) -> Left:
        """Take a message that its vendor refused off the caps, and let its next channel follow."""
        profile = self.run.profiles[queued.person]
        unsent = [one for one in profile.sent if one.id != queued.action.id]
        self.run.profiles[queued.person] = structs.replace(profile, sent=unsent)
        self._follow(queued, now)
        return self._end(queued, now, "refused")

    def _follow(self, queued: Queued, now: int) -> None:
        """Let the next channel take a message's place, due at once."""
        if queued.spare:
            following, *left = queued.spare
            name = (*queued.name[:4], following.channel)
            by_next = structs.replace(
                queued.action,
                id=spare_id(queued.action.id, following.channel),
                channel=following.channel,
                fields=following.fields,
            )
            self.number += 1
            self.queue[by_next.id] = Queued(
                queued.person, name, self.number, by_next, queued.tags, now, tuple(left)
            )

    def _end(self, queued: Queued, now: int, how: str) -> Left:
        del self.queue[queued.action.id]
        return (queued.name, now, how, now)
