"""What a person asked of their data by way of a source: to be erased, to see it, or what else the law lets them ask."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

#: ``open`` waits for somebody, ``closed`` is done or refused, ``told`` is another's work that we only hear of.
State = Literal["open", "closed", "told"]

ERASURE = "erasure"


class PrivacyRequest(Struct, frozen=True, omit_defaults=True):
    """One request; times in milliseconds.

    ``kind`` is ``erasure`` or the sender's own word, ``asked_as`` the sender's id of it, ``sender_status`` how it
    stands there. ``identifiers`` are dropped once it is closed; ``times`` counts how often it came, each under another
    id of ``messages``, the last of which are kept.
    """

    id: str
    source: str
    kind: str
    state: State
    received_at: int
    identifiers: dict[str, list[str]] = {}
    asked_as: str = ""
    regulation: str = ""
    sender_status: str = ""
    times: int = 1
    messages: list[str] = []
    closed_at: int | None = None
    note: str = ""
