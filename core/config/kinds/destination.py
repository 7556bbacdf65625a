"""``destinations/*.yaml``: where deliveries leave, and what their fields hold by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core.config.kinds.around import ActionDefaults, Around, DestinationFile, Way, check_name
from core.config.kinds.expression import AnyValue, AsWritten, FormulaText
from core.config.kinds.own_action import own_action
from core.config.kinds.pace import BUDGET, PACE, build_pace
from core.config.kinds.person import DATA, PERSON, build_person, place_of, plain
from core.config.kinds.preset import DESCRIBED
from core.config.kinds.tell import TELL, build_tell
from core.config.kinds.text_file import TextOrFile, Texts
from core.config.nearest import did_you_mean, nearest
from core.config.node import Mark, Node
from core.config.schema import (
    BAD,
    Anything,
    Fields,
    Key,
    ListOf,
    Located,
    MapOf,
    Name,
    OneOrMany,
    Reading,
    Record,
    Shape,
    Text,
)
from core.config.trial import DestinationTrial
from core.engine.value import Literal, Structure, Value, compile_value
from core.ports import ActionSpec, DestinationSpec

#: Whom a message reaches unless it says otherwise.
_ADDRESSES = {
    "sms": "=profile.identifiers.phone[0]",
    "whatsapp": "=profile.identifiers.phone[0]",
    "email": "=profile.identifiers.email[0]",
}

#: Fields as the file writes them; null switches one off.
FIELDS = MapOf(AsWritten(), "a mapping of fields", nulls=True)

_ACTION = Record(
    "an action",
    {
        "require": Key(OneOrMany(Text("a field")), "fields without which nothing is sent", default=()),
        "fields": Key(FIELDS, "what the fields hold unless a step says otherwise", default={}),
        **DESCRIBED,
    },
)

_CALL = ("type", "event", "userId", "anonymousId", "timestamp", "properties", "traits", "context")

_TEST = Record(
    "a test",
    {
        "name": Key(Text(), "what the test shows"),
        "profile": Key(PERSON, "the person"),
        "event": Key(
            MapOf(Anything(), "a mapping", known=_CALL, nulls=True), "the event, in Segment's spelling"
        ),
        "action": Key(Name(), "the action", required=True),
        "expect": Key(
            Record("the expectation", {"fields": Key(DATA, "the fields", required=True)}),
            "what must be sent",
            required=True,
        ),
    },
)

DESTINATION = Record(
    "a destination",
    {
        "destination": Key(Name(), "the destination's name, as the file's", required=True),
        "uses": Key(Name(), "the kind of destination, where the name is another"),
        "actions": Key(MapOf(_ACTION, "a mapping of actions"), "its actions", default={}),
        "route": Key(
            MapOf(FormulaText(asks=True), "a mapping of destinations to formulas"),
            "other instances of this kind, each with the people it is for; the first that holds counts",
            default={},
        ),
        "tell": Key(TELL, "what it hears of without a trigger that says so"),
        "pace": Key(PACE, "how fast it is asked"),
        "budget": Key(BUDGET, "how many sends a day may hold"),
        "tests": Key(ListOf(_TEST), "examples that `cuewire test` runs", default=()),
    },
)


def compile_destination(root: Node, reading: Reading, *, around: Around, name: str) -> DestinationFile | None:
    """Build a destination's defaults; None when its kind is not known."""
    fields = DESTINATION.read(root, reading)
    if not isinstance(fields, Fields):
        return None
    check_name(fields, "destination", reading, name=name)
    kind: str = fields.get("uses") or fields.get("destination") or name
    spec = around.catalogue.get(kind)
    if spec is None:
        key = "uses" if "uses" in fields else "destination"
        hint = did_you_mean(kind, around.catalogue)
        reading.error(fields.value_place(key), f"unknown kind of destination `{kind}`", hint)
        return None
    for action, one in fields.get("actions").items():
        spec = own_action(spec, action, one.value, reading)
    actions = {
        action: _defaults(spec.actions[action], one.value, reading)
        for action, one in fields.get("actions").items()
        if _is_action(spec, action, one.key_mark, reading)
    }
    for one in fields.get("tests"):
        trial = _trial(one.value, spec, actions, reading, around=around)
        if trial:
            around.trials.append(replace(trial, subject=name))
    routes = tuple(
        Way(to, one.value, place_of(one.key_mark, reading)) for to, one in fields.get("route").items()
    )
    return DestinationFile(
        name,
        spec,
        actions,
        pace=build_pace(fields, spec, reading),
        routes=routes,
        telling=build_tell(fields, name, spec, actions, reading),
    )


