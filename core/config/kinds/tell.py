"""``tell:`` of a destination: what it hears of without a trigger that says so."""

from __future__ import annotations

from collections.abc import Mapping

from core.config.kinds.around import ActionDefaults
from core.config.schema import Fields, Key, Located, OneOrMany, Reading, Record, Text, Use, UseKind
from core.engine.rule import Act, Telling
from core.engine.value import Value
from core.ports import DestinationSpec

#: Stands for all names of a kind.
ALL = "all"

TELL = Record(
    "what is told",
    {
        "segments": Key(
            OneOrMany(Text("a segment, or all")), "segments whose coming and going is told", default=()
        ),
        "computed": Key(
            OneOrMany(Text("a computed trait, or all")), "computed traits whose changes are told", default=()
        ),
        "decisions": Key(
            OneOrMany(Text("a trigger, or all")), "triggers whose decisions are told", default=()
        ),
    },
    form="tell: {segments: all}",
)

#: What the names of each key are checked as.
_KINDS: Mapping[str, UseKind] = {"segments": "segment", "computed": "computed", "decisions": "trigger"}


def build_tell(
    fields: Fields, name: str, spec: DestinationSpec, actions: Mapping[str, ActionDefaults], reading: Reading
) -> Telling | None:
    """Build what a destination is told of; None where its file says nothing of it."""
    given: Fields | None = fields.get("tell")
    if given is None:
        return None
    if spec.hears is None:
        hint = "take `tell:` out, and let a trigger's steps say it"
        reading.error(fields.place("tell"), f"{spec.title} takes no `tell:`", hint)
        return None
    chosen = {key: _chosen(given.get(key), kind, reading) for key, kind in _KINDS.items()}
    person, event = (_act(name, one, actions) for one in (spec.hears.person, spec.hears.event))
    return Telling(person, event, spec.hears, **chosen)


def _chosen(given: tuple[Located, ...], kind: UseKind, reading: Reading) -> frozenset[str] | None:
    names = [one.value for one in given]
    if ALL in names:
        return None
    reading.uses += [Use(kind, one.value, one.mark) for one in given]
    return frozenset(names)


def _act(name: str, action: str, actions: Mapping[str, ActionDefaults]) -> Act:
    defaults = actions.get(action, ActionDefaults({}, ()))
    fields: dict[str, Value] = dict(defaults.fields)
    return Act(name, action, fields, defaults.require)
