"""What an admin is told about a formula that is wrong."""

from __future__ import annotations

import pytest

from core.engine.formula import VALUE_NAMES, compile_formula
from core.engine.formula.problem import read_problem
from core.errors import FormulaError


@pytest.mark.parametrize(
    ("text", "column", "message", "hint"),
    [
        ("propertes.price > 5", 1, "propertes is unknown", "did you mean properties?"),
        ("5 < propertes.price", 5, "propertes is unknown", "did you mean properties?"),
        ("case.sum > 50 &&\n  fooo", 20, "fooo is unknown", "known are case, context, event"),
        ("ago('7d') < now && fooo", 20, "fooo is unknown", "known are"),
        ("fooo && ago('7d') < now", 1, "fooo is unknown", "known are"),
        ("foo(3)", 1, "function foo is unknown", "no function"),
        ("properties.name.lowerAsci()", 17, "function lowerAsci is unknown", "did you mean lowerAscii?"),
        ("math.greates(1, 2)", 1, "function math.greates is unknown", "did you mean math.greatest?"),
        ("size()", 1, "size does not take these arguments", ""),
        ("True", 1, "True is unknown", "write true"),
        ("properties.a and properties.b", 14, "and cannot stand here", "write &&"),
        ("properties.a = 1", 14, "= cannot stand here", "write =="),
        ("properties.a & 1", 14, "& cannot stand here", "write &&"),
        ("@", 1, "@ cannot stand here", ""),
        ("properties.a >", 15, "the formula ends too early", "add"),
        ("properties.a in ['x'", 21, "the formula ends too early", "add"),
        ("properties.a == 'x", 17, "this text has no closing quote", "add '"),
        ("has(properties)", 5, "has() argument must be a field selection", ""),
        ("1 == 1.0", 3, "== does not take whole number and decimal number", "1.0"),
        ("'a' + 1", 5, "+ does not take text and whole number", ""),
        ("true ? 1 : 2.5", 6, "?: does not take truth value and whole number and decimal number", "1.0"),
        ("size(now)", 5, "size does not take time", ""),
        ("b'x'", 1, "the result is BYTES", "string(...)"),
        ("type(1)", 1, "the result is TYPE<INT>", "string(...)"),
        ("properties.?a", 1, "the result is optional", ".orValue(...)"),
        ("{'a': properties.?a}", 1, "the result is optional", ".orValue(...)"),
        ("{1.5: 1}", 1, "Unsupported map key type: DOUBLE", ""),
        ("ago('7 days') < now", 5, "'7 days' is no duration", "7d"),
        ("(" * 100 + "1" + ")" * 100, 1, "too many terms or levels", "split"),
        (" + ".join("1" * 100), 1, "too many terms or levels", "split"),
        ("", 1, "the formula is empty", "=="),
        ("  ", 1, "the formula is empty", "=="),
        ("price > 50", 1, "price is unknown", "properties.price"),
        ("`fooo` > 1", 1, "`fooo` cannot stand here", ""),
        (".fooo > 1", 2, "fooo is unknown", "known are"),
        ("has(.fooo.bar)", 6, "fooo is unknown", "known are"),
        ("has(propertes.bar)", 5, "propertes is unknown", "did you mean properties?"),
        ("math.1", 5, ".1 cannot stand here", ""),
        ("math.", 6, ". cannot stand here", ""),
        ("dyn(math)", 5, "math is unknown", "known are"),
        ("99999999999999999999", 1, "invalid int literal", ""),
    ],
)
def test_a_wrong_formula_is_refused_with_place_and_hint(
    text: str, column: int, message: str, hint: str
) -> None:
    """Each mistake names its column in the text as written, and what to write instead."""
    with pytest.raises(FormulaError) as caught:
        compile_formula(text)
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.column == column


def test_names_of_other_places_are_unknown_in_blocked() -> None:
    """A formula in ``blocked`` has ``value`` and nothing else."""
    with pytest.raises(FormulaError, match="properties is unknown"):
        compile_formula("properties.a == value", names=VALUE_NAMES)
    with pytest.raises(FormulaError, match="ago does not take these arguments"):
        compile_formula("timestamp(value) < ago('7d')", names=VALUE_NAMES)


def test_a_complaint_of_an_unknown_form_is_passed_on() -> None:
    """A newer CEL may word things otherwise: the admin still sees its words."""
    error = read_problem(RuntimeError("ERROR: <input>:1:3: odd\n"), text="abc", found=[], names=[])
    assert (error.message, error.column) == ("odd", 3)
