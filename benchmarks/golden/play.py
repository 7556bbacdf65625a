"""The ways to let the six weeks happen: rehearsed, and by the real pipeline over the real store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from functools import cache
from itertools import count
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import msgspec

from benchmarks.golden.outcome import Outcome
from benchmarks.golden.people import Step
from benchmarks.golden.weeks import BLOCK, Block
from connectors import catalogue
from core.config.loader import load
from core.engine import Profile, decode
from core.engine.decision import Decision
from core.engine.event import Event
from core.engine.mapping import map_event
from core.engine.rule import RuleSet
from core.pipeline import Pipeline, calls
from core.pipeline.calls import Call, call_event
from core.ports import DeliveryRow, Filter, RawEvent, Transaction
from core.runners.rehearsal import LONGEST
from core.runners.replay import Replay
from core.store.embedded import open_store
from cuewire.check import PRESETS

MAPPINGS = Path(__file__).with_name("mappings")
OFFER = "offer"

#: Single events go to the writer without waiting for each: so many jobs share a few commits.
TOGETHER = 1_000

#: A store that is opened anew is closed after so many blocks, in the middle of one.
REOPEN = 9


@cache
def rules() -> RuleSet:
    """Compile the triggers of the golden run."""
    loaded = load(MAPPINGS, presets=PRESETS, catalogue=catalogue())
    if loaded.rules is None:
        raise ValueError("\n".join(map(str, loaded.problems)))
    return loaded.rules


def numbered_calls() -> AbstractContextManager[object]:
    """Let calls of the API have ids that are the same in every run."""
    numbers = count(1)
    return patch.object(calls, "uuid4", lambda: SimpleNamespace(hex=f"{next(numbers):024}"))


class _Witness:
    """Notes down what a rehearsal tells."""

    def __init__(self) -> None:
        self.outcome = Outcome()

    def applied(self, event: Event, profile: Profile) -> None:
        """Hear of an event, of which nothing is noted."""

    def decided(self, decision: Decision, profile: Profile) -> None:
        """Note a decision."""
        self.outcome.decide(decision)

    def settled(self, row: DeliveryRow) -> None:
        """Note what would have been sent."""
        self.outcome.deliver(row)


def rehearse(weeks: Iterable[Block]) -> Outcome:
    """Let everything arrive one by one, on a made-up clock, and go on until no timer is left."""
    witness = _Witness()
    replay = _replayed(weeks, witness)
    replay.finish()
    if replay.faults:
        raise ValueError(replay.faults[0])
    for profile in replay.people.profiles.values():
        witness.outcome.person(profile)
    witness.outcome.name_everyone()
    return witness.outcome


def people(weeks: Iterable[Block]) -> list[Profile]:
    """Give the people as they are when the last event has arrived."""
    return list(_replayed(weeks, _Witness()).people.profiles.values())


def _replayed(weeks: Iterable[Block], witness: _Witness) -> Replay:
    compiled = rules()
    replay = Replay(compiled, witness)
    with numbered_calls():
        for block in weeks:
            for user in block.calls:
                replay.hear(call_event(_call(user), compiled, 0, block.at))
            for step in block.steps:
                replay.hear(_event(step, compiled))
    return replay


def _call(user: str) -> Call:
    return Call(OFFER, {"user_id": user}, {"from": "golden"}, b"{}")


def _event(step: Step, compiled: RuleSet) -> Event:
    mapping = compiled.sources[step.source]
    return map_event(step.call, mapping, compiled.identity, seq=0, received_at=step.arrival, raw_id="")


class _Clock:
    """A clock that is moved."""

    def __init__(self) -> None:
        self.time = 0

    def now(self) -> int:
        """Give the time that was set."""
        return self.time


class Embedded:
    """The pipeline over a store in a folder, on a clock that is moved in the writer, between its jobs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = _Clock()
        self.under_way: list[Future[Any]] = []
        self.open()

    def open(self) -> None:
        """Open the store and put the rules in force, as a server does when it starts."""
        self.store = open_store(self.folder, clock=self.clock)
        self.pipeline = Pipeline(self.store, self.clock, rules())

    def close(self) -> None:
        """Wait for everything, then close."""
        self.settle()
        self.store.purge(self.clock.time)
        self.store.close()

    def settle(self) -> None:
        """Wait for what is under way, and hear of its failures."""
        for future in self.under_way:
            future.result()
        self.under_way.clear()

    def pass_time(self, until: int, *, exactly: bool) -> None:
        """Move the clock and wake everyone who is due, at their time or all at once when it is over."""

        def wake(tx: Transaction) -> None:
            due = tx.profiles.first_due()
            while due is not None and due <= until:
                self.clock.time = max(self.clock.time, due if exactly else until)
                due = self.pipeline.wake(tx)
            self.clock.time = max(self.clock.time, until)

        self.under_way.append(self.store.submit(wake))

    def hand_over(self, steps: Sequence[Step], *, together: int = 0) -> None:
        """Send one request, at the time of its last arrival; so many may share a commit."""
        at = steps[-1].arrival

        def tick(tx: Transaction) -> None:
            self.clock.time = max(self.clock.time, at)

        items = [RawEvent(msgspec.json.encode(step.call), step.call) for step in steps]
        self.under_way.append(self.store.submit(tick))
        if not together:
            self.settle()
        self.under_way.append(self.pipeline.submit(steps[0].source, items, at))
        if len(self.under_way) > together:
            self.settle()

    def outcome(self) -> Outcome:
        """Read everything back from the store."""
        read, found = self.store.read, Outcome()
        for status in ("fired", "held", "suppressed"):
            for row in _all(read.decisions, status):
                found.decide(row)
        for row in _all(read.deliveries):
            found.deliver(row)
        for day in read.days(0):
            if day.outcome == "not_met":
                found.not_met[day.trigger] += day.number
        after = ""
        while people := read.people(after, 500):
            after = people[-1].id
            for person in people:
                found.person(decode(person.state))
        found.name_everyone()
        return found


