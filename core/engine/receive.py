"""How events come in from a sender that has no code here: all of it said by one source file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from core.engine.formula import Formula

#: A formula over the raw request, a plain value, a tuple of which the first present counts, or a map of these.
Raw: TypeAlias = "Formula | str | float | bool | tuple[Any, ...] | Mapping[str, Any]"

#: The kind of source whose files say all of it themselves.
DESCRIBED = "custom"

#: How long a signature that carries its time is good, in milliseconds.
TOLERANCE = 300_000


@dataclass(frozen=True, slots=True)
class Reading:
    """Where events and their parts stand in a body.

    ``lists`` are places of lists of events, as steps from the body's top; a body without any of them is one event.
    ``parts`` gives the fields of a call in Segment's spelling; without ``properties`` the whole item is them.
    """

    lists: tuple[tuple[str, ...], ...] = ()
    parts: Mapping[str, Raw] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TokenAuth:
    """A token: in the header or query parameter that is named, else in any of the usual three places."""

    header: str = ""
    prefix: str = ""
    query: str = ""


@dataclass(frozen=True, slots=True)
class BasicAuth:
    """A user name and a password."""


@dataclass(frozen=True, slots=True)
class HmacAuth:
    """A signature in a header; ``over`` is what is signed, its ``{body}`` and ``{Header-Name}`` to be filled in.

    ``part`` names the signature in a header such as ``t=1,v1=abc``, and ``timestamp`` then its time; else
    ``timestamp`` names a header. ``key`` says whether the secret is text or the base64 of the key.
    """

    algorithm: Literal["sha256", "sha1", "sha512"]
    header: str
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = ""
    part: str = ""
    over: str = "{body}"
    timestamp: str = ""
    tolerance: int = TOLERANCE
    key: Literal["text", "base64"] = "text"


Auth = TokenAuth | BasicAuth | HmacAuth


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sender hears when everything is stored; a mapping is answered as JSON."""

    status: int = 200
    body: Raw = field(default_factory=lambda: {"success": True})
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Receive:
    """One sender: how it proves itself (any of ``auth``), how it wraps events, and what they look like.

    ``reader`` names the kind of source that reads the items where ``reading`` does not.
    """

    reading: Reading | None = None
    reader: str = ""
    auth: tuple[Auth, ...] = ()
    envelope: Literal["", "sns", "firehose", "pubsub"] = ""
    answer: Answer | None = None
