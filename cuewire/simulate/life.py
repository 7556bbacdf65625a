"""Some people living through their history under one version of the mappings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from core.engine.decision import FIRED, NOT_MET, Decision
from core.engine.event import Event, Identifier
from core.engine.profile import Profile
from core.engine.rule import RuleSet
from core.ports import DeliveryRow, Status
from core.runners.replay import Replay
from cuewire.simulate.findings import Findings, Firing, Told, happened, known_as
from cuewire.simulate.goals import Goals, conversions
from cuewire.simulate.labels import Label, score
from cuewire.simulate.version import Outcome, Version

#: A turn in the order of everything that is decided: the clock, timers before events, whose timer or which line.
Turn = tuple[int, int, str]


class Life:
    """Hears of everything that a replay decides, and works out what it comes to.

    ``on_decision`` hears of what fired, was held or was suppressed, with its turn.
    """

    def __init__(
        self, version: Version, *, on_decision: Callable[[Turn, Told], object] = lambda turn, told: None
    ) -> None:
        self.rules: RuleSet = version.rules
        self.findings = {name: Findings() for name in version.triggers}
        self.firings: dict[str, list[Firing]] = {name: [] for name in version.triggers}
        self._goals = Goals(version.rules)
        self._on_decision = on_decision
        self._replay = Replay(version.rules, self)

    def hear(self, event: Event, line: int) -> str:
        """Live through the event of a line; gives what became of it."""
        return self._replay.hear(event, f"{line:012}")

    def finish(self, last: int) -> None:
        """Live on until the last event of all, and then until no timer is left."""
        self._replay.advance(last)
        self._replay.finish()

    @property
    def faults(self) -> list[str]:
        """Give what the engine failed at."""
        return self._replay.faults

    @property
    def people(self) -> dict[str, Profile]:
        """Give everybody, by the profile's id."""
        return self._replay.people.profiles

    def person(self, profile_id: str) -> str:
        """Give who a profile is in the end."""
        return self._replay.person(profile_id)

    def find(self, identifiers: Sequence[Identifier]) -> str | None:
        """Find a person by the first identifier that is known."""
        owners = self._replay.people.owners
        return next((owners[one] for one in identifiers if one in owners), None)

    def outcome(self, labels: Sequence[Label], end: int) -> Outcome:
        """Work out what came of it; history ends at ``end``."""
        told = Outcome(len(self.people), self.findings, faults=self.faults)
        for name, firings in self.firings.items():
            self.findings[name].people = Counter(self.person(one.profile_id) for one in firings)
            goal = self.rules.triggers[name].goal
            if goal is not None:
                reached = self._goals.reached[name]
                told.goals[name] = conversions(goal, firings, reached, person=self.person, end=end)
            mine = [label for label in labels if label.trigger in ("", name)]
            if mine:
                told.scores[name] = score(mine, firings, find=self.find, person=self.person)
        return told

    def applied(self, event: Event, profile: Profile) -> None:
        """Hear of an event that took effect."""
        self._goals.see(event, profile)

    def decided(self, decision: Decision, profile: Profile) -> None:
        """Count a decision, and pass it on unless nothing was met."""
        found = self.findings.get(decision.trigger)
        if found is None:
            return
        found.count(decision)
        if decision.outcome == NOT_MET:
            return
        told = Told(decision, known_as(profile), self._replay.is_over)
        if decision.outcome == FIRED:
            found.fire(told)
            firing = Firing(decision.at, happened(decision, profile), decision.profile_id, decision.key)
            self.firings[decision.trigger].append(firing)
        self._on_decision(self._replay.turn, told)

    def settled(self, row: DeliveryRow) -> None:
        """Count what would have been sent."""
        found = self.findings.get(row.trigger)
        if found is not None and row.status == Status.DELIVERED:
            found.sends[row.message or f"{row.destination}.{row.action}"] += 1