def _trial(
    test: Fields,
    spec: DestinationSpec,
    actions: Mapping[str, ActionDefaults],
    reading: Reading,
    *,
    around: Around,
) -> DestinationTrial | None:
    action = test.get("action")
    if "action" not in test or not _is_action(spec, action, test.value_place("action"), reading):
        return None
    wanted: dict[str, Located] = test.get("expect").get("fields") if "expect" in test else {}
    for name, one in (wanted or {}).items():
        check_field(spec.actions[action], name, one.key_mark, reading)
    defaults = actions[action].fields if action in actions else {}
    return DestinationTrial(
        subject=spec.name,
        action=action,
        name=test.get("name") or action,
        place=place_of(test.mark, reading),
        fields=lay_over(spec.actions[action], defaults, {}),
        person=build_person(test.get("profile"), test.mark, reading, around=around),
        call={"type": "track", **plain(test.get("event"))},
        expected={name: (place_of(one.key_mark, reading), one.value) for name, one in (wanted or {}).items()},
    )


def _is_action(spec: DestinationSpec, action: str, mark: Mark, reading: Reading) -> bool:
    if action not in spec.actions:
        hint = did_you_mean(action, spec.actions)
        reading.error(mark, f"{spec.title} has no action `{action}`", hint)
    return action in spec.actions


def _defaults(spec: ActionSpec, fields: Fields, reading: Reading) -> ActionDefaults:
    values = compile_fields(spec, fields.get("fields"), reading)
    found: tuple[Located, ...] = fields.get("require")
    for one in found:
        check_field(spec, one.value, one.mark, reading)
    return ActionDefaults(
        {name: one for name, one in values.items() if one}, tuple(one.value for one in found)
    )


def compile_fields(
    spec: ActionSpec, given: Mapping[str, Located], reading: Reading, *, texts: Texts | None = None
) -> dict[str, Value | None]:
    """Compile an action's fields; None stands for one that is switched off, ``texts`` are files that may be named."""
    values: dict[str, Value | None] = {}
    for name, one in given.items():
        if not check_field(spec, name, one.key_mark, reading):
            continue
        html = name == "html" and spec.channel == "email"
        shape: Shape = TextOrFile(texts, html) if texts else AnyValue(html=html)
        value = None if one.value is None else shape.read(one.value, reading)
        if value is not BAD:
            check_words(spec, name, value, one.mark, reading)
            values[name] = value
    return values


def lay_over(
    spec: ActionSpec, defaults: Mapping[str, Value], given: Mapping[str, Value | None]
) -> dict[str, Value]:
    """Lay a step's fields over the destination file's, and both over the person's own address."""
    laid: dict[str, Value | None] = {}
    if spec.channel in _ADDRESSES and any(one.name == "to" for one in spec.fields):
        laid["to"] = compile_value(_ADDRESSES[spec.channel])
    laid |= {**defaults, **given}
    return {name: value for name, value in laid.items() if value is not None}


def check_words(spec: ActionSpec, name: str, value: Value | None, mark: Mark, reading: Reading) -> None:
    """Refuse a word that the field cannot hold; what is computed is judged when it is sent."""
    words = next((one.words for one in spec.fields if one.name == name), ())
    for word in _written_in(value) if words else ():
        if word not in words:
            reading.error(mark, f"`{name}` cannot be {word[:60]}", did_you_mean(word, words))


def _written_in(value: Value | None) -> list[str]:
    """Give what stands in a value as it is; nothing for what is empty."""
    if isinstance(value, Structure) and isinstance(value.parts, Mapping):
        return [word for part in value.parts.values() for word in _written_in(part)]
    raw = value.raw if isinstance(value, Literal) else None
    parts = list(raw.values()) if isinstance(raw, Mapping) else [raw]
    return [str(part) for part in parts if part not in (None, "")]


def check_field(spec: ActionSpec, name: str, mark: Mark, reading: Reading) -> bool:
    """Refuse a field that the action does not have."""
    known = [one.name for one in spec.fields]
    near = nearest(name, known)
    if spec.open_fields and near and name not in known:
        reading.warn(mark, f"`{name[:60]}` is a new name", f"did you mean `{near}`?")
    if name in known or spec.open_fields:
        return True
    reading.error(mark, f"unknown field `{name[:60]}` of {spec.name}", did_you_mean(name, known))
    return False
