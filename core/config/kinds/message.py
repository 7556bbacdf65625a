"""``messages/*.yaml``: what is said to people, and by which channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.config.kinds.act import build_act, find_target
from core.config.kinds.around import CHANNELS, Around, check_name
from core.config.kinds.code import CODE_SHAPE, note_code
from core.config.kinds.destination import FIELDS
from core.config.kinds.digest import DIGEST_SHAPE, read_digest
from core.config.kinds.locale import LOCALES, lay_locales, read_locales, refuse_unused
from core.config.kinds.route import with_routes
from core.config.nearest import did_you_mean, nearest
from core.config.node import Node
from core.config.schema import (
    Duration,
    Fields,
    JsonSchema,
    Key,
    Located,
    MapOf,
    Name,
    OneOrMany,
    Parts,
    Reading,
    Record,
    Text,
)
from core.config.schema.record import DOTTED
from core.engine.duration import format_duration
from core.engine.rule import Act, Send

#: A day in minutes, a minute in milliseconds.
DAY, MINUTE = 24 * 60, 60_000


class _Channels(MapOf):
    """The channels of a message; each is told apart by its action, and has that action's fields."""

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe a channel: ``via``, and whatever fields its action has."""
        via = {"type": "string", "pattern": DOTTED, "description": "The action that sends it."}
        known = {"via": via, "locales": LOCALES.schema(parts)}
        channel = {"type": "object", "properties": known, "required": ["via"]}
        return {"type": "object", "properties": dict.fromkeys(CHANNELS, channel), "minProperties": 1} | {
            "additionalProperties": channel
        }


MESSAGE = Record(
    "a message",
    {
        "message": Key(Name(), "the message's name, as the file's", required=True),
        "purpose": Key(
            Text("a purpose"), "why people are written to; consent is asked for it", required=True
        ),
        "valid_for": Key(Duration(), "how long after its due it may still leave"),
        "channels": Key(
            _Channels(FIELDS, "a mapping of channels"), "the channels, first choice first", required=True
        ),
        "tags": Key(OneOrMany(Name("a tag")), "words that caps may name", default=()),
        "code": Key(CODE_SHAPE, "the pool out of which each message gets a code of its own"),
        "digest": Key(DIGEST_SHAPE, "for how long cases are gathered into one message"),
        "patience": Key(
            Duration(), "how long a channel's destination may fail before the next channel takes over"
        ),
        "locales": Key(LOCALES, "fields in other languages, by language tag", default={}),
    },
)


def compile_message(root: Node, reading: Reading, *, around: Around, name: str) -> Send | None:
    """Build a message's channels, in the order of the file."""
    fields = MESSAGE.read(root, reading)
    if not isinstance(fields, Fields):
        return None
    check_name(fields, "message", reading, name=name)
    if "purpose" in fields:
        around.check_purpose(fields.get("purpose"), fields.value_place("purpose"), reading)
    tags = around.tags[name] = tuple(dict.fromkeys(one.value for one in fields.get("tags")))
    _warn_of_quiet_hours(fields, reading, around=around)
    channels: dict[str, Located] = fields.get("channels") or {}
    if "channels" in fields and not channels:
        reading.error(fields.value_place("channels"), "the message has no channel", "add `sms:` or `email:`")
    found = [_channel(channel, one, fields, reading, around=around) for channel, one in channels.items()]
    acts = [replace(act, tags=tags) for act in found if act]
    note_code(fields, name, acts, reading, around=around)
    refuse_unused(read_locales(fields.get("locales"), reading), acts, reading)
    _warn_of_patience(fields, acts, reading)
    return Send(name, tuple(acts), read_digest(fields, acts, reading), fields.get("patience"))


def _warn_of_patience(fields: Fields, acts: Sequence[Act], reading: Reading) -> None:
    """Warn of patience that ends in nothing: no other channel, or a message that is over by then."""
    patience, valid_for = fields.get("patience"), fields.get("valid_for")
    if patience is None:
        return
    if len(acts) < 2:
        hint = "name a second channel, or leave it out"
        reading.warn(fields.place("patience"), "`patience` has no effect: there is one channel", hint)
    elif valid_for and patience >= valid_for:
        hint = f"use less than {format_duration(valid_for)}"
        told = "`patience` has no effect: the message is over by then"
        reading.warn(fields.value_place("patience"), told, hint)


def _warn_of_quiet_hours(fields: Fields, reading: Reading, *, around: Around) -> None:
    """Warn of a message that can expire while it is held over night."""
    valid_for, purpose = fields.get("valid_for"), around.purposes.get(fields.get("purpose"))
    quiet = around.policy.quiet if around.policy else None
    if not valid_for or quiet is None or quiet.held == "drop" or purpose is None or not purpose.quiet_hours:
        return
    length = (quiet.end - quiet.begin) % DAY * MINUTE
    if valid_for < length:
        told = "`valid_for` is shorter than the quiet hours: what waits for their end may expire"
        hint = f"use {format_duration(length)} or more"
        reading.warn(fields.value_place("valid_for"), told, hint)


def _channel(channel: str, one: Located, fields: Fields, reading: Reading, *, around: Around) -> Act | None:
    given: dict[str, Located] = dict(one.value)
    via, locales = given.pop("via", None), given.pop("locales", None)
    known = around.channels()
    if channel not in known:
        reading.error(one.key_mark, f"unknown channel `{channel[:60]}`", did_you_mean(channel, known))
    if via is None or via.value is None:
        _refuse_no_via(channel, one, reading)
        return None
    dotted = Text("an action such as twilio.send_message").read(via.value, reading)
    target = find_target(dotted, via.mark, reading, around=around) if isinstance(dotted, str) else None
    if target is None:
        return None
    if target.spec.channel != channel and channel in known:
        reaches = (
            f"reaches people by {target.spec.channel}, not"
            if target.spec.channel
            else "does not reach people"
        )
        reading.error(via.mark, f"{target.name} {reaches} by {channel}", "choose another action or channel")
    act = build_act(
        target,
        given,
        reading,
        mark=one.key_mark,
        purpose=fields.get("purpose") or "",
        message=fields.get("message") or "",
        valid_for=fields.get("valid_for"),
        texts=around.texts,
    )
    wide, own = read_locales(fields.get("locales"), reading), _own_locales(locales, reading)
    act = lay_locales(act, target.spec, reading, wide=wide, own=own, texts=around.texts)
    return with_routes(act, given, reading, mark=one.key_mark, around=around)


def _own_locales(given: Located | None, reading: Reading) -> dict[str, Located]:
    """Read the languages of one channel."""
    found = LOCALES.read(given.value, reading) if given and given.value is not None else {}
    return read_locales(found, reading) if isinstance(found, dict) else {}


def _refuse_no_via(channel: str, one: Located, reading: Reading) -> None:
    """Tell a mistyped ``via`` from a missing one."""
    mistyped = [(name, field) for name, field in one.value.items() if nearest(name, ["via"])]
    for name, field in mistyped[:1]:
        reading.error(field.key_mark, f"unknown key `{name}`", "did you mean `via`?")
    if not mistyped:
        hint = "add `via:` with an action, such as twilio.send_message"
        reading.error(one.key_mark, f"the channel `{channel}` needs `via`", hint)
