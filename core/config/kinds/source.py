"""``sources/*.yaml``: where identifiers, traits and consent sit in one source's events."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from core.config.kinds.around import Around, check_name, warn_channel
from core.config.kinds.event_schema import SCHEMAS, read_schemas
from core.config.kinds.expression import FormulaText
from core.config.kinds.person import DATA, place_of, plain
from core.config.kinds.receive import RECEIVE, compile_receive
from core.config.nearest import did_you_mean
from core.config.node import Node
from core.config.schema import (
    Anything,
    Choice,
    Duration,
    Either,
    Fields,
    Key,
    ListOf,
    Located,
    MapOf,
    Name,
    OneOrMany,
    Reading,
    Record,
    Text,
)
from core.config.trial import SourceTrial
from core.engine.formula import NAMES, Formula
from core.engine.receive import DESCRIBED
from core.engine.rule import SourceMapping

#: A source's formulas are read before it is known whose event it is.
EVENT_FORMULA = FormulaText(names=NAMES, withheld=("profile", "case", "key"))

_ROOTS = ("traits", "context", "properties", "event")

TRAITS = Record(
    "traits",
    {
        "from": Key(OneOrMany(Text("a place such as context.traits")), "where traits stand", default=()),
        "remove": Key(
            OneOrMany(Text("a place such as context.removed")),
            "where the names of removed traits stand",
            default=(),
        ),
        "rename": Key(MapOf(Text("our name")), "their names to ours", default={}),
        "drop": Key(OneOrMany(Text("a trait")), "traits that are not kept", default=()),
    },
)

CONSENT = Either("a formula, or one for each channel", scalar=EVENT_FORMULA, mapping=MapOf(EVENT_FORMULA))

#: What a test may say of an event.
_PARTS = (
    "type",
    "event",
    "messageId",
    "timestamp",
    "identifiers",
    "traits",
    "consent",
    "properties",
    "context",
)

EVENT_PART = MapOf(Anything(), "a mapping", known=_PARTS, nulls=True)

_TEST = Record(
    "a test",
    {
        "name": Key(Text(), "what the test shows"),
        "input": Key(
            Either("a body", mapping=DATA, sequence=ListOf(Anything())),
            "one body as the source sends it, without its envelope",
            required=True,
        ),
        "expect": Key(ListOf(EVENT_PART), "parts of the events that come of it", required=True),
    },
)

SOURCE = Record(
    "a source",
    {
        "source": Key(Name(), "the source's name, as the file's", required=True),
        "uses": Key(Name(), "the kind of source, where the name is another"),
        "receive": Key(RECEIVE, "how events come in from a sender of any kind"),
        "identifiers": Key(
            MapOf(OneOrMany(EVENT_FORMULA)), "where identifiers stand", required=True, default={}
        ),
        "traits": Key(TRAITS, "where traits stand and what becomes of them"),
        "consent": Key(MapOf(CONSENT), "where consent stands, by purpose", default={}),
        "previous_id": Key(Name(), "the namespace of an alias call's older id", default="anonymous_id"),
        "events": Key(MapOf(Text("our event name")), "old event names to ours", default={}),
        "types": Key(MapOf(Choice(("number",))), "fields read as numbers", default={}),
        "server_only": Key(
            OneOrMany(Text("an event's name")), "events that are believed of servers only", default=()
        ),
        "unsigned": Key(
            Choice(("take", "refuse")), "items of an array that their sender did not sign", default="take"
        ),
        "schemas": Key(SCHEMAS, "what events must look like; one that does not is set aside", default={}),
        "lateness": Key(Duration(zero=True), "how long timers wait for late events", default=0),
        "tests": Key(ListOf(_TEST), "examples that `cuewire test` runs", default=()),
    },
)


def compile_source(
    root: Node, reading: Reading, *, around: Around, name: str, is_preset: bool = False
) -> SourceMapping | None:
    """Build one source's mapping; a shipped one leaves out what the folder's own files do not know."""
    fields = SOURCE.read(root, reading)
    if not isinstance(fields, Fields):
        return None
    check_name(fields, "source", reading, name=name)
    kind = _kind(fields, reading, around=around, name=name)
    if is_preset:
        _leave_out(fields.get("identifiers"), around.namespaces)
        _leave_out(fields.get("consent"), around.purposes)
    for namespace, one in fields.get("identifiers").items():
        around.check_namespace(namespace, one.key_mark, reading)
    around.trials += [_trial(one.value, name, kind, reading) for one in fields.get("tests")]
    traits = fields.get("traits")
    return SourceMapping(
        name=name,
        uses=kind,
        identifiers={ns: tuple(c.value for c in one.value) for ns, one in fields.get("identifiers").items()},
        traits_from=trait_places(traits, reading),
        traits_remove=trait_places(traits, reading, key="remove"),
        traits_rename={theirs: one.value for theirs, one in traits.get("rename").items()} if traits else {},
        traits_drop=frozenset(one.value for one in traits.get("drop")) if traits else frozenset(),
        consent=read_consent(fields.get("consent"), reading, around=around),
        events={theirs: one.value for theirs, one in fields.get("events").items()},
        types=frozenset(fields.get("types")),
        lateness=fields.get("lateness"),
        schemas=read_schemas(fields),
        server_only=frozenset(one.value for one in fields.get("server_only")),
        previous_id=_previous(fields, reading, around=around if not is_preset else None),
        refuses_unsigned=fields.get("unsigned") == "refuse",
        receive=compile_receive(fields.get("receive"), reading, uses=fields.get("uses") or "")
        if "receive" in fields
        else None,
    )


def _trial(test: Fields, name: str, kind: str, reading: Reading) -> SourceTrial:
    return SourceTrial(
        subject=name,
        uses=kind,
        name=test.get("name") or "its events",
        place=place_of(test.mark, reading),
        body=_body(test.get("input")),
        expected=tuple((place_of(one.mark, reading), plain(one.value)) for one in test.get("expect") or ()),
    )


def _previous(fields: Fields, reading: Reading, *, around: Around | None) -> str:
    name: str = fields.get("previous_id") or ""
    if "previous_id" in fields and name and around is not None:
        around.check_namespace(name, fields.value_place("previous_id"), reading)
    return name


def _body(found: Any) -> Any:
    return [one.value for one in found] if isinstance(found, tuple) else plain(found)


def _kind(fields: Fields, reading: Reading, *, around: Around, name: str) -> str:
    if "receive" in fields and "uses" not in fields:
        return DESCRIBED
    kind: str = fields.get("uses") or fields.get("source") or name
    if kind not in around.source_kinds:
        key = "uses" if "uses" in fields else "source"
        hint = did_you_mean(kind, around.source_kinds)
        if key == "source":
            hint = f"{hint}; another name needs `uses:` or `receive:` beside it"
        reading.error(fields.value_place(key), f"unknown kind of source `{kind}`", hint)
    return DESCRIBED if "receive" in fields else kind


def _leave_out(found: dict[str, Located], known: Collection[str]) -> None:
    for name in [name for name in found if known and name not in known]:
        del found[name]


def trait_places(traits: Fields | None, reading: Reading, *, key: str = "from") -> tuple[str, ...]:
    """Give the places where traits stand; what is none is refused."""
    found: tuple[Located, ...] = traits.get(key) if traits else ()
    for one in found:
        root = one.value.removeprefix("=").partition(".")[0]
        if one.value.startswith("="):
            reading.error(one.mark, "a place is not a formula", f"write {one.value[1:]}")
        elif root not in _ROOTS:
            reading.error(one.mark, f"unknown place `{one.value}`", did_you_mean(root, _ROOTS))
    return tuple(one.value for one in found)


def read_consent(
    found: Mapping[str, Located], reading: Reading, *, around: Around
) -> dict[tuple[str, str], Formula]:
    """Give the formula of each purpose and channel."""
    consent: dict[tuple[str, str], Formula] = {}
    for purpose, one in found.items():
        around.check_purpose(purpose, one.key_mark, reading)
        channels: Any = one.value
        if isinstance(channels, dict):
            for channel, each in channels.items():
                warn_channel(channel, each.key_mark, reading)
                consent[(purpose, channel)] = each.value
        else:
            consent[(purpose, "")] = channels
    return consent
