"""What was last sent of each person, so that only what has changed is paid for again.

Kept by this process alone: one process sends a person's deliveries, one after the other, and a restart only costs
that everything is sent once more.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from core.ports import Clock

#: People that are remembered; the ones that were longest not sent go first.
MOST = 50_000

#: After this long everything is sent again, for somebody may have changed it in Braze.
KEPT = 24 * 3_600_000

Known = tuple[int, dict[str, int]]


class Sent:
    """The attributes of people as they were last sent, as hashes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._people: OrderedDict[str, Known] = OrderedDict()

    def changed(self, person: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Any] | None:
        """Give the attributes that were not sent like this before; None where there is nothing to send at all."""
        known = self._known(person)
        if known is None:
            return dict(attributes)
        found = {name: value for name, value in attributes.items() if known.get(name) != hashed(value)}
        return found or None

    def learn(self, person: Mapping[str, Any], attributes: Mapping[str, Any]) -> None:
        """Remember what Braze has taken."""
        name, now = written(person), self._clock.now()
        known = self._known(person) or {}
        with self._lock:
            since = self._people[name][0] if known and name in self._people else now
            self._people[name] = (since, known | {key: hashed(value) for key, value in attributes.items()})
            self._people.move_to_end(name)
            while len(self._people) > MOST:
                self._people.popitem(last=False)

    def forget(self, person: Mapping[str, Any]) -> None:
        """Forget a person of whom Braze may have taken something or not."""
        with self._lock:
            self._people.pop(written(person), None)

    def forget_all(self) -> None:
        """Forget everybody, when people were merged or deleted."""
        with self._lock:
            self._people.clear()

    def _known(self, person: Mapping[str, Any]) -> dict[str, int] | None:
        with self._lock:
            since, known = self._people.get(written(person), (0, None))
        return known if self._clock.now() - since < KEPT else None


def written(value: object) -> str:
    """Write a value so that equal ones are equal texts."""
    return json.dumps(value, sort_keys=True, default=str)


def hashed(value: object) -> int:
    """Give a number that another value hardly has."""
    return hash(written(value))
