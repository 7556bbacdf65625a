"""A kind of destination that a file describes, without code: its settings, how it signs in, and its actions."""

from __future__ import annotations

from dataclasses import replace

from core.config.kinds.request import ANSWER, AUTH, LOOKUP, REQUEST, compile_auth, compile_request
from core.config.nearest import did_you_mean
from core.config.reader import read
from core.config.schema import Choice, Fields, Key, MapOf, Name, OneOrMany, Reading, Record, Text, Truth
from core.errors import OperatorError
from core.ports import ActionSpec, DestinationSpec, FieldSpec, Repeats
from core.ports.request import Preset, Setting

#: What a file says of an action of its own; looking up lost answers takes code.
DESCRIBED = {
    "about": Key(Text(), "what the action does, in a sentence"),
    "request": Key(REQUEST, "what is sent"),
    "answer": Key(ANSWER, "what an answer means where its status does not say it"),
    "lookup": Key(LOOKUP, "what is asked before the send"),
    "takes": Key(
        MapOf(Text(), "a mapping of fields to what they mean"), "the fields; any where none are named"
    ),
    "open": Key(Truth(), "whether other fields are taken too, read as =rest"),
    "repeats": Key(
        Choice(("idempotent", "keyed", "at_most_once")),
        "what a second send does: nothing, nothing because of its key, or the same again",
    ),
    "channel": Key(Name(), "how it reaches a person, such as sms; it then needs a purpose"),
}

_ACTION = Record(
    "an action",
    {
        **DESCRIBED,
        "require": Key(OneOrMany(Text("a field")), "fields without which nothing is sent", default=()),
    },
)

_SETTING = Record(
    "a setting",
    {
        "about": Key(Text(), "what it is, in a sentence", required=True),
        "secret": Key(Truth(), "whether it must never be shown", default=False),
        "default": Key(Text(empty=True), "what holds without it; without a default it must be set"),
    },
)

PRESET = Record(
    "a preset",
    {
        "preset": Key(Name(), "its name, as the file's", required=True),
        "title": Key(Text(), "what people call it", required=True),
        "url": Key(Truth(), "whether one secret address is all that there is to set", default=False),
        "signed": Key(Truth(), "whether requests are signed as Standard Webhooks", default=False),
        "settings": Key(MapOf(_SETTING), "its settings", default={}),
        "auth": Key(AUTH, "how requests prove themselves"),
        "actions": Key(MapOf(_ACTION), "its actions", required=True),
    },
)


def read_preset(data: bytes, file: str) -> Preset:
    """Read a preset that the program is shipped with; raises OperatorError where it is wrong."""
    document = read(data, file)
    reading = Reading(document)
    found = PRESET.read(document.root, reading) if document.root else None
    made = compile_preset(found, reading) if isinstance(found, Fields) and not reading.has_errors else None
    if made is None or reading.has_errors:
        raise OperatorError("\n".join(str(one) for one in document.problems), hint=f"Mend {file}.")
    return made


def compile_preset(found: Fields, reading: Reading) -> Preset:
    """Build a kind of destination."""
    spec = DestinationSpec(found.get("preset"), found.get("title"), is_open=True)
    for name, one in found.get("actions").items():
        spec = with_action(spec, name, one.value, reading)
    settings = [
        Setting(name, one.value.get("about"), one.value.get("secret"), one.value.get("default"))
        for name, one in found.get("settings").items()
    ]
    return Preset(
        spec,
        tuple(settings),
        compile_auth(found.get("auth")),
        has_url=found.get("url"),
        signed=found.get("signed"),
    )


def with_action(spec: DestinationSpec, name: str, found: Fields, reading: Reading) -> DestinationSpec:
    """Add an action that a file describes; one of the same name gives way."""
    made = compile_request(found, reading)
    if made is None:
        return spec
    actions = {**spec.actions, name: spec_of(name, found, reading)}
    return replace(spec, actions=actions, requests={**spec.requests, name: made})


def spec_of(name: str, found: Fields, reading: Reading) -> ActionSpec:
    """Describe an action as the loader and the docs know those of every destination."""
    takes, request = found.get("takes"), found.get("request")
    needed = [one.value for one in found.get("require")]
    for one in found.get("require") if takes else ():
        if one.value not in takes:
            reading.error(one.mark, f"unknown field `{one.value[:60]}`", did_you_mean(one.value, takes))
    named = {field: one.value for field, one in (takes or {}).items()}
    return ActionSpec(
        name,
        found.get("about") or "",
        Repeats(found.get("repeats") or Repeats.KEYED),
        tuple(FieldSpec(field, help, required=field in needed) for field, help in named.items()),
        channel=found.get("channel") or "",
        batch=request.get("batch") if request else 1,
        open_fields=bool(found.get("open")) or not takes,
    )
