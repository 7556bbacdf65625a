"""Formulas: compiled once when mappings are loaded, evaluated at each event."""

from __future__ import annotations

from core.engine.environment import NAMES, VALUE_NAMES
from core.engine.formula.formula import Formula, compile_formula
from core.engine.unknown import Unknown

__all__ = ["NAMES", "VALUE_NAMES", "Formula", "Unknown", "compile_formula"]
