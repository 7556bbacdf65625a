"""``receive`` in ``sources/*.yaml``: a sender without code, from its proof to where each part of an event sits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core.config.kinds.raw import Place, Raw
from core.config.kinds.receive_auth import AUTH, compile_auth
from core.config.nearest import nearest
from core.config.schema import Choice, Either, Fields, Integer, Key, OneOrMany, Reading, Record, Text
from core.engine.event import EVENT_TYPES
from core.engine.receive import DESCRIBED, Answer, Receive
from core.engine.receive import Reading as Read
from core.engine.source import SourceMapping

_ANSWER = Record(
    "an answer",
    {
        "status": Key(Integer("a status from 200 to 299", least=200, most=299), "its status", default=200),
        "body": Key(
            Either(
                "text, or a mapping that is answered as JSON",
                scalar=Text(empty=True),
                mapping=Raw(objects=True),
            ),
            "what the sender hears",
        ),
        "content_type": Key(Text("a type such as text/plain"), "its Content-Type"),
    },
)

#: Fields of a call, in Segment's spelling behind ours.
_TEXTS = {
    "type": ("type", "track, identify, page, screen, group, alias or delete"),
    "event": ("event", "the event's name"),
    "id": ("messageId", "what is the same in each repeat; without it the content is"),
    "timestamp": ("timestamp", "when it happened: ISO, or seconds or milliseconds since 1970"),
    "user_id": ("userId", "the person's id, read as =event.userId"),
    "anonymous_id": ("anonymousId", "an anonymous id, read as =event.anonymousId"),
    "previous_id": ("previousId", "the id that an alias joins"),
    "group_id": ("groupId", "the id of a group"),
}
_MAPS = {
    "properties": ("properties", "the event's data; without it the whole item"),
    "traits": ("traits", "what is told of the person"),
    "context": ("context", "what is told beside the event"),
}

_READING = {
    "events": Key(OneOrMany(Place()), "where lists of events stand in the body", default=()),
    **{name: Key(Raw(), help) for name, (_, help) in _TEXTS.items()},
    **{
        name: Key(Raw("a formula for an object, or a mapping of names to formulas", objects=True), help)
        for name, (_, help) in _MAPS.items()
    },
}

_HTTP = {
    "auth": Key(AUTH, "how the sender proves itself; token where nothing is said", default=()),
    "envelope": Key(
        Choice(("sns", "firehose", "pubsub")), "the queue that wraps the events and proves itself"
    ),
    "answer": Key(_ANSWER, "what the sender hears when everything is stored"),
}

RECEIVE = Record("`receive`", {**_HTTP, **_READING})


def compile_receive(found: Fields, reading: Reading, *, uses: str) -> Receive:
    """Build what a file says of a sender; ``uses`` names the kind that reads the items instead of this file."""
    for name in ("auth", "answer") if "envelope" in found else ():
        if name in found:
            hint = "remove it, or the envelope"
            reading.error(found.place(name), f"an envelope brings its own `{name}`", hint)
    if uses:
        for name in (name for name in _READING if name in found):
            hint = "remove it, or `uses`"
            reading.error(found.place(name), f"`{name}` is read as {uses} does, because of `uses`", hint)
    return Receive(
        reading=None if uses else _reading(found, reading),
        reader=uses,
        auth=compile_auth(found.get("auth"), reading),
        envelope=found.get("envelope") or "",
        answer=_answer(found.get("answer")),
    )


def _reading(found: Fields, reading: Reading) -> Read:
    _check_type(found, reading)
    names = {**_TEXTS, **_MAPS}
    parts = {theirs: found.get(ours) for ours, (theirs, _) in names.items() if ours in found}
    return Read(tuple(one.value for one in found.get("events")), parts)


def _check_type(found: Fields, reading: Reading) -> None:
    """Refuse a fixed type that does not exist."""
    kinds = [kind for kind in EVENT_TYPES if kind != "trigger"]
    given = found.get("type")
    for one in given if isinstance(given, tuple) else (given,):
        if isinstance(one, str) and one not in kinds:
            near = nearest(one, kinds)
            hint = f"did you mean `{near}`?" if near else f"use one of {', '.join(kinds)}"
            reading.error(found.value_place("type"), f"unknown type `{one[:60]}`", hint)


def _answer(found: Fields | None) -> Answer | None:
    if found is None:
        return None
    body = found.get("body") if "body" in found else Answer().body
    return Answer(found.get("status"), body, found.get("content_type") or "")


def follow(sources: Mapping[str, SourceMapping]) -> dict[str, SourceMapping]:
    """Let files that use a source described by YAML read as that one's file says."""
    return {name: _followed(one, sources) for name, one in sources.items()}


def _followed(one: SourceMapping, sources: Mapping[str, SourceMapping]) -> SourceMapping:
    own = one.receive
    shown = sources.get(own.reader if own else one.uses)
    if shown is None or shown.receive is None or shown is one:
        return one
    theirs = shown.receive
    if own is None:
        return replace(one, uses=DESCRIBED, receive=theirs)
    auth, answer = (
        (own.auth, own.answer) if own.envelope else (own.auth or theirs.auth, own.answer or theirs.answer)
    )
    taken = replace(own, reading=theirs.reading, reader=theirs.reader, auth=auth, answer=answer)
    return replace(one, receive=taken)
