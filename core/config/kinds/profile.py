"""``profile.yaml``: the traits that are computed, the segments that stay current, and where scores come from."""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field
from typing import Any

from core.config.kinds.condition import STATE
from core.config.kinds.expression import OF_THE_EVENT, FormulaText
from core.config.kinds.pattern import EventPatterns, narrowed
from core.config.kinds.tally import tally_of
from core.config.meaning import meaning
from core.config.node import Mapping, Node, Scalar
from core.config.schema import (
    BAD,
    Apart,
    Duration,
    Fields,
    Integer,
    JsonSchema,
    Key,
    Located,
    MapOf,
    Name,
    Parts,
    Reading,
    Record,
    Shape,
    Use,
    one_of_keys,
)
from core.engine.condition import Condition
from core.engine.formula import Formula
from core.engine.profile import MARKS_LIMIT
from core.engine.rule import Computed, Tally

_KINDS = ("count", "sum", "avg", "min", "max", "first", "last", "distinct", "list")

#: What is computed is gathered from events as they come, and once more from the stored ones when it is new.
_BY_EVENT = ("profile", "case", "key", "now")
_TIMELESS = "a window is given by `within`"
_VALUE = FormulaText(withheld=_BY_EVENT, timely=_TIMELESS)
_WHERE = Key(
    FormulaText(asks=True, withheld=_BY_EVENT, timely=_TIMELESS),
    "a formula over the event; other events of the name do not count",
)

_EVENTS = {
    "event": Key(EventPatterns(where=_WHERE), "the event's name, or a list", required=True),
    "where": _WHERE,
    "within": Key(Duration(), "how long the rolling window is; without it everything counts"),
}

_MEANS = {
    "sum": "adds up the values",
    "avg": "the mean of the values",
    "min": "the smallest value",
    "max": "the largest value",
    "first": "the value of the first event",
    "last": "the value of the last event",
    "distinct": "how many different values there are",
    "list": "the different values, the one seen last at the end",
}

_COMPUTED = Record(
    "a computed trait",
    {
        "count": Key(
            Record("a count", _EVENTS, form="count: {event: NAME, within: 90d}"), "how many events there were"
        ),
        **{kind: Key(_VALUE, means) for kind, means in _MEANS.items()},
        "event": Key(EventPatterns(where=_WHERE), "the event's name, or a list"),
        "where": _WHERE,
        "within": _EVENTS["within"],
        "limit": Key(Integer(least=1, most=MARKS_LIMIT), "how many values a list holds", default=50),
    },
    form="{count: {event: NAME}}",
    rules={
        "allOf": [one_of_keys(*_KINDS)],
        "dependentRequired": {**{kind: ["event"] for kind in _MEANS}, "limit": ["list"]},
    },
)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A computed trait without its name."""

    kind: Any
    tally: Tally
    limit: int


@dataclass(frozen=True)
class _ComputedShape(Shape):
    """One kind of sum over events."""

    says: str = "a computed trait"

    def check(self, node: Node, reading: Reading) -> Any:
        """Build it from the one key that says what is computed."""
        fields = _COMPUTED.read(node, reading)
        return _computed(fields, reading) if isinstance(fields, Fields) else BAD

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe all kinds."""
        return parts.refer("computed", lambda: _COMPUTED.schema(parts))


def _computed(fields: Fields, reading: Reading) -> Any:
    kinds = [key for key, _ in fields.node.entries if key.text in _KINDS and fields.gives(key.text)]
    if len(kinds) != 1:
        return _refuse_kinds(kinds, fields, reading)
    kind = kinds[0].text
    if "limit" in fields and kind != "list":
        reading.error(fields.place("limit"), "`limit` needs `list`", "leave it out")
    if kind == "count":
        return _counted(fields, reading)
    if not fields.gives("event"):
        hint = "add `event:`, the event whose value it is"
        return reading.error(fields.mark, f"`{kind}` needs `event`", hint)
    if kind not in fields or "event" not in fields:
        return BAD
    return _Draft(kind, _tally(fields, value=fields.get(kind)), fields.get("limit"))


def _refuse_kinds(kinds: list[Scalar], fields: Fields, reading: Reading) -> Any:
    """Say that nothing or too much is computed; a mistyped kind was told already."""
    if kinds:
        names = f"`{kinds[0].text}` and `{kinds[1].text}`"
        return reading.error(
            kinds[1].mark, f"a computed trait is one thing, and here are {names}", "keep one"
        )
    if all(name in fields.keys for name in fields.node.names()):
        reading.error(fields.mark, f"a computed trait needs one of {', '.join(_KINDS)}", "add `count:`")
    return BAD


