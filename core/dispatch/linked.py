"""A destination to which messages go with their own links: signed for this person, at the moment they leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import structs

from core.dispatch.look_up import ask
from core.engine.links import STAND_INS
from core.ports import DeliveryRow, Destination, DestinationSpec, Outcome, RetryLater

#: Gives the address that a link's name has for a delivery; empty when this server has no public address.
AddressOf = Callable[[DeliveryRow, str], str]

NO_ADDRESS = "the message holds a link to this server, and CUEWIRE_PUBLIC_URL is not set"


class Linked:
    """Hand everything on, with signed links where the stand-ins are."""

    def __init__(self, inner: Destination, address_of: AddressOf) -> None:
        self.name = inner.name
        self.spec: DestinationSpec = inner.spec
        self._inner = inner
        self._address_of = address_of

    def missing_settings(self) -> list[str]:
        """Name the settings without which nothing can be sent."""
        return self._inner.missing_settings()

    def look_up(self, row: DeliveryRow) -> Outcome | None:
        """Ask what became of a delivery."""
        return ask(self._inner, row)

    def send(self, action: str, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Send each delivery; one without links goes as it is."""
        if not any(used_in(row.fields) for row in batch):
            return self._inner.send(action, batch)
        return [self._send(action, row) for row in batch]

    def _send(self, action: str, row: DeliveryRow) -> Outcome:
        addresses = {STAND_INS[name]: self._address_of(row, name) for name in used_in(row.fields)}
        if not all(addresses.values()):
            return RetryLater(NO_ADDRESS, alone=True)
        (outcome,) = self._inner.send(action, [structs.replace(row, fields=linked(row.fields, addresses))])
        return outcome


def used_in(fields: Mapping[str, Any]) -> list[str]:
    """Name the links that fields hold."""
    texts = list(_texts(fields))
    return [name for name, stand_in in STAND_INS.items() if any(stand_in in text for text in texts)]


def linked(fields: Mapping[str, Any], addresses: Mapping[str, str]) -> dict[str, Any]:
    """Put addresses where the stand-ins are.

    A field that is nothing but a link tells mail programs where to unsubscribe by themselves, which they do by https
    only: it is left out otherwise.
    """
    bare = {name for name, value in fields.items() if isinstance(value, str) and value in addresses}
    kept = {name: one for name, one in fields.items() if name not in bare or _is_secure(addresses[one])}
    return {name: _put_in(value, addresses) for name, value in kept.items()}


def _is_secure(address: str) -> bool:
    return address.startswith("https://")


def _put_in(value: Any, addresses: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for stand_in, address in addresses.items():
            value = value.replace(stand_in, address)
        return value
    if isinstance(value, Mapping):
        return {name: _put_in(inner, addresses) for name, inner in value.items()}
    return [_put_in(inner, addresses) for inner in value] if isinstance(value, list) else value


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return [text for one in inner for text in _texts(one)]
