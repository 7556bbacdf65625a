"""The reference path: stored events through the same engine anew, on a clock that moves only by what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from msgspec import structs

from core.engine import Profile, wake
from core.engine.decision import FIRED, Action, Decision, gate_of
from core.engine.event import Event
from core.engine.stops import is_stop
from core.pipeline.apart import Apart
from core.pipeline.working import People
from core.ports import EventRow
from core.runners.audit.reading import taken
from core.runners.audit.standing import Standing
from core.runners.rehearsal import LONGEST, Rehearsal


class Course(NamedTuple):
    """How the clock and the requests may have fallen, which the store does not tell.

    ``is_prompt``: timers were drained when due; else, where nothing shows that a server ran just then, only by the
    next event. ``is_joint``: neighbours that arrived in one millisecond came in one request, which the engine takes
    in the order of their times.
    """

    is_prompt: bool = True
    is_joint: bool = True


COURSES = (Course(True, True), Course(True, False), Course(False, True), Course(False, False))


#: A server that runs has drained what is due within this many milliseconds.
DRAINED_WITHIN = 2_000


class Made(NamedTuple):
    """A firing of the reference path: ``at`` is what its clock said; ``is_ahead``: nothing has made it fire yet."""

    decision: Decision
    at: int
    is_ahead: bool = False


class Owed(NamedTuple):
    """An action of the reference path."""

    action: Action
    at: int
    is_ahead: bool = False


class Told(NamedTuple):
    """What the reference path said of an anchor: ``gates`` are those that failed, empty text where all passed."""

    trigger: str
    key: str | None
    gates: set[str]


class Unreadable(Exception):
    """Say that an event is stored in a way that cannot be read back."""


class Reference(Rehearsal):
    """A rehearsal of people who belong together, from their stored events.

    ``fired`` and ``owed`` hold what came of it by id, ``told`` all that was decided, ``homes`` the stored
    id of each person, ``seqs`` the arrival number of each event's id.
    """

    def __init__(
        self,
        standing: Standing,
        course: Course,
        apart: Apart,
        last_arrival: Callable[[int], int] = lambda before: 0,
    ) -> None:
        super().__init__(standing.rules, 0)
        self.people.apart = apart
        self.fired: dict[str, Made] = {}
        self.owed: dict[str, Owed] = {}
        self.told: dict[str, Told] = {}
        self.homes: dict[str, str] = {}
        self.seqs: dict[str, int] = {}
        self._standing = standing
        self._course = course
        self._last_arrival = last_arrival
        self._last = 0
        self._clock = 0

    def play(self, rows: Iterable[EventRow], until: int) -> Iterator[None]:
        """Let stored events arrive, and time go on; gives a chance to rest after each."""
        for arrived, request in groupby(rows, key=self._request):
            self.advance(arrived[0] if self._course.is_prompt else self._drained_by(arrived[0]))
            self._clock = self.people.now = max(self._clock, self.people.now, arrived[0])
            both = [(row, taken(row, self._standing.rules)) for row in request]
            for row, event in sorted(both, key=lambda one: one[0].timestamp):
                if event is None:
                    raise Unreadable(row.id)
                self._take(row, event)
                yield
        self.advance(until)

    def look_ahead(self, until: int) -> None:
        """Find out what would come if nothing more happened."""
        for profile in self.people.profiles.values():
            found = wake(profile, until + LONGEST, self._standing.rules)
            self._note_down(found.decisions, found.actions, None)

    def _drained_by(self, arrived: int) -> int:
        """Tell up to when timers were surely drained before an arrival: a server that ran after it drained them."""
        return self._last_arrival(arrived - DRAINED_WITHIN) - DRAINED_WITHIN

    def home_of(self, profile_id: str) -> str:
        """Give the stored id of a person."""
        return self.homes.get(profile_id, profile_id)

    def wake(self, profile_id: str) -> None:
        """Drain one person's timers; what became due late is drained when that became known."""
        self.people.now = max(self.people.now, self._clock)
        super().wake(profile_id)

    def collect(self, people: People) -> None:
        """Keep what fired; what a rule did before it applied is taken back."""
        for loser, winner in people.merges:
            self.homes.setdefault(winner, self.home_of(loser))
        early = self._standing.ahead_of(self._last)
        for profile_id in people.dirty if early else ():
            people.profiles[profile_id] = without(people.profiles[profile_id], early)
        decisions = [one for one in people.decisions if one.trigger not in early or self._holds(one.trigger)]
        actions = [one for one in people.actions if one.trigger not in early or self._holds(one.trigger)]
        self._note_down(decisions, actions, people.now)

    def _holds(self, trigger: str) -> bool:
        return self.people.now >= self._standing.at.get(trigger, 0)

    def _request(self, row: EventRow) -> tuple[int, str, int]:
        return row.received_at, row.source, 0 if self._course.is_joint else row.seq

    def _take(self, row: EventRow, event: Event) -> None:
        self._last = max(self._last, row.seq)
        self.seqs[row.id] = max(row.seq, self.seqs.get(row.id, 0))
        profile = self.people.take(event)
        self.homes[profile.id] = row.profile_id
        self._note()

    def _note_down(self, decisions: Iterable[Decision], actions: Iterable[Action], now: int | None) -> None:
        ahead = now is None
        # Those at an intent depend on when messages really left, and none of them stands for another decision.
        for one in [one for one in decisions if not is_stop(one)]:
            told = self.told.setdefault(one.id, Told(one.trigger, one.key, set()))
            told.gates.add(gate_of(one.outcome, one.reasons))
            if one.outcome == FIRED:
                self.fired.setdefault(one.id, Made(one, one.at if now is None else now, ahead))
        for action in actions:
            self.owed.setdefault(action.id, Owed(action, action.due_at if now is None else now, ahead))


def without(profile: Profile, triggers: frozenset[str]) -> Profile:
    """Give a profile without what some triggers have open and have fired."""
    gathered = (one.trigger for joined in profile.digests.values() for one in joined)
    if not triggers.intersection((*profile.cases, *profile.journeys, *profile.firings, *gathered)):
        return profile
    return structs.replace(
        profile,
        cases={name: held for name, held in profile.cases.items() if name not in triggers},
        journeys={name: held for name, held in profile.journeys.items() if name not in triggers},
        firings={name: held for name, held in profile.firings.items() if name not in triggers},
        digests={
            message: kept
            for message, joined in profile.digests.items()
            if (kept := [one for one in joined if one.trigger not in triggers])
        },
    )