def _all(ask: Any, status: str = "") -> Iterator[Any]:
    cursor: str | None = ""
    while cursor is not None:
        page = ask(Filter(status=status, limit=500, cursor=cursor))
        yield from page.rows
        cursor = page.next


def embed(weeks: Iterable[Block], folder: Path, *, most: int, reopens: bool = False) -> Outcome:
    """Send the arrivals of each block in requests of one source with up to so many of them each."""
    world, chance = Embedded(folder), Random(most)
    with numbered_calls():
        for number, block in enumerate(weeks):
            world.pass_time(block.at, exactly=most == 1)
            world.settle()
            for user in block.calls:
                told = _call(user)
                world.pipeline.fire(
                    OFFER, told.identifiers, told.metadata, idempotency_key=None, raw=told.raw
                )
            for place, steps in enumerate(_requests(block.steps, most, chance)):
                if most == 1:
                    world.pass_time(steps[0].arrival, exactly=True)
                world.hand_over(steps, together=TOGETHER if most == 1 else 0)
                if reopens and place == 0 and number % REOPEN == 0:
                    world.close()
                    world.open()
    world.settle()
    world.pass_time(world.clock.time + LONGEST, exactly=most == 1)
    world.settle()
    found = world.outcome()
    world.close()
    return found


def _requests(steps: list[Step], most: int, chance: Random) -> Iterator[list[Step]]:
    """Cut a block into requests: all of one source up to a whole block, else of different sizes, by turns."""
    if most == 1:
        yield from ([step] for step in steps)
        return
    waiting: dict[str, list[Step]] = {}
    for step in steps:
        waiting.setdefault(step.source, []).append(step)
    for of_source in waiting.values():
        while of_source:
            size = most if most >= BLOCK else chance.randint(1, most)
            yield of_source[:size]
            del of_source[:size]
