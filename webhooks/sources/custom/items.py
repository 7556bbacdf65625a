"""From the bytes of a request, or of what an envelope held, to the calls that the intake takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from core.engine.receive import Receive
from core.engine.rule import SourceMapping
from core.errors import BadRequest
from core.ports import RawEvent, SetAside
from webhooks.payload import read_object
from webhooks.sources import kinds
from webhooks.sources.base import Call, Door, reason_of
from webhooks.sources.custom.documents import Group, documents, groups
from webhooks.sources.custom.reading import read_call, scope_of
from webhooks.sources.loose import derived_id

Taken = list[RawEvent | SetAside]


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the items of one source; ``envelope`` is what the queue around them says."""

    mapping: SourceMapping
    envelope: Mapping[str, Any] = field(default_factory=dict)

    @property
    def receive(self) -> Receive:
        """Give what the file says of the sender."""
        assert self.mapping.receive is not None
        return self.mapping.receive

    def groups(self, document: bytes) -> list[Group]:
        """Split a document into its items."""
        reading = self.receive.reading
        return groups(document, reading.lists if reading else ())

    def calls(self, item: dict[str, Any], group: Group, index: int) -> Sequence[Call]:
        """Read one item, which may hold several calls."""
        at = f"{self.envelope['id']}/{index}" if self.envelope.get("id") else ""
        reading = self.receive.reading
        if reading is None:
            found = kinds()[self.receive.reader].read(item, self.mapping)
            return [with_id(one, at, number) for number, one in enumerate(found)]
        scope = scope_of(item, body=group.body, place=group.place, envelope=self.envelope)
        return [read_call(item, scope, self.mapping, reading, at=at)]

    def read(self, data: bytes) -> Iterator[Call]:
        """Read everything, refusing what cannot be read."""
        index = 0
        for document in documents(data):
            for group in self.groups(document):
                for raw in group.items:
                    yield from self.calls(read_object(raw, field="item"), group, index)
                    index += 1

    def take(self, door: Door, data: bytes) -> Taken:
        """Read everything; a bad item is set aside alone, and a body that is one bad event is refused."""
        found = documents(data)
        if len(found) == 1:
            first = self.groups(found[0])
            if first and first[0].is_single:
                door.check_size(found[0])
                calls = self.calls(read_object(found[0]), first[0], 0)
                return [RawEvent(found[0], call) for call in calls]
        return self.take_leniently(door, data)

    def take_leniently(self, door: Door, data: bytes, *, first: int = 0) -> Taken:
        """Read everything and set aside all that is bad: whoever sends it can only send it again as it is."""
        taken: Taken = []
        index = first
        for document in documents(data):
            try:
                found = self.groups(document)
            except BadRequest as error:
                taken.append(SetAside(document, reason_of(error)))
                continue
            for group in found:
                for raw in group.items:
                    taken += door.read_items(raw, partial(self.calls, group=group, index=index))
                    index += 1
        return taken


def with_id(call: Call, at: str, number: int) -> Call:
    """Add the id that the envelope gives where the call has none."""
    if not at or call.get("messageId"):
        return call
    return {**call, "messageId": derived_id(at, number)}
