"""People who were split by hand: an event that names both sides goes to the stronger one and joins nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.engine.event import Event, Identifier
from core.engine.profile import Profile

#: The side that identifiers stand on, by the split's number, which is the time at which it was made.
Sides = dict[int, int]


class Apart:
    """The sides of every split; only an ``alias`` call, which names both people expressly, joins them again."""

    def __init__(self, pins: Iterable[tuple[int, int, Identifier]] = ()) -> None:
        self._sides: dict[Identifier, Sides] = {}
        for split, side, identifier in pins:
            self._sides.setdefault(identifier, {})[split] = side

    def refused(
        self, event: Event, owners: Mapping[Identifier, str], profiles: Mapping[str, Profile]
    ) -> tuple[Identifier, ...]:
        """Give the identifiers of an event that stand on another side than a stronger one."""
        if not self._sides or event.type == "alias":
            return ()
        taken: Sides = {}
        refused = []
        for identifier in event.identifiers:
            sides = self._sides_of(identifier, profiles.get(owners.get(identifier, "")))
            if any(taken.get(split, side) != side for split, side in sides.items()):
                refused.append(identifier)
            else:
                taken |= sides
        return tuple(refused)

    def last_split(self, profile: Profile) -> int:
        """Give when a person was last split; 0 for all others."""
        return max(self._held(profile), default=0)

    def _sides_of(self, identifier: Identifier, owner: Profile | None) -> Sides:
        held = self._held(owner) if owner else {}
        return {**held, **self._sides.get(identifier, {})}

    def _held(self, profile: Profile) -> Sides:
        """Give the sides of a person; one who holds both sides of a split was joined again since."""
        found: dict[int, set[int]] = {}
        for namespace, values in profile.identifiers.items():
            for value in values:
                for split, side in self._sides.get(Identifier(namespace, value), {}).items():
                    found.setdefault(split, set()).add(side)
        return {split: sides.pop() for split, sides in found.items() if len(sides) == 1}


NOBODY_APART = Apart()
