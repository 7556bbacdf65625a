"""What callbacks share: who may call, how a notification is read, and the way in, which is that of sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import structlog
from flask import Blueprint

from core.engine.callback import CallbackMapping
from core.errors import BadRequest, NotFound, Unauthorised
from core.ports import RawEvent, SetAside
from core.secret import Secret
from webhooks.api.openapi.operation import Access, Operation
from webhooks.payload import read_object
from webhooks.services import Services
from webhooks.sources.base import Call, Door, Setting, reason_of

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Notified:
    """One notification as a call in Segment's spelling; ``echo`` says why it is known to come of our own writes."""

    call: Call
    echo: str = ""


class Callback:
    """One kind of callback, named as its file in ``callbacks/``, and what it says of itself."""

    name: ClassVar[str]
    ways: ClassVar[tuple[Access, ...]] = ()
    settings: ClassVar[tuple[Setting, ...]] = ()
    operations: ClassVar[tuple[Operation, ...]] = ()
    schemas: ClassVar[Mapping[str, dict[str, Any]]] = {}

    def __init__(self, door: Door) -> None:
        self.door = door
        self.services: Services = door.services

    def routes(self) -> Sequence[Blueprint]:
        """Give its routes."""
        raise NotImplementedError

    @staticmethod
    def read(item: dict[str, Any]) -> Notified:
        """Read one notification as it stands in a file's test; refuses what is none."""
        raise NotImplementedError

    def mapping(self, name: str) -> CallbackMapping:
        """Give what the callback's file says; without one there is no such callback."""
        found = self.services.rules().callbacks.get(name)
        if found is None or found.uses != self.name:
            raise NotFound(
                f"There is no callback {name[:80]!r}.",
                hint=f"Write mappings/callbacks/{name[:80]}.yaml; `cuewire init` has one to begin with.",
            )
        return found

    def secret(self, name: str, setting: str) -> Secret:
        """Give a secret of the callback's destination, or refuse and log that it is not set."""
        found = self.services.secrets(name, setting)
        if found:
            return found
        variable = f"CUEWIRE_{name.upper()}_{setting.upper()}"
        log.warning("callback_without_secret", callback=name, setting=variable)
        raise Unauthorised(
            f"The callback {name} is not open: its secret is not set.",
            hint=f"Whoever runs this server sets {variable}.",
        )

    def belongs_to(self, name: str, setting: str, fits: Callable[[Secret], bool]) -> str:
        """Say whose secret a signature fits instead, where there are several accounts; empty where it fits none."""
        others = (one.name for one in self.services.rules().callbacks.values() if one.uses == self.name)
        secrets = {one: self.services.secrets(one, setting) for one in others if one != name}
        found = next((one for one, secret in secrets.items() if secret and fits(secret)), "")
        return f"The signature fits the secret of {found}: let it call ?destination={found}." if found else ""

    def accept(self, name: str, items: Sequence[RawEvent | SetAside], received_at: int) -> list[str]:
        """Hand notifications over and count what became of them."""
        self.door.tally.callbacks.inc()
        return self.door.accept(name, items, received_at)

    def read_item(self, raw: bytes, read: Callable[[dict[str, Any]], Notified]) -> RawEvent | SetAside:
        """Read one notification of several; a bad one is set aside with its reason and costs nobody else."""
        limit = self.door.limits.event
        if len(raw) > limit:
            return SetAside(raw, f"larger than {limit:,} bytes")
        try:
            found = read(read_object(raw, field="item"))
        except BadRequest as error:
            return SetAside(raw, reason_of(error))
        return RawEvent(raw, found.call, echo=found.echo)
