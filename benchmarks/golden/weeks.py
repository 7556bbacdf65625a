"""Six weeks of events, made from a seed: late ones, doubled ones, ties, merges, and calls of the API.

What arrives is cut into blocks, and however a block is handed over, the decisions must be the same. For that,
what is truly late arrives at the beginning of a block, behind all that happened before and was drained by then,
and alone of its household, as several late ones are not the same one by one as in a request; and within a block
each household is heard by one source, as requests of different sources have no order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from random import Random

from benchmarks.golden.people import DAY, HOUR, START, Person, Step, live
from core.engine.instant import iso

WEEKS = 6
BLOCK = 1_000
EVENTS_PER_PERSON = 50
RIDERS = 0.1

#: How busy each hour of the day is.
HOURS = (2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 11, 12, 13, 12, 11, 11, 12, 13, 15, 18, 20, 17, 11, 5)

#: A step that came before comes again: at once, a day later, or when the first has been forgotten.
AGAIN = (0, 0, DAY, 8 * DAY)

#: How long a device is offline: with the time until the next block, within the lateness of its source or beyond.
OFFLINE = (0, HOUR, 12 * HOUR, 2 * DAY)

#: This part at the end of a block may be held up until the next.
TAIL = 0.08


@dataclass(slots=True)
class Block:
    """So many arrivals from ``at`` on: calls of the API, each for a user, come first, at ``at``."""

    at: int
    calls: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


def blocks(number: int, *, size: int = BLOCK, seed: int = 4) -> list[Block]:
    """Make so many events in the order of their arrival, cut into blocks of one size."""
    chance = Random(seed)
    prompt, held = _split(chance, _steps(chance, number))
    return list(_Arrivals(chance, prompt, held, size=size))


def _steps(chance: Random, number: int) -> list[Step]:
    """Let people live until so many steps are made; each has an id of its own."""
    size = max(8, number // EVENTS_PER_PERSON)
    people = [Person(n, chance.randrange(1, 4), n >= size * (1 - RIDERS)) for n in range(size)]
    rides = {person.number: START + chance.randrange(DAY) for person in people if person.is_rider}
    made: list[Step] = []
    visits = 0
    while len(made) < number:
        visits += 1
        # A few come often, most seldom.
        person = (
            people[int(size * chance.random() ** 1.5)] if chance.random() < 0.9 else chance.choice(people)
        )
        at = _moment(chance)
        if person.is_rider:
            at = rides[person.number] = rides[person.number] + chance.randrange(HOUR, 3 * DAY)
        made += [step for step in live(chance, person, visits, at) if step.at < START + WEEKS * 7 * DAY]
    del made[number:]
    for place, step in enumerate(made):
        step.call |= {"messageId": f"m{place}", "timestamp": iso(step.at)}
    return made


def _moment(chance: Random) -> int:
    day, hour = chance.randrange(WEEKS * 7), chance.choices(range(24), HOURS)[0]
    return START + day * DAY + hour * HOUR + chance.randrange(HOUR)


def _split(chance: Random, steps: list[Step]) -> tuple[list[Step], list[Step]]:
    """Tell what arrives at its time from what is held up; some of it comes a second time."""
    prompt, held = [], []
    for step in steps:
        is_ride = step.arrival != step.at or "ride_id" in step.call.get("properties", {})
        offline = chance.choice(OFFLINE) if not is_ride and chance.random() < 0.04 else None
        if offline is None:
            prompt.append(step)
        else:
            held.append(_moved(step, step.at + offline))
        if not is_ride and chance.random() < 0.01:
            again = chance.choice(AGAIN)
            (held if again or offline is not None else prompt).append(
                _moved(step, step.arrival + again, is_again=True)
            )
    return sorted(prompt, key=lambda step: step.arrival), held


def _moved(step: Step, arrival: int, *, is_again: bool = False) -> Step:
    return Step(step.at, arrival, step.source, step.home, step.call, is_again)


class _Arrivals:
    """Cuts what arrives into blocks of one size, the last one apart."""

    def __init__(self, chance: Random, prompt: list[Step], held: list[Step], *, size: int) -> None:
        self.chance = chance
        self.size = size
        self.prompt = prompt
        self.next = 0
        self.at = 0
        self.order = 0
        self.held: list[tuple[int, int, Step]] = []
        for step in held:
            self.hold(step)

    def hold(self, step: Step) -> None:
        """Let a step arrive with the first block from its arrival on."""
        self.order += 1
        heappush(self.held, (step.arrival, self.order, step))

    def __iter__(self) -> Iterator[Block]:
        """Give block after block until nothing is left to arrive."""
        while self.next < len(self.prompt) or self.held:
            yield self.block()

    def block(self) -> Block:
        """Fill one block: what was held up until now, then what arrives at its time."""
        is_over = self.next == len(self.prompt)
        self.at = max(self.at, max(self.held)[0] if is_over else self.prompt[self.next].arrival)
        at = self.at
        made, sources = Block(at), dict[int, str]()
        for step in self.ready(at):
            step.arrival = at
            self.add(step, made, sources)
        while len(made.steps) < self.size and self.next < len(self.prompt):
            step = self.prompt[self.next]
            self.next += 1
            if (
                len(made.steps) > self.size * (1 - TAIL)
                and step.arrival == step.at
                and self.chance.random() < 0.2
            ):
                self.hold(step)
            else:
                self.add(step, made, sources)
        users = [step.call["userId"] for step in made.steps if "userId" in step.call]
        made.calls = self.chance.sample(users, min(3, len(users)))
        return made

    def ready(self, at: int) -> list[Step]:
        """Take what need be held up no longer, one step of each household."""
        found: dict[int, Step] = {}
        waiting = []
        while self.held and self.held[0][0] <= at:
            held = heappop(self.held)
            if found.setdefault(held[2].home, held[2]) is not held[2]:
                waiting.append(held)
        for held in waiting:
            heappush(self.held, held)
        return sorted(found.values(), key=lambda step: step.at)

    def add(self, step: Step, block: Block, sources: dict[int, str]) -> None:
        """Put a step into a block, by the source that its household has there; a repeat is its own source's."""
        source = sources.setdefault(step.home, step.source)
        if not step.is_again or source == step.source:
            step.source = source
            block.steps.append(step)
