"""The engine's messages on their way: queued as a dispatcher would, and asked for again when they are due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reference.engine_side import Teller, run_of
from reference.person import Answer, Left, Named
from reference.sending import TRIES
from reference.timelines import Arrival, Leaves, Published, Story, Turn

from core.engine import Applied
from core.engine.decision import Action
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
                name = (action.trigger, made.event_id, made.key, action.step)
                tags = self.tags[action.trigger, action.step]
                self.queue[action.id] = Queued(person, name, self.number, action, tags, action.due_at)
        gone = [self.queue.pop(one) for one in done.cancelled if one in self.queue]
        answer.taken_back = sorted((queued.name for queued in gone), key=str)
        return answer

    def _leaves(self, turn: Leaves) -> Iterator[Left]:
        """Ask for what is due, the earliest first, until nothing is."""
        while True:
            waiting = [queued for queued in self.queue.values() if queued.due <= turn.now]
            if not waiting:
                return
            first = min(waiting, key=lambda queued: (queued.due, queued.number))
            self.clock = max(self.clock, first.due if turn.prompt else turn.now)
            yield self._leave(first, self.clock, turn.retry)

    def _leave(self, queued: Queued, now: int, retry: int) -> Left:
        """Do as the dispatcher does with one that is due."""
        action, expires = queued.action, queued.action.expires_at
        if expires is not None and now > expires:
            return self._end(queued, now, "expired")
        sending = Sent(now, action.id, action.channel, action.purpose, queued.tags)
        found = permit(self.run.profiles[queued.person], self.run.rules, sending, now)
        if found.profile is not None:
            self.run.profiles[queued.person] = found.profile
        if found.until is not None:
            if expires is not None and found.until > expires:
                return self._end(queued, now, "expired")
            queued.due = found.until
            return (queued.name, now, "waits", found.until)
        if found.refusal:
            return self._end(queued, now, "suppressed")
        queued.tries += 1
        queued.due = now + retry
        return (
            (queued.name, now, "sent", now)
            if retry and queued.tries < TRIES
            else self._end(queued, now, "sent")
        )

    def _end(self, queued: Queued, now: int, how: str) -> Left:
        del self.queue[queued.action.id]
        return (queued.name, now, how, now)
