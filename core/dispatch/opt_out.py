"""A destination that is listened to: what it says of a person who wants no more reaches the consent ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from core.dispatch.look_up import ask
from core.errors import CuewireError
from core.ports import DeliveryRow, Destination, DestinationSpec, Outcome, Rejected

#: Hears of a delivery that was refused because the person told the destination to write no more, and why.
OptedOut = Callable[[DeliveryRow, str], None]

log = structlog.get_logger()


class Heeded:
    """Hand everything on to a destination, and its word on who opted out to whoever keeps consent."""

    def __init__(self, inner: Destination, opted_out: OptedOut) -> None:
        self.name = inner.name
        self.spec: DestinationSpec = inner.spec
        self._inner = inner
        self._opted_out = opted_out

    def missing_settings(self) -> list[str]:
        """Name the settings without which nothing can be sent."""
        return self._inner.missing_settings()

    def look_up(self, row: DeliveryRow) -> Outcome | None:
        """Ask what became of a delivery; a withdrawal is recorded here too."""
        answer = ask(self._inner, row)
        if isinstance(answer, Rejected) and answer.opted_out:
            self._tell(row, answer.reason)
        return answer

    def send(self, action: str, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Call the action; a withdrawal is recorded before its outcome is."""
        outcomes = self._inner.send(action, batch)
        for row, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, Rejected) and outcome.opted_out:
                self._tell(row, outcome.reason)
        return outcomes

    def _tell(self, row: DeliveryRow, reason: str) -> None:
        """Record it; the refusal stands also where that fails, and the next one says it again."""
        try:
            self._opted_out(row, reason)
        # StoreError or Busy.
        except CuewireError as error:
            log.error("opt_out_not_stored", destination=self.name, delivery=row.id, error=error.message)
