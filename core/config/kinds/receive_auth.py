"""``receive.auth``: how a sender proves itself. The secrets themselves stand in the environment alone."""

from __future__ import annotations

import re
from typing import Any

from core.config.kinds.raw import Header
from core.config.schema import (
    BAD,
    Choice,
    Duration,
    Either,
    Fields,
    JsonSchema,
    Key,
    OneOrMany,
    Parts,
    Reading,
    Record,
    Text,
)
from core.engine.receive import TOLERANCE, Auth, BasicAuth, HmacAuth, TokenAuth

_WORDS = Choice(("token", "basic"), otherwise="or write {header: X-Api-Key}, or {hmac: sha256, header: ...}")

#: One proof, written out.
PROOF = Record(
    "a proof",
    {
        "header": Key(Header(), "the header that holds the token or the signature"),
        "query": Key(Text("a name"), "the parameter of the address that holds the token"),
        "prefix": Key(Text(), "what stands before it in the header, such as sha256="),
        "hmac": Key(Choice(("sha256", "sha1", "sha512")), "the algorithm of a signature"),
        "encoding": Key(Choice(("hex", "base64")), "how the signature is written", default="hex"),
        "part": Key(Text("a name"), "the signature's name in a header such as t=1,v1=abc"),
        "over": Key(
            Text(), "what is signed: {body}, {timestamp} and {Header-Name} are filled in", default="{body}"
        ),
        "timestamp": Key(Text("a name"), "the header that holds the time, or the part of it"),
        "tolerance": Key(Duration(), "how old a signature may be; 5m where nothing is said"),
        "key": Key(Choice(("text", "base64")), "how the secret is written", default="text"),
    },
    form="{header: X-Api-Key}",
)


class _Auth(Either):
    """One proof; its schema is named, because it stands alone or in a list."""

    def schema(self, parts: Parts) -> JsonSchema:
        """Refer to the one description."""
        return parts.refer("auth", lambda: super(_Auth, self).schema(parts))


#: Any one of several proofs opens.
AUTH = OneOrMany(_Auth("token, basic, or a mapping", scalar=_WORDS, mapping=PROOF), empty=False)

#: Keys that mean something only beside ``hmac``.
_SIGNED = ("encoding", "part", "over", "timestamp", "tolerance", "key")

_FILLED = re.compile(r"\{([^{}]*)\}")


def compile_auth(found: tuple[Any, ...], reading: Reading) -> tuple[Auth, ...]:
    """Build the proofs; one that makes no sense is reported and left out."""
    built = [_auth(one.value, reading) for one in found]
    return tuple(one for one in built if one is not None)


def _auth(found: Any, reading: Reading) -> Auth | None:
    if not isinstance(found, Fields):
        return BasicAuth() if found == "basic" else TokenAuth()
    if "hmac" in found:
        return _hmac(found, reading)
    for name in (name for name in _SIGNED if name in found):
        reading.error(
            found.place(name), f"`{name}` belongs to a signature", "add `hmac: sha256`, or remove it"
        )
    if found.gives("header") == found.gives("query"):
        reading.error(found.mark, "a token needs `header` or `query`", "write {header: X-Api-Key}")
        return None
    if "prefix" in found and "query" in found:
        reading.error(found.place("prefix"), "`prefix` belongs to a header", "remove it")
    return TokenAuth(
        header=found.get("header") or "", prefix=found.get("prefix") or "", query=found.get("query") or ""
    )


def _hmac(found: Fields, reading: Reading) -> HmacAuth | None:
    if "query" in found:
        reading.error(found.place("query"), "a signature stands in a header", "write `header:`")
        return None
    if not found.gives("header"):
        reading.error(found.mark, "a signature needs `header`", "add `header: X-Signature`")
        return None
    if "header" not in found or _over(found, reading) is BAD:
        return None
    return HmacAuth(
        algorithm=found.get("hmac"),
        header=found.get("header"),
        encoding=found.get("encoding"),
        prefix=found.get("prefix") or "",
        part=found.get("part") or "",
        over=found.get("over"),
        timestamp=found.get("timestamp") or "",
        tolerance=found.get("tolerance") or TOLERANCE,
        key=found.get("key"),
    )


def _over(found: Fields, reading: Reading) -> Any:
    """Check that the body is signed, and the time where one is named."""
    over, mark = found.get("over"), found.value_place("over")
    names = _FILLED.findall(over)
    if names.count("body") != 1:
        return reading.error(mark, "`over` must hold {body} once", "write over: '{timestamp}.{body}'")
    if "timestamp" in names and "timestamp" not in found:
        return reading.error(mark, "`over` holds {timestamp}", "name its header: `timestamp: X-Timestamp`")
    if "timestamp" in found and "timestamp" not in names:
        hint = "add {timestamp} to `over`, or remove `timestamp`"
        return reading.error(found.place("timestamp"), "the time is not part of what is signed", hint)
    if "tolerance" in found and "timestamp" not in found:
        return reading.error(found.place("tolerance"), "`tolerance` needs `timestamp`", "remove it")
    return over
