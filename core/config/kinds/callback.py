"""``callbacks/*.yaml``: which notification of a CRM or a messaging system is which event, and whose."""

from __future__ import annotations

from dataclasses import replace

from core.config.kinds.around import Around, check_name
from core.config.kinds.event_schema import SCHEMAS, read_schemas
from core.config.kinds.expression import FormulaText
from core.config.kinds.person import DATA, place_of, plain
from core.config.kinds.source import CONSENT, EVENT_FORMULA, TRAITS, read_consent, trait_places
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
from core.config.trial import CallbackTrial
from core.engine.callback import CallbackMapping, Notice, Stranger
from core.engine.formula import NAMES, Formula
from core.engine.rule import SourceMapping

_CONDITION = FormulaText(names=NAMES, withheld=("profile", "case", "key"), asks=True)
_IDENTIFIERS = MapOf(OneOrMany(EVENT_FORMULA))

#: The kind of callback that passes answers on, the longest message that it sends, and what is answered.
TEXTING = "twilio"
LONGEST_ANSWER = 1_600
WORDS = ("stop", "start", "help")

_ANSWERS = Record(
    "answers by word", {word: Key(Text("the text of a message"), f"after {word}") for word in WORDS}
)

_UNKNOWN = Choice(("create", "park", "ignore"))

_NOTICE = Record(
    "an event",
    {
        "event": Key(Text("our event name"), "what it is called here", required=True),
        "where": Key(_CONDITION, "which notifications of this name are meant"),
        "identifiers": Key(_IDENTIFIERS, "who it is about, laid over the file's own", default={}),
        "traits": Key(TRAITS, "where its traits stand, instead of the file's own"),
        "consent": Key(MapOf(CONSENT), "where its consent stands, laid over the file's own", default={}),
        "unknown": Key(_UNKNOWN, "what is done with a person whom nobody knows"),
    },
)

_EVENTS = MapOf(
    OneOrMany(Either("our event name, or an event", scalar=Text("our event name"), mapping=_NOTICE)),
    nulls=True,
)

#: What a test may say of what comes of a notification.
_PARTS = (
    *("type", "event", "messageId", "timestamp", "identifiers", "traits", "consent", "properties", "context"),
    *("status", "reason"),
)

_TEST = Record(
    "a test",
    {
        "name": Key(Text(), "what the test shows"),
        "input": Key(DATA, "one notification as the vendor sends it", required=True),
        "expect": Key(
            ListOf(MapOf(Anything(), "a mapping", known=_PARTS, nulls=True)),
            "parts of the events that come of it, with their `status`",
            required=True,
        ),
    },
)

CALLBACK = Record(
    "a callback",
    {
        "callback": Key(Name(), "the callback's name, as the file's", required=True),
        "uses": Key(Name(), "the kind of callback, where the name is another"),
        "events": Key(
            _EVENTS, "their names of notifications to our events; null is none", required=True, default={}
        ),
        "identifiers": Key(_IDENTIFIERS, "who a notification is about", default={}),
        "traits": Key(TRAITS, "where traits stand and what becomes of them"),
        "consent": Key(MapOf(CONSENT), "where consent stands, by purpose", default={}),
        "unknown": Key(_UNKNOWN, "what is done with a person whom nobody knows", default="create"),
        "echo": Key(OneOrMany(_CONDITION), "what our own writes cause to come back", default=()),
        "types": Key(MapOf(Choice(("number",))), "fields read as numbers", default={}),
        "schemas": Key(SCHEMAS, "what events must look like; one that does not is set aside", default={}),
        "lateness": Key(Duration(zero=True), "how long timers wait for late events", default=0),
        "answers": Key(
            _ANSWERS, "what a number hears that sent such a word and was not answered by Twilio; Twilio only"
        ),
        "tests": Key(ListOf(_TEST), "examples that `cuewire test` runs", default=()),
    },
)


