"""What became of the last requests of each sender, for whoever asks why something failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

#: Whose request it was; ``unknown`` where it named no source or callback that is there.
Kind = Literal["source", "callback", "unknown"]

#: What is as it should be, and what somebody should look at.
WELL = ("accepted", "duplicate", "echo", "ignored")
AMISS = (
    *("bad_signature", "bad_key", "closed", "refused", "not_stored"),
    *("set_aside", "unmapped", "no_such_person"),
)
VERDICTS = (*WELL, *AMISS)

#: Of these nothing was taken: the answer was no success.
TURNED_AWAY = AMISS[:5]


class RequestRow(msgspec.Struct, frozen=True):
    """One request: what was answered and why. No body, no address of a person and no secret is in it.

    ``items`` counts what it held by verdict; ``verdict`` is the one of them that most needs to be looked at.
    ``place`` counts the requests in the order in which they came.
    """

    id: str
    name: str
    kind: Kind
    at: int
    method: str
    path: str
    answer: int
    verdict: str
    reason: str = ""
    hint: str = ""
    items: Mapping[str, int] = {}
    size: int = 0
    place: int = 0


class HeldRequest(msgspec.Struct, frozen=True):
    """A request that was not believed, whole, to be judged again by other settings; its headers prove its sender.

    Nothing of it is used until its signature fits.
    """

    id: str
    name: str
    kind: Kind
    at: int
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


class SenderRow(msgspec.Struct, frozen=True):
    """A source or callback: when it was last heard, when it was last believed, and how that ended."""

    name: str
    kind: Kind
    last_at: int
    accepted_at: int | None
    verdict: str
