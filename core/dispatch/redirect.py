"""Mode ``redirect``: whatever would reach a person reaches a test recipient instead, and nothing else leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from msgspec import structs

from core.dispatch.look_up import ask
from core.ports import Delivered, DeliveryRow, Destination, DestinationSpec, Outcome, Rejected

#: The field that holds a message's address, and fields by which others would get it too.
ADDRESS = "to"
COPIES = frozenset({"cc", "bcc"})

#: What kind of address a channel writes to; the others (push, chat) have none that could be exchanged.
KIND_OF_CHANNEL = {"sms": "phone", "whatsapp": "phone", "email": "email"}

#: A data action may make the system it goes to write to the person by itself.
NO_DATA = "redirect mode: data actions are not sent, for they may make others write to the person"


@dataclass(frozen=True, slots=True)
class Redirect:
    """Who gets the messages: the first address of each kind."""

    recipients: Mapping[str, Sequence[str]]

    def recipient(self, row: DeliveryRow) -> str:
        """Give the test recipient of a delivery; empty when there is none."""
        return next(iter(self.recipients.get(KIND_OF_CHANNEL.get(row.channel, ""), ())), "")

    def refusal(self, row: DeliveryRow) -> str:
        """Say why a delivery may not leave in this mode; empty when its address can be exchanged."""
        if not row.channel:
            return NO_DATA
        if ADDRESS not in row.fields:
            return f"redirect mode: {row.destination}.{row.action} names the person by more than an address"
        if not self.recipient(row):
            return f"redirect mode: CUEWIRE_TEST_RECIPIENTS has nobody for {row.channel}"
        return ""

    def redirected(self, row: DeliveryRow) -> DeliveryRow:
        """Give the delivery with the test recipient as its only address."""
        fields = {name: value for name, value in row.fields.items() if name not in COPIES}
        return structs.replace(row, fields={**fields, ADDRESS: self.recipient(row)})


class Redirected:
    """A destination of which only test recipients hear; whatever else is handed to it is refused."""

    def __init__(self, inner: Destination, redirect: Redirect) -> None:
        self.name = inner.name
        self.spec: DestinationSpec = inner.spec
        self._inner = inner
        self._redirect = redirect

    def missing_settings(self) -> list[str]:
        """Name the settings without which nothing can be sent."""
        return self._inner.missing_settings()

    def look_up(self, row: DeliveryRow) -> Outcome | None:
        """Ask what became of a delivery, which went to the test recipient."""
        return ask(self._inner, row if self._redirect.refusal(row) else self._redirect.redirected(row))

    def send(self, action: str, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Send each delivery to its test recipient."""
        return [self._send(action, row) for row in batch]

    def _send(self, action: str, row: DeliveryRow) -> Outcome:
        refused = self._redirect.refusal(row)
        if refused:
            return Rejected(refused)
        (outcome,) = self._inner.send(action, [self._redirect.redirected(row)])
        if isinstance(outcome, Delivered):
            return replace(outcome, reason=f"redirected to a test recipient; {outcome.reason}".rstrip("; "))
        return outcome
