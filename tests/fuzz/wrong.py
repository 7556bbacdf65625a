"""Bodies that can be read and are none of what their door is for."""

from __future__ import annotations

import json
from typing import Any

from fuzz.place import API, BATCH, COLLECT, COLLECT_BULK, PUSH, SINGLE

#: What is no object and no text.
ODD: list[Any] = [True, False, 7, -1, 1.5, 10**30]
NO_OBJECT: list[Any] = [*ODD, "x", "", [1], [[]], ["x"]]
NO_TEXT: list[Any] = [*ODD, None, [], {}, ["x"], {"a": "x"}]
NO_ID: list[Any] = ["", " ", "\t", [], {}, [["u"]], {"a": "u"}, True]
NO_TIME: list[Any] = ["", "yesterday", "2026-13-45", "0000", "99999-01-01", [], {}, True, "1e999", "-"]
LISTS = ["[]", "[[]]", "[{}]", "[null]", "[1,2]", '["a"]', "[[[]]]", '[{"type":"track"}]']

Base = dict[str, Any]


def laid(base: Base, **changes: list[Any]) -> list[Base]:
    """Lay each wrong value over what is good otherwise."""
    return [{**base, name: value} for name, values in changes.items() for value in values]


def without(base: Base, *names: str) -> list[Base]:
    """Leave each of these out."""
    return [{name: value for name, value in base.items() if name != gone} for gone in names]


CALL = {"event": "A", "userId": "u", "messageId": "m", "previousId": "a", "groupId": "g"}
CALLS = [
    {},
    {"event": "A"},
    *without(CALL, "userId"),
    *laid(
        {"event": "A", "messageId": "m", "previousId": "a"}, userId=NO_ID, anonymousId=NO_ID, user_id=NO_ID
    ),
    *laid(CALL, properties=NO_OBJECT, context=NO_OBJECT, traits=NO_OBJECT, integrations=NO_OBJECT),
    *laid(CALL, messageId=[True, [], {}, ["m"], "x" * 101, 1.5]),
]
NAMELESS = [*without(CALL, "event"), *laid(CALL, event=[*NO_TEXT, "", " "])]
ALIASED = [*without(CALL, "previousId"), *laid(CALL, previousId=NO_ID)]
BATCHES = [
    {},
    {"Batch": []},
    *laid({}, batch=[*NO_OBJECT[:8], None, {}, {"0": {}}]),
]

TRIGGER = {"trigger_type": "welcome", "user_id": "u", "metadata": {}}
TRIGGERS = [
    {},
    *without(TRIGGER, "trigger_type", "user_id"),
    *laid(
        TRIGGER, trigger_type=[*NO_TEXT, "", "nobody", "../welcome", "WELCOME", "welcome\u0000", "x" * 9_000]
    ),
    *laid(TRIGGER, user_id=["", " ", [], {}, True, 1.5, ["u"]], metadata=NO_OBJECT, identifiers=NO_OBJECT),
    *laid(TRIGGER, identifiers=[{"email": value} for value in ("", " ", [], {}, None, True, 1.5)]),
    *laid(TRIGGER, identifiers=[{"user_id": "other"}, {"": "u"}, {"not_a_namespace": "x"}]),
    *laid(TRIGGER, user_ID=["u"], trigger=["welcome"], properties=[{}]),
]
CONSENT = {"purpose": "marketing", "granted": True, "user_id": "u"}
CONSENTS = [
    {},
    *without(CONSENT, "purpose", "granted", "user_id"),
    *laid(CONSENT, purpose=[*NO_TEXT, "", "a b", "x" * 500, "ä"], channel=[*ODD, "", [], {}, "a b"]),
    *laid(
        CONSENT, granted=[None, "true", "yes", 1, 0, "", [], {}], evidence=[*ODD, [1], {"a": 1}, {"a": []}]
    ),
    *laid(CONSENT, grant=[True], identifiers=NO_OBJECT),
]
PREVIEWS = [
    {},
    *laid({}, condition=[*ODD, [], [1], "=", "=(", "=1 +", "=nobody.knows", "= 'a", {"all": 1}, {"no": []}]),
    *laid(
        {},
        condition=[{}, {"in_segment": 1}, {"count": {}}, {"count": {"event": 1}}, {"not": []}, {"any": [1]}],
    ),
    *laid(
        {}, yaml=[*NO_TEXT, "", " ", "{", "[", "a: b: c", "\t- x", "&a [*a]", "!!python/object:os.system {}"]
    ),
    *laid(
        {"condition": "=true"},
        limit=[-1, 101, 1.5, "10", True, [], 10**30],
        yaml=["=true"],
        conditions=["=true"],
    ),
]
EVENT = {"type": "track", "event": "A", "userId": "u"}
REHEARSALS = [
    {},
    *laid({}, event=[*NO_OBJECT, None, [EVENT]]),
    *laid({"event": EVENT}, mappings=[*NO_OBJECT, {"a": 1}, {"a": {}}], at=NO_TIME, identifiers=NO_OBJECT),
    *laid({"event": EVENT}, extra=[1], source=["nobody"]),
    {"event": {**EVENT, "source": "nobody"}},
    {"event": {**EVENT, "source": 7}},
    {"event": {"type": "nothing"}},
    *({"event": {**EVENT, "properties": value}} for value in NO_OBJECT),
]
AUDITS = laid(
    {},
    repair=["true", 1, 0, [], {}, "yes"],
    trigger=["nobody", *ODD, [], {}],
    since=[value for value in NO_TIME if value != ""],
    repairs=[True],
)
STOPS = laid({}, reason=[*ODD, [], {}, ["x"], "x" * 501], why=["x"], Reason=["x"])
REDRIVES = [
    *laid(
        {}, destination=["nobody", *ODD, [], {}], trigger=[*ODD, [], {}], since=[[], {}, True, "yesterday"]
    ),
    *laid(
        {},
        status=["delivered", "nothing", *ODD, [], {}, ["nothing"], [1]],
        valid_for=["24", "x", "-1h", *ODD, []],
    ),
    *laid({}, ids=["a", [], [1], {}, [None], ["x"] * 1_001, 7], per_second=[0, -1, "1", True, 10**9, []]),
    *laid({}, limit=[0, -1, "1", 1.5, True, 10**9, []], confirm_unknown=["true", 1, [], {}], id=["a"]),
]
CODE = {"pool": "spring", "codes": ["A"]}
CODES = [
    {},
    *without(CODE, "pool", "codes"),
    *laid(CODE, pool=[*NO_TEXT, ""], codes=["A", 1, {}, None, [1], [None], [[]], [True]], extra=[1]),
    *laid(CODE, expires_at=NO_TIME),
]
KEY = {"name": "shop", "kind": "server", "source": "segment"}
KEYS = [
    {},
    *without(KEY, "name", "kind", "source"),
    *laid(
        KEY, name=[*NO_TEXT, "", " "], kind=[*NO_TEXT, "", "root"], source=[*ODD, [], {}, "nobody"], extra=[1]
    ),
    *laid(
        KEY,
        scopes=["trigger", 1, {}, [1], ["root"]],
        quota=[-1, 1.5, "1", True, [], {}],
        expires_at=NO_TIME[1:],
    ),
]
NOTES = [{}, *laid({}, note=[*NO_TEXT, "", " "]), {"note": "done"}, {"note": "done", "extra": 1}]

