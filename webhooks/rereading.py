"""Read kept bytes again of which no call could be made when they came, by what the files say today."""

from __future__ import annotations

from collections.abc import Sequence

from core.engine.rule import RuleSet
from core.errors import BadRequest
from core.ports import EventRow, RawEvent, SetAside
from webhooks.callbacks import kinds as callback_kinds
from webhooks.payload import read_object
from webhooks.services import Limits
from webhooks.sources.base import reason_of
from webhooks.sources.custom.items import Reader

#: What never was one event is none now.
LARGEST = Limits().event


def reread(rules: RuleSet, row: EventRow) -> Sequence[RawEvent | SetAside]:
    """Give what an item comes to now; nothing where no file says how its sender's items are read.

    The other sources read by code, which also knows who sent an item: what they refused stays as it is.
    """
    if len(row.raw) > LARGEST:
        return ()
    try:
        if row.source in rules.callbacks:
            kind = callback_kinds()[rules.callbacks[row.source].uses]
            found = kind.read(read_object(row.raw, field="item"))
            return (RawEvent(row.raw, found.call, echo=found.echo),)
        mapping = rules.sources[row.source]
        if mapping.receive is None:
            return ()
        return [RawEvent(row.raw, call) for call in Reader(mapping).read(row.raw)]
    except BadRequest as error:
        return (SetAside(row.raw, reason_of(error)),)
