"""A made-up person of a test: ``{user_id: u1, traits: {...}, consent: {marketing: true}}``."""

from __future__ import annotations

from core.config.kinds.around import Around
from core.config.node import Mark
from core.config.schema import (
    Anything,
    Either,
    Fields,
    Key,
    Located,
    MapOf,
    OneOrMany,
    Reading,
    Record,
    Text,
    Truth,
)
from core.config.trial import Person, Place

DATA = MapOf(Anything(), "a mapping", nulls=True)

_CONSENT = MapOf(Either("true, false, or one for each channel", scalar=Truth(), mapping=MapOf(Truth())))

PERSON = Record(
    "a person",
    {
        "traits": Key(DATA, "what is known of them", default={}),
        "consent": Key(_CONSENT, "by purpose", default={}),
    },
    free=OneOrMany(Text("an identifier's value")),
    any_key=True,
)


def place_of(mark: Mark, reading: Reading) -> Place:
    """Give a mark with its file."""
    return Place(reading.document.file, mark.line, mark.column)


def plain(found: dict[str, Located] | None) -> dict[str, object]:
    """Give the values of a map without their places."""
    return {name: one.value for name, one in (found or {}).items()}


def build_person(fields: Fields | None, mark: Mark, reading: Reading, *, around: Around) -> Person:
    """Check a person against identity and policy, and build them; without any it is someone unknown."""
    if fields is None:
        return Person(place_of(mark, reading))
    identifiers: dict[str, tuple[str, ...]] = {}
    for name, one in fields.found.items():
        if name not in fields.keys:
            around.check_namespace(name, one.key_mark, reading, also=tuple(fields.keys))
            identifiers[name] = tuple(each.value for each in one.value)
    consent: dict[tuple[str, str], bool] = {}
    for purpose, one in fields.get("consent").items():
        around.check_purpose(purpose, one.key_mark, reading)
        channels = one.value if isinstance(one.value, dict) else {"": one}
        consent |= {(purpose, channel): each.value for channel, each in channels.items()}
    return Person(place_of(fields.mark, reading), identifiers, plain(fields.get("traits")), consent)