COLLECTED = [
    {},
    {"tealium_event": "cart_add"},
    *laid({"tealium_event": "cart_add"}, tealium_account=[*NO_ID, None, "nobody", "ACME", "acme\u0000", 1.5]),
]
COLLECTED_BULK = [
    {},
    {"shared": {"tealium_account": "acme"}},
    *laid({"shared": {"tealium_account": "acme"}}, events=[*NO_OBJECT[:8], {}, {"a": {}}, None]),
    *laid({"events": [{"tealium_event": "a"}]}, shared=[{}, None, 7, [], "x", {"tealium_account": "nobody"}]),
]
FIREHOSE = [
    {},
    *laid(
        {"id": "1"}, type=[*NO_TEXT, "", "nothing", "event_processing_response", "EVENT_PROCESSING_REQUEST"]
    ),
    *laid({"type": "event_processing_request"}, events=[*ODD, "x", {}, {"a": 1}]),
    *laid({"type": "audience_membership_change_request"}, user_profiles=[*ODD, "x", {}, {"a": 1}]),
]
STEP = {
    "callbackId": "c1",
    "object": {"objectId": 1, "objectType": "CONTACT", "properties": {"email": "a@example.com"}},
    "inputFields": {"trigger": "welcome"},
}
STEPS = [
    {},
    *without(STEP, "callbackId", "object", "inputFields"),
    *laid(
        STEP, callbackId=[*NO_TEXT, "", " "], inputFields=[*NO_OBJECT, {}, {"trigger": 7}, {"trigger": ""}]
    ),
    *laid(
        STEP, object=[*NO_OBJECT, {"properties": 7}, {"properties": []}, {"objectId": [], "properties": {}}]
    ),
]
NAMED = [{}, *laid({}, value=[1, None]), {"event_type": ""}, {"event": ""}, {"name": None}]
PUSHED = [{}, *laid({}, message=[*NO_OBJECT, None])]
RECORDS = [
    {},
    {"requestId": "r"},
    *laid({"requestId": "r"}, records=[*NO_OBJECT[:8], None, {}, {"data": "e30="}]),
]


def written(*values: Base) -> list[bytes]:
    """Write them as JSON."""
    return [json.dumps(value).encode() for value in values]


#: What each door refuses, beside lists where it takes none and what nobody can read.
WRONG: dict[str, list[bytes]] = {
    **{path: written(*CALLS) for path in SINGLE},
    **{path: written(*BATCHES) for path in BATCH},
    **{path: written(*COLLECTED) for path in COLLECT},
    **{path: written(*COLLECTED_BULK) for path in COLLECT_BULK},
    "/webhooks/mparticle/firehose": written(*FIREHOSE),
    "/webhooks/plain": written(*NAMED),
    "/webhooks/firehose": written(*RECORDS),
    PUSH: written(*PUSHED),
    "/callbacks/hubspot/action": written(*STEPS),
    **{
        path: written(*bodies)
        for path, bodies in zip(
            API,
            (TRIGGERS, CONSENTS, PREVIEWS, REHEARSALS, AUDITS, STOPS, REDRIVES, CODES, KEYS, NOTES),
            strict=True,
        )
    },
}
WRONG["/v1/track"] += written(*NAMELESS)
WRONG["/v1/alias"] += written(*ALIASED)

#: Doors that take no list at the top.
NO_LIST = [*SINGLE, *BATCH, *COLLECT, *COLLECT_BULK, *API, "/v2/events", "/webhooks/mparticle/firehose"]
NO_LIST += ["/webhooks/firehose", PUSH, "/callbacks/hubspot/action"]
for path in NO_LIST:
    WRONG[path] = [*WRONG.get(path, []), *(text.encode() for text in LISTS)]
