"""The calls of one claim: deliveries of one action go together, as many as the action takes."""

from __future__ import annotations

from collections.abc import Mapping

from core.ports import DeliveryRow


class Places:
    """Seat deliveries in so many calls; the order in which they come is kept inside each."""

    def __init__(self, calls: int, sizes: Mapping[str, int]) -> None:
        self.calls = calls
        self.taken: list[list[DeliveryRow]] = []
        self._sizes = sizes
        self._open: dict[str, list[DeliveryRow]] = {}

    def has_one(self, action: str) -> bool:
        """Tell whether a delivery of this action finds a place."""
        return action in self._open or len(self.taken) < self.calls

    def take(self, row: DeliveryRow) -> None:
        """Seat a delivery beside others of its action, else in a call of its own."""
        call = self._open.get(row.action)
        if call is None:
            call = self._open[row.action] = []
            self.taken.append(call)
        call.append(row)
        if len(call) >= self._sizes.get(row.action, 1):
            del self._open[row.action]
