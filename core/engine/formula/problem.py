"""CEL's complaints about a formula, as one sentence with a column and a hint."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from core.engine.environment import FUNCTIONS, NAMESPACES
from core.engine.formula.lexer import END, Token
from core.engine.nearest import nearest
from core.errors import FormulaError

# The first of CEL's complaints: ERROR: <input>:LINE:COLUMN: MESSAGE
_COMPLAINT = re.compile(r"ERROR: <input>:(\d+):(\d+): ([^\n]*)")
_UNDECLARED = re.compile(r"undeclared reference to '([^']*)'")
_OVERLOAD = re.compile(r"found no matching overload for '([^']*)' applied to '([^']*)'")
_SYNTAX = re.compile(r"Syntax error: (?:[a-z ]+:?) '(.*?)'(?: expecting .*)?$")

#: What people write who know another language.
_WORDS = {
    "and": "&&",
    "or": "||",
    "not": "!",
    "is": "==",
    "=": "==",
    "&": "&&",
    "|": "||",
    "True": "true",
    "False": "false",
    "None": "null",
    "nil": "null",
}

#: CEL's types in the admin's words.
_TYPES = {
    "int": "whole number",
    "uint": "whole number",
    "double": "decimal number",
    "string": "text",
    "bool": "truth value",
    "null_type": "null",
    "google.protobuf.Timestamp": "time",
    "google.protobuf.Duration": "duration",
}


def read_problem(
    error: RuntimeError,
    *,
    text: str,
    found: Sequence[Token],
    names: Collection[str],
    inserted: Sequence[int] = (),
) -> FormulaError:
    """Turn what CEL raised for ``text`` into an error that an admin can act on.

    ``inserted`` are the places of the original text where ``now,`` was put in.
    """
    complaint = _COMPLAINT.search(str(error))
    if complaint is None:
        return _unplaced(str(error))
    column = _flat_column(text, int(complaint[1]), int(complaint[2]))
    for place in inserted:
        column -= len("now,") if column > place + len("now,") else 0
    undeclared = _UNDECLARED.match(complaint[3])
    if undeclared:
        return _undeclared(undeclared[1], column, found=found, names=names)
    overload = _OVERLOAD.match(complaint[3])
    return _overload(overload, column) if overload else _syntax(complaint[3], column)


def _unplaced(message: str) -> FormulaError:
    """Word what CEL refuses without a place: chiefly too deep a nesting."""
    if "recursion" in message:
        return FormulaError("the formula has too many terms or levels", hint="at most 32: split it in two")
    return FormulaError(message.removeprefix("INVALID_ARGUMENT: ").removesuffix(" [INVALID_ARGUMENT]"))


def _flat_column(text: str, line: int, column: int) -> int:
    """Count columns from the start of the text, over all its lines."""
    return sum(len(before) + 1 for before in text.split("\n")[: line - 1]) + column


def _undeclared(name: str, column: int, *, found: Sequence[Token], names: Collection[str]) -> FormulaError:
    """Point at a name nobody knows, and offer the nearest that is known."""
    # A leading dot, CEL's sign for the root, is part of the name it reports.
    index = _place(name.lstrip(".").split(".")[0], column, found)
    whole, is_function = _whole_name(found, index)
    place = found[index].start + 1
    if whole in _WORDS:
        return FormulaError(f"{whole} is unknown", column=place, hint=f"write {_WORDS[whole]}")
    if whole in FUNCTIONS:
        return FormulaError(f"{whole} does not take these arguments", column=place)
    if is_function:
        hint = _nearest(whole, sorted(FUNCTIONS), otherwise="it is no function of formulas")
        return FormulaError(f"function {whole} is unknown", column=place, hint=hint)
    root = whole.split(".")[0]
    known = sorted(names)
    field = f"; a field of the event is properties.{root}" if "properties" in names else ""
    hint = _nearest(root, known, otherwise=f"known are {', '.join(known)}{field}")
    return FormulaError(f"{root} is unknown", column=place, hint=hint)


def _place(name: str, column: int, found: Sequence[Token]) -> int:
    """Find the token that CEL means: it points at the name, at the sign behind it, or at a macro before it."""
    places = [index for index, token in enumerate(found) if token.text == name]
    before = [index for index in places if found[index].start < column]
    return before[-1] if before else places[0] if places else 0


def _whole_name(found: Sequence[Token], index: int) -> tuple[str, bool]:
    """Read on over ``math.abs`` where a namespace begins; tell whether the name is called."""
    name = found[index].text
    if name in NAMESPACES and found[index + 1].text == "." and found[index + 2] is not END:
        index += 2
        name = f"{name}.{found[index].text}"
    return name, found[index + 1].text == "("


def _nearest(name: str, known: Collection[str], *, otherwise: str) -> str:
    """Offer the nearest known name."""
    near = nearest(name, known)
    return f"did you mean {near}?" if near else otherwise


def _overload(match: re.Match[str], column: int) -> FormulaError:
    """Say which types an operator or function does not take."""
    operator = match[1].replace("_", "") or match[1]
    types = match[2].strip("()").split(", ")
    hint = "write both numbers with a fraction: 1.0" if {"int", "double"} <= set(types) else ""
    words = " and ".join(_TYPES.get(kind, kind) for kind in types)
    return FormulaError(f"{operator} does not take {words}", column=column, hint=hint)


def _syntax(message: str, column: int) -> FormulaError:
    """Word a syntax error."""
    match = _SYNTAX.match(message)
    piece = match[1].strip() if match else ""
    if piece == "<EOF>":
        return FormulaError(
            "the formula ends too early", column=column, hint="add the value or bracket it lacks"
        )
    if piece[:1] in ("'", '"'):
        return FormulaError(
            "this text has no closing quote", column=column, hint=f"add {piece[0]} at its end"
        )
    if piece:
        hint = f"write {_WORDS[piece]}" if piece in _WORDS else ""
        return FormulaError(f"{piece} cannot stand here", column=column, hint=hint)
    return FormulaError(message.removeprefix("Syntax error: "), column=column)
