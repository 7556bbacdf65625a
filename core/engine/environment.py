"""The dialect of CEL that formulas are written in: its names, its functions, and numbers that mix."""

from __future__ import annotations

import hashlib
import math
import operator
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache

from cel_expr_python import cel
from cel_expr_python.ext import ext_math, ext_optional, ext_strings

from core.engine.duration import parse_duration

#: What a formula can read.
NAMES = frozenset({"event", "properties", "traits", "context", "profile", "case", "key", "now"})

#: What the fields of an action can read: `cases` is there for messages that tell of several.
FIELD_NAMES = NAMES | {"cases"}

#: What a formula in ``blocked`` can read.
VALUE_NAMES = frozenset({"value"})

#: What a formula in ``receive`` can read: the request before it is an event.
RAW_NAMES = frozenset({"body", "item", "place", "envelope"})

#: What a formula of a request reads: the action's fields, what is set, and of each answer what came back.
REQUEST_NAMES = frozenset(
    {
        *("fields", "rest", "rows", "settings", "delivery", "lookup"),
        *("status", "headers", "body", "text", "item"),
    }
)

_TYPES = ["bool", "bytes", "double", "duration", "dyn", "int", "string", "timestamp", "type", "uint"]
_MACROS = ["all", "exists", "exists_one", "filter", "has", "map", "optFlatMap", "optMap"]
_TEXTS = [
    "charAt",
    "contains",
    "endsWith",
    "format",
    "indexOf",
    "join",
    "lastIndexOf",
    "lowerAscii",
    "matches",
]
_MORE_TEXTS = [
    "replace",
    "reverse",
    "size",
    "split",
    "startsWith",
    "strings.quote",
    "substring",
    "trim",
    "upperAscii",
]
_MATHS = [
    f"math.{name}" for name in ("abs", "ceil", "floor", "greatest", "isFinite", "isInf", "isNaN", "least")
]
_MORE_MATHS = [f"math.{name}" for name in ("round", "sign", "sqrt", "trunc")]
_OPTIONALS = ["hasValue", "optional.none", "optional.of", "optional.ofNonZeroValue", "or", "orValue", "value"]
_TIMES = ["ago", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getFullYear", "getHours"]
_MORE_TIMES = ["getMilliseconds", "getMinutes", "getMonth", "getSeconds"]
_HASHES = ["md5", "sha256"]

#: Every function of the dialect, for the nearest-name hint.
FUNCTIONS = frozenset(
    _TYPES
    + _MACROS
    + _TEXTS
    + _MORE_TEXTS
    + _MATHS
    + _MORE_MATHS
    + _OPTIONALS
    + _TIMES
    + _MORE_TIMES
    + _HASHES
)

#: What functions may be called in the name of.
NAMESPACES = frozenset({"math", "optional", "strings"})

_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "_+_": operator.add,
    "_-_": operator.sub,
    "_*_": operator.mul,
    "_/_": operator.truediv,
    "_%_": math.fmod,
}


@cache
def environment(names: frozenset[str]) -> cel.Env:
    """Build the environment in which formulas over these names are compiled."""
    return cel.NewEnv(
        variables={name: cel.Type.TIMESTAMP if name == "now" else cel.Type.DYN for name in names},
        extensions=[_extension(), ext_strings.ExtStrings(), ext_math.ExtMath(), ext_optional.ExtOptional()],
    )


def _extension() -> cel.CelExtension:
    """Let doubles mix with whole literals, and add ``ago`` and the hashes by which vendors know addresses."""
    mixed = [_mixed(symbol, compute) for symbol, compute in _ARITHMETIC.items()]
    hashes = [_hash_declaration("md5", _md5), _hash_declaration("sha256", _sha256)]
    return cel.CelExtension("cuewire", [*mixed, _ago_declaration(), *hashes])


def _mixed(symbol: str, compute: Callable[[float, float], float]) -> cel.FunctionDecl:
    """Declare one arithmetic operator over a double and an int, both ways round."""
    double, whole = cel.Type.DOUBLE, cel.Type.INT
    pairs = {"double_int": [double, whole], "int_double": [whole, double]}
    return cel.FunctionDecl(
        symbol,
        [
            cel.Overload(f"{compute.__name__}_{name}", double, pair, False, compute)
            for name, pair in pairs.items()
        ],
    )


def _ago_declaration() -> cel.FunctionDecl:
    """Declare ``ago`` with the ``now`` that compiling a formula puts before its duration."""
    kinds = [cel.Type.TIMESTAMP, cel.Type.STRING]
    return cel.FunctionDecl("ago", [cel.Overload("ago_duration", cel.Type.TIMESTAMP, kinds, False, _ago)])


def _ago(now: datetime, duration: str) -> datetime:
    """Go back from ``now``."""
    return now - timedelta(milliseconds=parse_duration(duration))


def _hash_declaration(name: str, compute: Callable[[str], str]) -> cel.FunctionDecl:
    """Declare a hash of a text, written in hexadecimal."""
    text = cel.Type.STRING
    return cel.FunctionDecl(name, [cel.Overload(f"{name}_text", text, [text], False, compute)])


def _md5(text: str) -> str:
    """Hash a text as Mailchimp names its members; nothing is kept secret by it."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _sha256(text: str) -> str:
    """Hash a text as advertisers' audiences want addresses."""
    return hashlib.sha256(text.encode()).hexdigest()
