"""The shell's part for the model: who is who, and in what order the calls are made."""

from __future__ import annotations

from reference.model import Model
from reference.person import Answer, Person
from reference.timelines import Published, Story, Turn, Wake


class ModelRun:
    """Plays the part of the shell for the model."""

    def __init__(self, story: Story) -> None:
        self.model = Model(story.rules, story.measures)
        self.people: dict[str, Person] = {}

    def turn(self, turn: Turn) -> list[Answer]:
        """Play one turn and give what each call answered."""
        if isinstance(turn, Published):
            self.model.take(turn.rules)
            for person in self.people.values():
                self.model.forget(person)
            return []
        if isinstance(turn, Wake):
            return [self.model.wake(self.person(turn.person), turn.now, now=turn.now)]
        at, answers = turn.event.timestamp, []
        if turn.joins:
            both = [self.person(turn.person), self.person(turn.joins)]
            answers = [self.model.wake(person, at, now=at) for person in both]
            self.people[turn.person] = self.model.join(*both)
        return [*answers, self.model.arrive(self.person(turn.person), turn.event, turn.now)]

    def person(self, name: str) -> Person:
        """Give a person, begun at the first turn."""
        return self.people.setdefault(name, Person())
