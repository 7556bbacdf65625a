"""``tests:`` of a trigger: a made-up person, a timeline, and what must come of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.config.kinds.act import find_target
from core.config.kinds.around import Around
from core.config.kinds.destination import check_field
from core.config.node import Node
from core.config.schema import (
    BAD,
    Anything,
    Choice,
    Duration,
    Either,
    Fields,
    Key,
    ListOf,
    MapOf,
    Name,
    OneOrMany,
    Reading,
    Record,
    Shape,
    Text,
    Truth,
)
from core.engine.decision import FIRED, GATES, HELD, NOT_MET, SUPPRESSED
from core.engine.event import EVENT_TYPES

_DATA = MapOf(Anything(), "a mapping", nulls=True)


class Moment(Shape):
    """A time in ISO 8601 with its zone."""

    says = "a time such as 2026-03-02T10:00:00Z"

    def check(self, node: Node, reading: Reading) -> Any:
        """Take a time that names its zone."""
        text = Text(self.says).read(node, reading)
        if text is BAD:
            return BAD
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            return self.refuse(node, reading)
        return text if found.tzinfo else self.refuse(node, reading, "end it with Z or an offset")


_CONSENT = MapOf(Either("true, false, or one for each channel", scalar=Truth(), mapping=MapOf(Truth())))

_PERSON = Record(
    "a person",
    {
        "traits": Key(_DATA, "what is known of them", default={}),
        "consent": Key(_CONSENT, "by purpose", default={}),
    },
    free=OneOrMany(Text("an identifier's value")),
    any_key=True,
)

_AT = Key(Duration(zero=True), "the time since the start", required=True)

_EVENT = Record(
    "an event of the timeline",
    {
        "at": _AT,
        "type": Key(Choice(EVENT_TYPES[:7]), "the kind of call", default="track"),
        "event": Key(Text("an event name"), "the event's name"),
        "properties": Key(_DATA, "the event's properties"),
        "traits": Key(_DATA, "the event's traits"),
        "context": Key(_DATA, "the event's context"),
    },
)

_EXPECTED = Record(
    "an expectation",
    {
        "at": _AT,
        "send": Key(Name(), "the message that is sent"),
        "fields": Key(_DATA, "fields that it is sent with"),
        "outcome": Key(Choice((FIRED, HELD, SUPPRESSED, NOT_MET)), "what is decided"),
        "gate": Key(Choice(GATES), "the gate that failed"),
    },
    free=MapOf(Anything(), "nothing; its fields stand under `fields`"),
)

TRIAL = Record(
    "a test",
    {
        "name": Key(Text(), "what the test shows", required=True),
        "start": Key(Moment(), "when the timeline begins"),
        "profile": Key(_PERSON, "the person"),
        "timeline": Key(ListOf(_EVENT, "a list of events", empty=False), "what happens", required=True),
        "expect": Key(ListOf(_EXPECTED, "a list of expectations"), "what must come of it", required=True),
    },
)


def check_trial(fields: Fields, reading: Reading, *, around: Around) -> None:
    """Check what a test names against the other files."""
    person = fields.get("profile")
    if isinstance(person, Fields):
        _check_person(person, reading, around=around)
    for one in fields.get("timeline") or ():
        if one.value.get("type") == "track" and not one.value.is_written("event"):
            reading.error(one.mark, "a track event needs `event`", "add `event: NAME`, or `type: page`")
    for one in fields.get("expect") or ():
        _check_expected(one.value, reading, around=around)


def _check_person(person: Fields, reading: Reading, *, around: Around) -> None:
    for name, one in person.found.items():
        if name not in person.keys:
            around.check_namespace(name, one.key_mark, reading, also=tuple(person.keys))
    for purpose, one in person.get("consent").items():
        around.check_purpose(purpose, one.key_mark, reading)


def _check_expected(fields: Fields, reading: Reading, *, around: Around) -> None:
    actions = [name for name in fields.found if "." in name]
    told = [name for name in ("send", "outcome") if fields.is_written(name)] + actions
    if len(told) != 1:
        hint = "write `send: MESSAGE`, `DESTINATION.ACTION:` or `outcome: fired`"
        reading.error(fields.mark, "an expectation names one message, action or outcome", hint)
    for name in actions:
        target = find_target(name, fields.place(name), reading, around=around)
        for field, one in (fields.get("fields") or {}).items():
            if target is not None:
                check_field(target.spec, field, one.key_mark, reading)
    if "send" in fields:
        around.check_message(fields.get("send"), fields.value_place("send"), reading)
    if "gate" in fields and not fields.is_written("outcome"):
        reading.error(fields.place("gate"), "`gate` needs `outcome`", "add `outcome: not_met`")