def _counted(fields: Fields, reading: Reading) -> Any:
    for name in ("event", "where", "within"):
        if fields.gives(name):
            hint = "write `count: {event: NAME, where: ..., within: ...}`"
            reading.error(fields.place(name), f"`{name}` belongs inside `count`", hint)
    count: Fields | None = fields.get("count")
    if count is None or "event" not in count:
        return BAD
    return _Draft("count", _tally(count), fields.get("limit"))


def _tally(fields: Fields, value: Formula | None = None) -> Tally:
    patterns = narrowed(fields.get("event"), fields.get("where"))
    return tally_of(patterns, within=fields.get("within"), value=value)


class _NamedParts(MapOf):
    """A map by names of the admin's own, each of whose parts is read for itself."""

    def check_key(self, key: Scalar, reading: Reading) -> None:
        """Refuse what other files could not name."""
        Name().read(key, reading)


_SCORE = FormulaText(
    "a formula over the profile, which starts with =",
    withheld=(*OF_THE_EVENT, "now"),
    timely="a score follows the profile: let its sender keep it current",
    instead="a score is a formula over the profile, such as =profile.traits.churn_score",
)

PROFILE = Record(
    "a profile",
    {
        "computed": Key(
            MapOf(_ComputedShape(), "a mapping of traits", nulls=True),
            "traits computed from events",
            default={},
        ),
        "segments": Key(
            _NamedParts(Apart(STATE), "a mapping of segments", nulls=True),
            "groups of people who have something in common at present",
            default={},
        ),
        "scores": Key(
            _NamedParts(Apart(_SCORE), "a mapping of scores", nulls=True),
            "where scores come from",
            default={},
        ),
    },
)


@dataclass(frozen=True, slots=True)
class SegmentFile:
    """A segment as written: its condition, what this reads, and a text that changes with its meaning."""

    condition: Condition
    uses: tuple[Use, ...]
    meaning: str


@dataclass(frozen=True, slots=True)
class ScoreFile:
    """A score as written: its formula and what this reads."""

    formula: Formula
    uses: tuple[Use, ...] = ()


@dataclass(frozen=True)
class ProfileFile:
    """What ``profile.yaml`` defines; ``named`` holds all its segments, also those that are wrong.

    It is None where not even the names can be told.
    """

    computed: MappingABC[str, Computed] = field(default_factory=dict)
    segments: MappingABC[str, SegmentFile] = field(default_factory=dict)
    scores: MappingABC[str, ScoreFile] = field(default_factory=dict)
    named: tuple[str, ...] | None = ()


def compile_profile(root: Node, reading: Reading) -> ProfileFile | None:
    """Build what a person is measured by; None when the file makes no sense as a whole."""
    fields = PROFILE.read(root, reading)
    if not isinstance(fields, Fields):
        return None
    nodes = dict(_entries(fields.node, "segments"))
    segments, scores = (_present(fields, name, reading) for name in ("segments", "scores"))
    _refuse_own_kind(segments, "segments", reading)
    _refuse_own_kind(scores, "score", reading)
    return ProfileFile(
        computed={
            name: Computed(name, one.value.kind, one.value.tally, one.value.limit)
            for name, one in _present(fields, "computed", reading).items()
        },
        segments={
            name: SegmentFile(one.value, reading.parts[one.mark], meaning(nodes[name]))
            for name, one in segments.items()
        },
        scores={name: ScoreFile(one.value, reading.parts[one.mark]) for name, one in scores.items()},
        named=None if _is_wrong(fields, "segments") else tuple(nodes),
    )


def _refuse_own_kind(found: dict[str, Located], kind: str, reading: Reading) -> None:
    """Refuse formulas that read what is only just being worked out."""
    hints = {"segments": "write `{in_segment: NAME}`", "score": "read the traits that it comes from"}
    for one in found.values():
        uses = reading.parts[one.mark]
        for use in [use for use in uses if use.kind == kind]:
            word = "`profile.segments`" if kind == "segments" else "another score"
            reading.error(use.mark, f"{word} cannot be read here", hints[kind])
        reading.parts[one.mark] = tuple(use for use in uses if use.kind != kind)


def _entries(node: Mapping, name: str) -> list[tuple[str, Node]]:
    """Give what is written under a key, right or wrong."""
    for key, value in node.entries:
        if key.text == name and isinstance(value, Mapping):
            return [(each.text, one) for each, one in value.entries]
    return []


def _is_wrong(fields: Fields, name: str) -> bool:
    return fields.is_written(name) and name not in fields and not fields.is_off(name)


def _present(fields: Fields, name: str, reading: Reading) -> dict[str, Located]:
    """Give what is defined under a key; a name that holds nothing is refused."""
    found: dict[str, Located] = fields.get(name)
    for each, one in found.items():
        if one.value is None:
            reading.error(one.key_mark, f"`{each[:60]}` is empty", "fill it, or remove it")
    return {each: one for each, one in found.items() if one.value is not None}
