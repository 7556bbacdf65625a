"""What every source shares: its secrets, the way in, and how one item is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from flask import Response

from core.errors import BadRequest, TooLarge, Unauthorised
from core.ports import RawEvent, SetAside
from core.secret import Secret
from webhooks.metrics import Tally
from webhooks.payload import read_object
from webhooks.services import Services

log = structlog.get_logger()

SUCCESS = b'{"success": true}'

#: Turns a decoded item into a call in Segment's spelling; raises BadRequest for what is not one.
ReadCall = Callable[[dict[str, Any]], Mapping[str, Any]]


class Door:
    """The way in for all sources: it knows the secrets, hands items over and counts them."""

    def __init__(self, services: Services, tally: Tally) -> None:
        self.services = services
        self.limits = services.limits
        self.tally = tally

    def secret(self, source: str, name: str) -> Secret:
        """Give a source's secret, or refuse and log that it is not set."""
        found = self.services.secrets(source, name)
        if not found:
            raise self.not_set(source, name)
        return found

    def not_set(self, source: str, name: str) -> Unauthorised:
        """Tell the log which setting is missing, and the sender only that it may not enter."""
        setting = f"CUEWIRE_{source.upper()}_{name.upper()}"
        log.warning("source_without_secret", source=source, setting=setting)
        return Unauthorised(
            f"The source {source} is not open: its secret is not set.",
            hint=f"Whoever runs this server sets {setting}.",
        )

    def sources(self, kind: str) -> list[str]:
        """Name the mapped sources of one kind."""
        return [name for name, one in self.services.rules().sources.items() if one.uses == kind]

    def accept(self, source: str, items: Sequence[RawEvent | SetAside], received_at: int) -> list[str]:
        """Hand one request's items over and count what became of them."""
        if not items:
            return []
        statuses = self.services.intake.accept(source, items, received_at)
        self.tally.count(statuses)
        return statuses

    def read_item(self, raw: bytes, read_call: ReadCall) -> RawEvent | SetAside:
        """Read one item of a batch; a bad one is set aside with its reason and costs nobody else."""
        if len(raw) > self.limits.event:
            return SetAside(raw, f"larger than {self.limits.event:,} bytes")
        try:
            return RawEvent(raw, read_call(read_object(raw, field="item")))
        except BadRequest as error:
            return SetAside(raw, f"{error.field}: {error.message}" if error.field else error.message)


def check_count(items: Sequence[bytes], limit: int) -> None:
    """Refuse a batch of too many items."""
    if len(items) > limit:
        raise TooLarge(
            f"The batch has more than {limit:,} items.", field="batch", hint="Send smaller batches."
        )


def success() -> Response:
    """Say that everything is durably stored, in the words that Segment's own API uses."""
    return Response(SUCCESS, mimetype="application/json")
