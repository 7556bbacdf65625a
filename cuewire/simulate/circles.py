"""Who may turn out to be one person, found before anything is decided: circles of people never meet.

Everything the engine knows belongs to one person, and people join by identifiers that come in one event. So
circles that share no identifier can live through their history apart, on as many processors as there are.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence

Name = tuple[str, str]


class Circles:
    """Names that came together, directly or by way of others."""

    def __init__(self) -> None:
        self._places: dict[Name, int] = {}
        self._above = array("q")

    def join(self, names: Iterable[Name]) -> int:
        """Put names into one circle; gives a place in it."""
        first = -1
        for name in names:
            place = self._places.get(name, -1)
            if place < 0:
                place = self._places[name] = len(self._above)
                self._above.append(place)
            if first < 0:
                first = self.of(place)
            else:
                self._above[self.of(place)] = first
        return first

    def of(self, place: int) -> int:
        """Give the circle that a place is in."""
        above = self._above
        while above[place] != place:
            above[place] = place = above[above[place]]
        return place

    def find(self, names: Iterable[Name]) -> int | None:
        """Give the circle of the first name that is known."""
        return next((self.of(self._places[name]) for name in names if name in self._places), None)


def shared_out(circles: Sequence[int], number: int) -> dict[int, int]:
    """Share circles out as evenly as they go, by how often each stands there; gives the share of each."""
    loads, shares = [0] * number, {}
    for circle, load in sorted(Counter(circles).items(), key=lambda one: (-one[1], one[0])):
        share = loads.index(min(loads))
        loads[share] += load
        shares[circle] = share
    return shares
