"""Formulas: compiled once when mappings are loaded, evaluated at each event."""

from __future__ import annotations

from core.engine.environment import FIELD_NAMES, NAMES, RAW_NAMES, REQUEST_NAMES, VALUE_NAMES
from core.engine.formula.formula import Formula, compile_formula
from core.engine.unknown import Unknown

__all__ = [
    "FIELD_NAMES",
    "NAMES",
    "RAW_NAMES",
    "REQUEST_NAMES",
    "VALUE_NAMES",
    "Formula",
    "Unknown",
    "compile_formula",
]
