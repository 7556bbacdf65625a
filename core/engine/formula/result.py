"""What CEL answers, as plain values or as an Unknown that names the field."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

from cel_expr_python import cel

from core.engine.formula.lexer import Path, path_text
from core.engine.formula.path import missing, path_getter
from core.engine.instant import iso, milliseconds_of
from core.engine.unknown import Unknown

_ERROR = cel.Type.ERROR

#: CEL's words for something that is not there; all else is a wrong type or a wrong value.
_ABSENCES = ("NOT_FOUND", "No value with name", "Applying SELECT", "Index error")


class _NoValue(Exception):
    """Carries CEL's own message out of nested containers."""


def evaluate(program: cel.Expression, scope: Any, *, text: str, paths: Sequence[Path]) -> Any:
    """Evaluate a compiled formula; every way in which CEL can fail ends here, as Unknown."""
    try:
        found = _plain(program.eval(scope.activation()))
    except _NoValue as problem:
        return _explain(str(problem), scope, text=text, paths=paths)
    except RuntimeError as problem:
        # The iteration budget, the recursion limit and text that is not Unicode raise; all else is of type ERROR.
        return Unknown(f"{text} cannot be computed: {_first_line(problem)}", _name(paths))
    if found is None or found == "" or found == [] or found == {}:
        return Unknown(f"{text} is empty", _name(paths))
    return found


def _plain(value: cel.Value) -> Any:
    """Turn CEL's value into plain data.

    ``plain_value`` would do, but crashes the process on a map that holds an optional value.
    """
    try:
        found = value.value()
    except TypeError:
        raise _NoValue("an optional value needs .orValue(...)") from None
    if isinstance(found, str):
        if value.type() == _ERROR:
            raise _NoValue(found)
        return found
    if isinstance(found, list):
        return [_plain(item) for item in found]
    if isinstance(found, dict):
        return {str(key): _plain(item) for key, item in found.items()}
    return _scalar(found)


def _scalar(found: Any) -> Any:
    """Check numbers and turn times into text."""
    if isinstance(found, float) and not isfinite(found):
        raise _NoValue("the result is not a finite number")
    if found is None or isinstance(found, bool | int | float):
        return found
    if isinstance(found, datetime):
        return iso(milliseconds_of(found))
    if isinstance(found, timedelta):
        return f"{found.total_seconds():g}s"
    raise _NoValue("the result is neither text, number, truth value, list, map nor time")


def _explain(message: str, scope: Any, *, text: str, paths: Sequence[Path]) -> Unknown:
    """Name the field behind CEL's message, which knows only a key or the types."""
    if any(word in message for word in _ABSENCES):
        absent = [path for path in paths if isinstance(path_getter(path)(scope), Unknown)]
        named = [path for path in absent if any(f'"{step}"' in message for step in path)]
        if absent:
            return missing((named or absent)[0])
    return Unknown(f"{text} cannot be computed: {_without_code(message)}", _name(paths))


def _without_code(message: str) -> str:
    """Take off the status that CEL puts before its message: ``UNKNOWN: ...``."""
    code, colon, rest = message.partition(": ")
    return rest if colon and code.isupper() else message


def _first_line(problem: RuntimeError) -> str:
    """Shorten what CEL raised."""
    return _without_code(str(problem).splitlines()[0])


def _name(paths: Sequence[Path]) -> str:
    """Name the first path that a formula reads."""
    return path_text(paths[0]) if paths else ""
