"""``request:`` and what belongs to it: a vendor's action described in YAML, from its path to its answer."""

from __future__ import annotations

from typing import Any

from core.config.kinds.built import BUILT, GIVES, TELLS
from core.config.schema import Duration, Fields, Integer, Key, Reading, Record
from core.engine.value import Value
from core.ports.request import GET, POST, Answer, Ask, Auth, Described, Items, LookUp, Token

_ASK = {
    "method": Key(BUILT, "GET, POST, PUT, PATCH or DELETE; POST where nothing is said"),
    "path": Key(BUILT, "what follows the address: text, or a list of steps, each escaped by itself"),
    "query": Key(BUILT, "a mapping of parameters behind the path"),
    "headers": Key(BUILT, "a mapping of headers"),
    "json": Key(BUILT, "the body, sent as JSON"),
    "form": Key(BUILT, "a mapping, sent as a form"),
}

#: A request; ``row`` and ``batch`` are for vendors that take several at once.
REQUEST = Record(
    "a request",
    {
        **_ASK,
        "row": Key(BUILT, "what each delivery adds to a request of several, read as =rows"),
        "batch": Key(Integer(least=2, most=1_000), "how many deliveries one request takes", default=1),
    },
    form="request: {path: /v1/things, json: =rest}",
)

_ITEMS = Record(
    "the items of an answer",
    {
        "found": Key(GIVES, "the list that has one item for each delivery, in their order", required=True),
        "success": Key(TELLS, "whether an item was taken, read from =item", required=True),
        "retry": Key(TELLS, "whether an item that was not taken may be sent again"),
        "reason": Key(GIVES, "the vendor's words about an item"),
        "reference": Key(GIVES, "the vendor's id of an item"),
    },
    form="items: {found: =body.result, success: =item.status == 'created'}",
)

ANSWER = Record(
    "an answer",
    {
        "success": Key(TELLS, "whether a 2xx means that it was done; always where nothing is said"),
        "refresh": Key(TELLS, "whether the token is over and a new one must be asked for"),
        "throttled": Key(TELLS, "whether the vendor only asks for less"),
        "pause": Key(TELLS, "whether nothing will succeed until an operator acts"),
        "retry": Key(TELLS, "whether it was not done and may be sent again"),
        "reason": Key(GIVES, "the vendor's own words"),
        "reference": Key(GIVES, "the vendor's id of what was done"),
        "items": Key(_ITEMS, "how the answer tells of each of several deliveries"),
    },
    form="answer: {success: =body.ok == true}",
)

LOOKUP = Record(
    "a look-up",
    {
        **{name: _ASK[name] for name in ("path", "query", "headers")},
        "gives": Key(GIVES, "what is kept of the answer as `lookup`; its body where nothing is said"),
        "otherwise": Key(BUILT, "what `lookup` is when nothing is found; without it the delivery waits"),
        "cache": Key(Duration(zero=True), "how long an answer is kept", default=0),
        "timeout": Key(Duration(), "how long it may take, at most 10s", default=2_000),
    },
    form="lookup: {path: [customers, =fields.user_id], cache: 5m}",
)

_TOKEN = Record(
    "a token",
    {
        **_ASK,
        "value": Key(GIVES, "the token in the answer", required=True),
        "lasts": Key(GIVES, "how many seconds it is good for"),
    },
    form="token: {path: /oauth/token, value: =body.access_token}",
)

_USER = Record(
    "a user",
    {
        "user": Key(BUILT, "the user name", required=True),
        "password": Key(BUILT, "the password; empty where nothing is said"),
    },
    form="basic: {user: =settings.key}",
)

AUTH = Record(
    "a proof",
    {
        "bearer": Key(BUILT, "a token that is set"),
        "basic": Key(_USER, "a user name and a password"),
        "headers": Key(BUILT, "headers that hold a key"),
        "token": Key(_TOKEN, "a token that is asked for, and sent as a bearer"),
    },
    form="auth: {bearer: =settings.token}",
)

LONGEST_LOOKUP = 10_000


def compile_request(action: Fields, reading: Reading) -> Described | None:
    """Build what an action sends from its keys ``request``, ``answer`` and ``lookup``; None where it is wrong."""
    request: Fields | None = action.get("request")
    if request is None:
        return None
    answer = _answer(action.get("answer"))
    if "row" in request and "json" not in request:
        reading.error(request.place("row"), "`row` is sent nowhere", "add `json: =rows`")
    if "batch" in request and "row" not in request:
        reading.error(
            request.place("batch"), "a batch needs `row`", "say what each delivery adds: `row: ...`"
        )
    if "row" in request and "lookup" in action:
        reading.error(
            action.place("lookup"), "a look-up is made for one delivery", "remove `row` and `batch`"
        )
    return Described(
        ask_of(request),
        answer,
        row=request.get("row"),
        look_up=_look_up(action.get("lookup"), reading),
    )


def ask_of(found: Fields) -> Ask:
    """Build a request from the keys that every request has."""
    given: dict[str, Any] = {name: found.get(name) for name in _ASK if name in found}
    return Ask(**{"method": POST, **given})


def compile_auth(found: Fields | None) -> Auth:
    """Build how requests prove themselves."""
    if found is None:
        return Auth()
    token: Fields | None = found.get("token")
    basic: Fields | None = found.get("basic")
    return Auth(
        headers=found.get("headers"),
        user=_in(basic, "user"),
        password=_in(basic, "password"),
        bearer=found.get("bearer"),
        token=Token(ask_of(token), token.get("value"), token.get("lasts")) if token else None,
    )


def _in(found: Fields | None, name: str) -> Value | None:
    value: Value | None = found.get(name) if found else None
    return value


def _answer(found: Fields | None) -> Answer:
    if found is None:
        return Answer()
    items: Fields | None = found.get("items")
    told = {name: found.get(name) for name in ANSWER.keys if name != "items"}
    each = Items(**{name: items.get(name) for name in _ITEMS.keys}) if items else None
    return Answer(**told, items=each)


def _look_up(found: Fields | None, reading: Reading) -> LookUp | None:
    if found is None:
        return None
    if found.get("timeout") > LONGEST_LOOKUP:
        reading.error(found.value_place("timeout"), "a look-up may take 10s at most", "write timeout: 10s")
    asked: dict[str, Any] = {name: found.get(name) for name in ("path", "query", "headers") if name in found}
    return LookUp(
        Ask(**{**asked, "method": GET}),
        gives=found.get("gives"),
        otherwise=found.get("otherwise"),
        cache=found.get("cache"),
        timeout=found.get("timeout"),
    )
