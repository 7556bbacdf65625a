"""A trigger's ``goal`` in a run that sends nothing: who did it anyway, and how much of it the trigger saw coming."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from statistics import median
from typing import Any, NamedTuple

from core.engine.event import Event
from core.engine.matching import key_of, matching
from core.engine.profile import Profile
from core.engine.rule import ApiAnchor, Goal, RuleSet, Trigger
from core.engine.scope import Scope
from core.engine.view import profile_view
from cuewire.simulate.findings import Firing


class Reached(NamedTuple):
    """One event that is some trigger's goal."""

    at: int
    profile_id: str
    key: str
    value: float


@dataclass
class Conversions:
    """How firings and goal events went together.

    ``open`` firings were not followed, and their time reaches beyond the history. ``preceded`` goal events came
    within the goal's time after a firing. ``to_goal`` and ``to_fire`` are times in milliseconds.
    """

    firings: int = 0
    followed: int = 0
    open: int = 0
    reached: int = 0
    preceded: int = 0
    value: float = 0.0
    to_goal: list[int] = field(default_factory=list)
    to_fire: list[int] = field(default_factory=list)

    def add(self, other: Conversions) -> None:
        """Add those of other people."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))

    @property
    def precision(self) -> float | None:
        """Give the share of firings that the goal followed."""
        return self.followed / self.firings if self.firings else None

    @property
    def recall(self) -> float | None:
        """Give the share of goal events that a firing came before."""
        return self.preceded / self.reached if self.reached else None

    def shape(self) -> dict[str, Any]:
        """Give it for machines."""
        return {
            "basis": "did it anyway: nothing was sent",
            "firings": self.firings,
            "followed": self.followed,
            "open": self.open,
            "precision": rounded(self.precision),
            "goal_events": self.reached,
            "preceded": self.preceded,
            "recall": rounded(self.recall),
            "value": round(self.value, 2),
            "median_seconds_to_goal": seconds(middle(self.to_goal)),
            "median_seconds_to_fire": seconds(middle(self.to_fire)),
        }


class Goals:
    """Keeps the events that are goals while a history runs."""

    def __init__(self, rules: RuleSet) -> None:
        self.reached: dict[str, list[Reached]] = {}
        self._watching: dict[str, list[tuple[Trigger, Goal]]] = defaultdict(list)
        for trigger in rules.triggers.values():
            if trigger.goal is not None and trigger.status != "draft":
                self.reached[trigger.name] = []
                for name in {pattern.name for pattern in trigger.goal.patterns}:
                    self._watching[name].append((trigger, trigger.goal))

    def see(self, event: Event, profile: Profile) -> None:
        """Keep an event for the triggers whose goal it is."""
        if event.name not in self._watching:
            return
        scope = Scope(event=event.data, profile=lambda: profile_view(profile), now=event.timestamp)
        for trigger, goal in self._watching[event.name]:
            if matching(goal.patterns, event.name, scope):
                formula = None if isinstance(trigger.when, ApiAnchor) else trigger.when.key
                found = Reached(event.timestamp, profile.id, key_of(formula, scope), worth(goal, scope))
                self.reached[trigger.name].append(found)


def worth(goal: Goal, scope: Scope) -> float:
    """Read what one goal event is worth; what is no number is worth nothing."""
    value = goal.value.evaluate(scope) if goal.value else None
    return value if isinstance(value, float) else 0.0


def conversions(
    goal: Goal,
    firings: Sequence[Firing],
    reached: Sequence[Reached],
    *,
    person: Callable[[str], str],
    end: int,
) -> Conversions:
    """Put a trigger's firings and goal events together, person by person; history ends at ``end``."""
    fired = by_person(firings, person)
    done = by_person(reached, person)
    followed = [(one, first) for one in firings if (first := _first(one, done[person(one.profile_id)], goal))]
    waiting = [one for one in firings if one.at + goal.within > end]
    preceded = [one for one in reached if _came_before(fired[person(one.profile_id)], one, goal)]
    return Conversions(
        firings=len(firings),
        followed=len(followed),
        open=len(waiting) - sum(one.at + goal.within > end for one, _ in followed),
        reached=len(reached),
        preceded=len(preceded),
        value=sum(one.value for one in preceded),
        to_goal=[first.at - one.at for one, first in followed],
        to_fire=[one.at - one.anchor_at for one in firings],
    )


def by_person(found: Sequence[Any], person: Callable[[str], str]) -> Mapping[str, list[Any]]:
    """Group by who it is in the end."""
    grouped: dict[str, list[Any]] = defaultdict(list)
    for one in found:
        grouped[person(one.profile_id)].append(one)
    return grouped


def _first(firing: Firing, reached: Iterable[Reached], goal: Goal) -> Reached | None:
    """Find the first goal event that counts for a firing."""
    counting = [one for one in reached if _counts(firing, one, goal)]
    return min(counting, key=lambda one: one.at, default=None)


def _came_before(firings: Iterable[Firing], one: Reached, goal: Goal) -> bool:
    return any(_counts(firing, one, goal) for firing in firings)


def _counts(firing: Firing, one: Reached, goal: Goal) -> bool:
    """Tell whether a goal event lies behind a firing and within the time; the key matches as for an exit."""
    return firing.at < one.at <= firing.at + goal.within and one.key in ("", firing.key or "")


def middle(spans: Iterable[int]) -> int | None:
    """Give the median of some times."""
    found = list(spans)
    return round(median(found)) if found else None


def seconds(span: int | None) -> float | None:
    """Write a time for machines."""
    return None if span is None else span / 1_000


def rounded(share: float | None) -> float | None:
    """Write a share for machines."""
    return None if share is None else round(share, 4)
