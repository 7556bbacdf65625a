"""A messaging system's word on our deliveries and on who wants no more, gathered over one request."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import structlog
from flask import request

from core.pipeline.consenting import Heard
from core.ports import Delivered, DeliveryRow, RawEvent, Rejected, SetAside
from webhooks.holding import came_at
from webhooks.metrics import Tally
from webhooks.services import Services

log = structlog.get_logger()

Outcome = Delivered | Rejected


class Words:
    """What one request says: consent at once, and of each delivery the first word that is the last one."""

    def __init__(self, services: Services, tally: Tally, destination: str) -> None:
        self._services = services
        self._tally = tally
        self._destination = destination
        self._said: dict[str, tuple[Outcome, str]] = {}
        self._rows: dict[str, DeliveryRow | None] = {}

    def hear(self, heard: Heard | None) -> None:
        """Let an address or a number speak for everyone who has it."""
        if heard is not None:
            people = self._services.consents.hear(replace(heard, at=came_at(request.environ, 0)))
            log.info(
                "opt_in_heard" if heard.granted else "opt_out_heard",
                destination=self._destination,
                people=people,
            )

    def say(self, delivery_id: str, outcome: Outcome | None, reference: str) -> None:
        """Note what is said of a delivery; what is final is not taken back by what comes behind it."""
        if not delivery_id or outcome is None:
            return
        held = self._said.get(delivery_id)
        if held is None or not is_final(held[0]):
            self._said[delivery_id] = outcome, reference

    def settle(self) -> None:
        """Hand over what was said; a delivery that is not this destination's is counted and logged."""
        for delivery_id, (outcome, reference) in self._said.items():
            row = self._row(delivery_id)
            is_ours = row is not None and row.destination == self._destination
            if is_ours:
                # False where it said so before: vendors repeat themselves.
                self._services.settle(delivery_id, outcome, reference, outcome.reason)
            else:
                self._tally.strays.inc()
                log.warning(
                    "callback_delivery_unknown", callback=self._destination, delivery=delivery_id[:80]
                )

    def about(self, item: RawEvent | SetAside, delivery_id: str) -> RawEvent | SetAside:
        """Write into an event which trigger and message its delivery was of."""
        row = self._row(delivery_id) if delivery_id else None
        if isinstance(item, SetAside) or row is None or row.destination != self._destination:
            return item
        told = {"id": row.id, "trigger": row.trigger, "message": row.message, "channel": row.channel}
        context: dict[str, Any] = {**item.call.get("context", {}), "delivery": told}
        return replace(item, call={**item.call, "context": context})

    def _row(self, delivery_id: str) -> DeliveryRow | None:
        if delivery_id not in self._rows:
            self._rows[delivery_id] = self._services.reader.delivery(delivery_id)
        return self._rows[delivery_id]


def is_final(outcome: Outcome) -> bool:
    """Tell whether nothing that is heard later changes it."""
    return isinstance(outcome, Rejected) or outcome.is_final
