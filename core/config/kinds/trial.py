"""``tests:`` of a trigger: a made-up person, a timeline, and what must come of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.config.kinds.act import find_target
from core.config.kinds.around import Around
from core.config.kinds.destination import check_field
from core.config.kinds.person import DATA, PERSON, build_person, place_of, plain
from core.config.node import Node
from core.config.schema import (
    BAD,
    Anything,
    Choice,
    Duration,
    Fields,
    JsonSchema,
    Key,
    ListOf,
    MapOf,
    Name,
    Parts,
    Reading,
    Record,
    Shape,
    Text,
)
from core.config.trial import START, Expectation, Happening, TriggerTrial
from core.engine.decision import FIRED, GATES, HELD, NOT_MET, SUPPRESSED
from core.engine.event import EVENT_TYPES
from core.engine.instant import milliseconds_of


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
        return (
            milliseconds_of(found)
            if found.tzinfo
            else self.refuse(node, reading, "end it with Z or an offset")
        )

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe ISO text with a zone."""
        return {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}.*(Z|[+-]\d{2}:?\d{2})$"}


_AT = Key(Duration(zero=True), "the time since the start", required=True)

EVENT = Record(
    "an event of the timeline",
    {
        "at": _AT,
        "type": Key(
            Choice(EVENT_TYPES), "the kind of call; `trigger` is a call of /api/trigger", default="track"
        ),
        "event": Key(Text("an event name"), "the event's name"),
        "properties": Key(DATA, "the event's properties"),
        "traits": Key(DATA, "the event's traits"),
        "context": Key(DATA, "the event's context"),
    },
)

_OUTCOME = Choice(
    (FIRED, HELD, SUPPRESSED, NOT_MET), otherwise="where nothing at all is decided, write `expect: []`"
)

_EXPECTED = Record(
    "an expectation",
    {
        "at": _AT,
        "send": Key(Name(), "the message that is sent"),
        "fields": Key(DATA, "fields that it is sent with"),
        "outcome": Key(_OUTCOME, "what is decided"),
        "gate": Key(Choice(GATES), "the gate that failed"),
    },
    free=MapOf(Anything(), "nothing; its fields stand under `fields`"),
)

TRIAL = Record(
    "a test",
    {
        "name": Key(Text(), "what the test shows", required=True),
        "start": Key(Moment(), "when the timeline begins"),
        "profile": Key(PERSON, "the person"),
        "timeline": Key(ListOf(EVENT, "a list of events", empty=False), "what happens", required=True),
        "expect": Key(ListOf(_EXPECTED, "a list of expectations"), "what must come of it", required=True),
    },
)


def compile_trial(fields: Fields, reading: Reading, *, around: Around, trigger: str) -> TriggerTrial:
    """Check what a test names against the other files, and build it."""
    person = build_person(fields.get("profile"), fields.mark, reading, around=around)
    timeline = [_happening(one.value, reading) for one in fields.get("timeline") or ()]
    expected = [_expectation(one.value, reading, around=around) for one in fields.get("expect") or ()]
    return TriggerTrial(
        subject=trigger,
        name=fields.get("name") or "",
        place=place_of(fields.place("name"), reading),
        start=START if "start" not in fields else fields.get("start"),
        person=person,
        timeline=tuple(timeline),
        expected=tuple(one for one in expected if one),
    )


def _happening(fields: Fields, reading: Reading) -> Happening:
    kind = fields.get("type")
    if kind == "track" and not fields.is_written("event"):
        reading.error(fields.mark, "a track event needs `event`", "add `event: NAME`, or `type: page`")
    return Happening(fields.get("at") or 0, build_call(fields, kind))


def build_call(fields: Fields, kind: str) -> dict[str, Any]:
    """Build a call in Segment's spelling from an event of a test."""
    call: dict[str, Any] = {"type": kind}
    if "event" in fields:
        call["event"] = fields.get("event")
    parts = [name for name in ("properties", "traits", "context") if name in fields]
    return call | {name: plain(fields.get(name)) for name in parts}


def _expectation(fields: Fields, reading: Reading, *, around: Around) -> Expectation | None:
    actions = [name for name in fields.found if "." in name]
    told = [name for name in ("send", "outcome") if fields.is_written(name)] + actions
    if len(told) != 1:
        hint = "write `send: MESSAGE`, `DESTINATION.ACTION:` or `outcome: fired`"
        reading.error(fields.mark, "an expectation names one message, action or outcome", hint)
        return None
    _check_action(actions, fields, reading, around=around)
    if "send" in fields:
        around.check_message(fields.get("send"), fields.value_place("send"), reading)
    if "gate" in fields and not fields.is_written("outcome"):
        reading.error(fields.place("gate"), "`gate` needs `outcome`", "add `outcome: not_met`")
    if "gate" in fields and fields.get("outcome") == FIRED:
        reading.error(fields.place("gate"), "no gate fails where the outcome is fired", "leave `gate` out")
    return Expectation(
        place=place_of(fields.place("at"), reading),
        at=fields.get("at") or 0,
        what="action" if actions else "send" if told == ["send"] else "outcome",
        name=actions[0] if actions else fields.get(told[0]) or "",
        gate=fields.get("gate") or "",
        fields=plain(fields.get("fields")),
    )


def _check_action(actions: list[str], fields: Fields, reading: Reading, *, around: Around) -> None:
    for name in actions:
        target = find_target(name, fields.place(name), reading, around=around)
        for field, one in (fields.get("fields") or {}).items():
            if target is not None:
                check_field(target.spec, field, one.key_mark, reading)
