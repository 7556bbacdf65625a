"""The changed anchor over marks: a value that differs from the one before it of the same key.

A mark is ``[key, value]``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.engine.hits.shape import KEY, Hit, Reading, names_of, shown, value_text
from core.engine.matching import key_of, matching
from core.engine.profile import Mark
from core.engine.scope import Scope
from core.engine.when import ChangedAnchor

_VALUE = 1


def read(anchor: ChangedAnchor, event: Reading, scope: Scope) -> list[Any] | None:
    """Read the value of an event; one without it is passed over."""
    if not matching(anchor.patterns, event.name, scope):
        return None
    value = value_text(anchor.value.evaluate(scope))
    return [key_of(anchor.key, scope), value] if value else None


def hits(anchor: ChangedAnchor, marks: Sequence[Mark], start: int) -> list[Hit]:
    """Give the marks from ``start`` on whose value is new, and one that is asked for."""
    wanted = {value_text(value) for value in anchor.to}
    found = (_hit(marks, index, wanted) for index in range(start, len(marks)))
    return [hit for hit in found if hit is not None]


def short_of(marks: Sequence[Mark], index: int) -> Any:
    """Tell the value, and the one before it where there is one."""
    return _seen(_before(marks, index), marks[index])


def expression(anchor: ChangedAnchor) -> str:
    """Write whose value is watched."""
    return f"change of {anchor.value.text} of {names_of(anchor.patterns)}"


def needed(anchor: ChangedAnchor) -> Any:
    """Write which value counts."""
    return f"a change to {' or '.join(map(value_text, anchor.to)) or 'another value'}"


def _hit(marks: Sequence[Mark], index: int, wanted: set[str]) -> Hit | None:
    mark = marks[index]
    if wanted and mark.value[_VALUE] not in wanted:
        return None
    before = _before(marks, index)
    if before is None or before.value[_VALUE] == mark.value[_VALUE]:
        return None
    return Hit(mark, mark.value[KEY], (before.seq, mark.seq), _seen(before, mark))


def _before(marks: Sequence[Mark], index: int) -> Mark | None:
    """Give the mark of the same key before this one."""
    key = marks[index].value[KEY]
    earlier = (marks[place] for place in range(index - 1, -1, -1))
    return next((mark for mark in earlier if mark.value[KEY] == key), None)


def _seen(before: Mark | None, mark: Mark) -> Any:
    value = shown(mark.value[_VALUE])
    return (
        f"{value}, the first value" if before is None else {"from": shown(before.value[_VALUE]), "to": value}
    )
