"""What every source shares: what it says of itself, its secrets, the way in, and how one item is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import structlog
from flask import Blueprint, Response, request

from core.engine.rule import SourceMapping
from core.errors import BadRequest, SenderError, TooLarge, Unauthorised
from core.ports import RawEvent, SetAside
from core.secret import Secret
from webhooks.api.openapi.operation import Access, Operation
from webhooks.hops import handed_on, read_hops
from webhooks.metrics import Tally
from webhooks.payload import read_object
from webhooks.services import Services
from webhooks.verdicts import note_items

log = structlog.get_logger()

SUCCESS = b'{"success": true}'

#: One event in Segment's spelling.
Call = Mapping[str, Any]

#: Turns a decoded item into a call in Segment's spelling; raises BadRequest for what is not one.
ReadCall = Callable[[dict[str, Any]], Call]

#: Gives a setting of the source by its name, empty when it is not set.
GiveSecret = Callable[[str], Secret]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a source, ``CUEWIRE_<SOURCE>_<NAME>``; a sandbox makes secrets that are not set."""

    name: str
    help: str
    is_secret: bool = True


class Source:
    """One kind of source: what it says of itself, how it proves its sender, and how it reads a body.

    ``methods`` are those of ``/webhooks/NAME``, which any of ``ways`` opens. ``operations`` describes the routes of
    its own, and ``browser_paths`` begins those that pages of any site may call.
    """

    methods: ClassVar[tuple[str, ...]] = ("POST",)
    ways: ClassVar[tuple[Access, ...]] = ()
    own_ways: ClassVar[tuple[Access, ...]] = ()
    settings: ClassVar[tuple[Setting, ...]] = ()
    operations: ClassVar[tuple[Operation, ...]] = ()
    schemas: ClassVar[Mapping[str, dict[str, Any]]] = {}
    browser_paths: ClassVar[tuple[str, ...]] = ()

    def __init__(self, door: Door) -> None:
        self.door = door

    def receive(self, source: str) -> Response:
        """Take a request to ``/webhooks/NAME`` for the source of this name."""
        raise NotImplementedError

    def routes(self) -> Sequence[Blueprint]:
        """Give the routes of its own."""
        return ()

    @staticmethod
    def read(body: Any, mapping: SourceMapping) -> list[Call]:
        """Translate one decoded body, as the sender writes it, into calls; refuses what is none."""
        raise NotImplementedError

    @staticmethod
    def sign(path: str, body: bytes, secret: GiveSecret) -> dict[str, str]:
        """Give the headers with which this sender would prove itself."""
        raise NotImplementedError

    @classmethod
    def settings_of(cls, mapping: SourceMapping) -> tuple[Setting, ...]:
        """Give the settings of one source of this kind."""
        return cls.settings

    @classmethod
    def proof(
        cls, path: str, body: bytes, secret: GiveSecret, *, mapping: SourceMapping, now: int
    ) -> dict[str, str]:
        """Give the headers with which one source of this kind would prove itself at a moment."""
        return cls.sign(path, body, secret)


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

    def mapping(self, source: str) -> SourceMapping:
        """Give what a source's file says."""
        return self.services.rules().sources[source]

    def accept(self, source: str, items: Sequence[RawEvent | SetAside], received_at: int) -> list[str]:
        """Hand one request's items over and count what became of them."""
        if not items:
            note_items(source, ())
            return []
        told = handed_on(items, read_hops(request.headers))
        statuses = self.services.intake.accept(source, told, received_at)
        self.tally.count(statuses)
        note_items(source, statuses)
        return statuses

    def read_item(self, raw: bytes, read_call: ReadCall, *, is_public: bool = False) -> RawEvent | SetAside:
        """Read one item of a batch; a bad one is set aside with its reason and costs nobody else."""
        return self.read_items(raw, lambda item: [read_call(item)], is_public=is_public)[0]

    def read_items(
        self, raw: bytes, read: Callable[[dict[str, Any]], Sequence[Call]], *, is_public: bool = False
    ) -> list[RawEvent | SetAside]:
        """Read an item that may hold several calls; a bad one is set aside as a whole."""
        if len(raw) > self.limits.event:
            return [SetAside(raw, f"larger than {self.limits.event:,} bytes")]
        try:
            return [RawEvent(raw, call, is_public) for call in read(read_object(raw, field="item"))]
        except BadRequest as error:
            return [SetAside(raw, reason_of(error))]

    def check_size(self, raw: bytes) -> None:
        """Refuse a single call that is larger than an event may be."""
        if len(raw) > self.limits.event:
            raise TooLarge(
                f"The call is larger than {self.limits.event:,} bytes.",
                field="body",
                hint="Map fewer fields.",
            )


def reason_of(error: SenderError) -> str:
    """Word why an item was set aside."""
    return f"{error.field}: {error.message}" if error.field else error.message


def check_count(items: Sequence[bytes], limit: int) -> None:
    """Refuse a batch of too many items."""
    if len(items) > limit:
        raise TooLarge(
            f"The batch has more than {limit:,} items.", field="batch", hint="Send smaller batches."
        )


def success() -> Response:
    """Say that everything is durably stored, in the words that Segment's own API uses."""
    return Response(SUCCESS, mimetype="application/json")
