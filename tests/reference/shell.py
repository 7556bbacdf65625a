"""The shell's part for the model: who is who, and in what order the calls are made."""

from __future__ import annotations

from collections.abc import Iterator

from reference.model import Model
from reference.person import Answer, Left, Person
from reference.timelines import Leaves, Paused, Published, Story, Turn, Wake


class ModelRun:
    """Plays the part of the shell for the model."""

    def __init__(self, story: Story) -> None:
        self.model = Model(story.rules, story.measures, story.policy)
        self.people: dict[str, Person] = {}
        self.clock = 0

    def turn(self, turn: Turn) -> list[Answer]:
        """Play one turn and give what each call answered."""
        if isinstance(turn, Published):
            self.model.take(turn.rules, turn.policy)
            for person in self.people.values():
                self.model.forget(person)
            return []
        if isinstance(turn, Paused):
            self.model.pause(turn.trigger, is_on=turn.is_on)
            return []
        if isinstance(turn, Leaves):
            return [Answer(left=[*self.leaves(turn)])]
        if isinstance(turn, Wake):
            return [self.model.wake(self.person(turn.person), turn.now, now=turn.now)]
        at, answers = turn.event.timestamp, []
        if turn.joins:
            both = [self.person(turn.person), self.person(turn.joins)]
            answers = [self.model.wake(person, at, now=at) for person in both]
            self.people[turn.person] = self.model.join(*both)
            del self.people[turn.joins]
        return [*answers, self.model.arrive(self.person(turn.person), turn.event, turn.now)]

    def leaves(self, turn: Leaves) -> Iterator[Left]:
        """Ask for what is due, the earliest first, until nothing is."""
        while True:
            waiting = [(m.due, m.number, p) for p in self.people.values() for m in p.messages]
            due, number, person = min(waiting, key=lambda one: one[:2], default=(turn.now + 1, 0, Person()))
            if due > turn.now:
                return
            self.clock = max(self.clock, due if turn.prompt else turn.now)
            message = next(m for m in person.messages if m.number == number)
            yield self.model.leave(person, message, self.clock, turn)

    def person(self, name: str) -> Person:
        """Give a person, begun at the first turn."""
        return self.people.setdefault(name, Person())
