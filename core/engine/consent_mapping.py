"""What an event says about consent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.engine.event import ConsentStatement
from core.engine.formula import Formula
from core.engine.rule import SourceMapping
from core.engine.scope import Scope

_ANSWERS = {"true": True, "granted": True, "false": False, "denied": False}

#: An answer may be part of a record, as mParticle's are: then that also says when it was given, and to which text.
_ANSWER, _TIME, _TEXT = "consented", "timestamp_unixtime_ms", "document"

_PLACE = ("context", "consent", "categoryPreferences")


def answer_categories(data: dict[str, Any], call: Mapping[str, Any], source: SourceMapping) -> None:
    """Answer every mapped category with false that a present ``categoryPreferences`` leaves out.

    Its presence is read from the call: cleaning takes an empty object away, which here means a no to everything.
    """
    if not source.consent:
        return
    found: Any = call
    for step in _PLACE:
        found = found.get(step) if isinstance(found, dict) else None
    if not isinstance(found, dict):
        return
    context = data.setdefault("context", {})
    preferences = context.setdefault("consent", {}).setdefault("categoryPreferences", {})
    for formula in source.consent.values():
        for path in formula.reads:
            steps = path[1:] if path[0] == "event" else path
            if steps[:-1] == _PLACE:
                preferences.setdefault(steps[-1], False)


def read_consent(scope: Scope, source: SourceMapping) -> tuple[ConsentStatement, ...]:
    """Read one statement per purpose and channel; what is neither a yes nor a no says nothing."""
    statements = []
    for (purpose, channel), formula in source.consent.items():
        found = formula.evaluate(scope)
        granted = _ANSWERS.get(found.strip().lower()) if isinstance(found, str) else found
        if isinstance(granted, bool):
            statements.append(ConsentStatement(purpose, channel, granted, *_told(_record(scope, formula))))
    return tuple(statements)


def _told(record: Mapping[str, Any]) -> tuple[int, str]:
    """Read when an answer was given, 0 where nothing tells, and to which text."""
    at, text = record.get(_TIME), record.get(_TEXT)
    return int(at) if isinstance(at, float) and at > 0 else 0, text if isinstance(text, str) else ""


def _record(scope: Scope, formula: Formula) -> Mapping[str, Any]:
    """Give the record that holds the answer which a formula reads; nothing where the answer stands alone."""
    for path in formula.reads:
        if path[-1] == _ANSWER:
            found: Any = scope.event
            for step in path[1:-1] if path[0] == "event" else path[:-1]:
                found = found.get(step) if isinstance(found, dict) else None
            return found if isinstance(found, dict) else {}
    return {}