def compile_callback(root: Node, reading: Reading, *, around: Around, name: str) -> CallbackMapping | None:
    """Build what a callback's file says; each event's own words are laid over those of the file."""
    fields = CALLBACK.read(root, reading)
    if not isinstance(fields, Fields):
        return None
    check_name(fields, "callback", reading, name=name)
    if name in around.sources:
        hint = "give one of them another name, with `uses:` beside it"
        reading.error(fields.value_place("callback"), f"there is a source `{name}` already", hint)
    kind = _kind(fields, reading, around=around, name=name)
    around.trials += [_trial(one.value, name, kind, reading) for one in fields.get("tests")]
    plain_mapping = SourceMapping(name, kind, {}, types=frozenset(fields.get("types")))
    plain_mapping = _laid_over(
        replace(plain_mapping, lateness=fields.get("lateness"), schemas=read_schemas(fields)),
        fields,
        reading,
        around=around,
    )
    notices: dict[str, tuple[Notice, ...]] = {}
    for theirs, one in fields.get("events").items():
        found = [
            (each, _notice(theirs, each.value, plain_mapping, fields, reading, around=around))
            for each in one.value or ()
        ]
        for each in (each for each, notice in found if not notice.mapping.identifiers):
            reading.warn(each.mark, "this event names nobody", "write `identifiers:` for it, or for the file")
        notices[theirs] = tuple(notice for _, notice in found)
    echo = tuple(one.value for one in fields.get("echo"))
    return CallbackMapping(name, kind, plain_mapping, notices, echo, _answers(fields, reading, kind=kind))


def _notice(
    theirs: str,
    told: str | Fields,
    mapping: SourceMapping,
    fields: Fields,
    reading: Reading,
    *,
    around: Around,
) -> Notice:
    """Build one event of a notification, from its name alone or from what is said of it."""
    unknown: Stranger = fields.get("unknown")
    if isinstance(told, str):
        return Notice(replace(mapping, events={theirs: told}), None, unknown)
    named = replace(mapping, events={theirs: told.get("event") or theirs})
    own = _laid_over(named, told, reading, around=around)
    return Notice(own, told.get("where"), told.get("unknown") or unknown)


def _laid_over(mapping: SourceMapping, fields: Fields, reading: Reading, *, around: Around) -> SourceMapping:
    """Lay identifiers and consent over those of a mapping, and take its own traits where there are any."""
    found: dict[str, Located] = fields.get("identifiers")
    for namespace, one in found.items():
        around.check_namespace(namespace, one.key_mark, reading)
    consent = read_consent(fields.get("consent"), reading, around=around)
    own: dict[str, tuple[Formula, ...]] = {ns: tuple(c.value for c in one.value) for ns, one in found.items()}
    mapping = replace(
        mapping, identifiers={**mapping.identifiers, **own}, consent={**mapping.consent, **consent}
    )
    traits = fields.get("traits")
    if traits is None:
        return mapping
    return replace(
        mapping,
        traits_from=trait_places(traits, reading),
        traits_remove=trait_places(traits, reading, key="remove"),
        traits_rename={theirs: one.value for theirs, one in traits.get("rename").items()},
        traits_drop=frozenset(one.value for one in traits.get("drop")),
    )


def _kind(fields: Fields, reading: Reading, *, around: Around, name: str) -> str:
    kind: str = fields.get("uses") or fields.get("callback") or name
    if kind not in around.callback_kinds:
        key = "uses" if "uses" in fields else "callback"
        hint = did_you_mean(kind, around.callback_kinds)
        if key == "callback":
            hint = f"{hint}; another name needs `uses:` beside it"
        reading.error(fields.value_place(key), f"unknown kind of callback `{kind}`", hint)
    return kind


def _answers(fields: Fields, reading: Reading, *, kind: str) -> dict[str, str]:
    """Give what a number hears; only who calls back for an answer can pass one on, and as it stands."""
    told: Fields | None = fields.get("answers")
    if told is None:
        return {}
    if kind != TEXTING:
        hint = "leave it out; only who texts waits for an answer"
        reading.error(fields.place("answers"), f"`{kind}` passes no answers on", hint)
    found = {word: text for word in WORDS if (text := told.get(word))}
    for word, text in found.items():
        if "{{" in text or "{%" in text or len(text) > LONGEST_ANSWER:
            hint = f"write plain text of at most {LONGEST_ANSWER} characters"
            reading.error(told.value_place(word), "an answer is no template, and one message at most", hint)
    return found


def _trial(test: Fields, name: str, kind: str, reading: Reading) -> CallbackTrial:
    return CallbackTrial(
        subject=name,
        uses=kind,
        name=test.get("name") or "its events",
        place=place_of(test.mark, reading),
        body=plain(test.get("input")),
        expected=tuple((place_of(one.mark, reading), plain(one.value)) for one in test.get("expect") or ()),
    )
