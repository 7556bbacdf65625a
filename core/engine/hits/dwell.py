"""The dwell anchor over marks: how long a page was looked at, by its events or as it measures itself.

A mark is ``[key, event id, source, role, page, answer, lateness]``; the id of imported history is left empty. The
answer is that of ``where`` on entering, or the seconds that the page measured; None where there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from core.engine.duration import format_duration
from core.engine.formula.path import path_getter
from core.engine.hits.shape import KEY, Hit, Reading, shown, value_text
from core.engine.matching import key_of
from core.engine.profile import Mark
from core.engine.scope import Scope
from core.engine.when import SESSION_GAP, DwellAnchor

_SOURCE, _ROLE, _PAGE, _ANSWER = 2, 3, 4, 5

#: Where an event names its page, the best first; the last is the name of a page or screen call.
_PAGE_NAMES = tuple(
    path_getter(path)
    for path in (
        ("context", "page", "path"),
        ("properties", "path"),
        ("context", "page", "url"),
        ("properties", "url"),
        ("event", "name"),
    )
)

_ENTERS, _LEAVES, _BEATS = "enters", "leaves", "beats"


def read(anchor: DwellAnchor, event: Reading, scope: Scope) -> list[Any] | None:
    """Read an event of a page."""
    role = _role(anchor, event.name)
    if not role:
        return None
    answer: Any = None
    if anchor.seconds is not None:
        answer = _measured(anchor, scope)
    elif role == _ENTERS:
        answer = _holds(anchor, scope) or None
    key = "" if answer is None else key_of(anchor.key, scope)
    return [key, "" if event.quiet else event.id, event.source, role, _page(scope), answer, event.lateness]


def hits(anchor: DwellAnchor, marks: Sequence[Mark], start: int) -> list[Hit]:
    """Give the marks from ``start`` on that are the first to prove that a page was looked at long enough."""
    look = _stay if anchor.seconds is None else _measurement
    found = (look(anchor, marks, index) for index in range(start, len(marks)))
    return [hit for hit in found if hit is not None]


def expression(anchor: DwellAnchor) -> str:
    """Write which pages are meant and how they are timed."""
    timed = "" if anchor.seconds is None else f", by {anchor.seconds.text}"
    where = "" if anchor.where is None else f" where ={anchor.where.text}"
    return f"a page looked at for longer than {format_duration(anchor.longer_than)}{timed}{where}"


def needed(anchor: DwellAnchor) -> Any:
    """Write how long."""
    return f"more than {format_duration(anchor.longer_than)}"


def is_between_beats(before: Mark, mark: Mark, after: Mark) -> bool:
    """Tell whether a mark is a heartbeat between two others of the same page."""
    is_beating = all(one.value[_ROLE] == _BEATS for one in (before, mark, after))
    return is_beating and before.value[_PAGE] == mark.value[_PAGE] == after.value[_PAGE]


def _role(anchor: DwellAnchor, name: str) -> str:
    if name in anchor.enter:
        return _ENTERS
    if name in anchor.leave:
        return _LEAVES
    return _BEATS if name in anchor.beat else ""


def _holds(anchor: DwellAnchor, scope: Scope) -> bool:
    return anchor.where is None or anchor.where.evaluate(scope) is True


def _measured(anchor: DwellAnchor, scope: Scope) -> float | None:
    """Read the seconds that an event gives; None where it is no such page or gives no number."""
    assert anchor.seconds is not None
    if not _holds(anchor, scope):
        return None
    found = anchor.seconds.evaluate(scope)
    is_number = isinstance(found, int | float) and not isinstance(found, bool) and isfinite(found)
    return float(found) if is_number else None


def _page(scope: Scope) -> str:
    """Name the page that an event speaks of; empty when it names none."""
    texts = (value_text(get(scope)) for get in _PAGE_NAMES)
    return next((text for text in texts if text), "")


def _entered(marks: Sequence[Mark], index: int) -> int | None:
    """Give the place of the event before this one that entered a page, in the same source."""
    source = marks[index].value[_SOURCE]
    for place in range(index - 1, -1, -1):
        value = marks[place].value
        if value[_SOURCE] == source and value[_ROLE] == _ENTERS:
            return place
    return None


class _Stay:
    """A stay on a page while its events are gone through; one that goes on after a long pause begins anew."""

    def __init__(self, entered: Mark, longer_than: int) -> None:
        self.entered = entered
        self.longer_than = longer_than
        self.begun = self.last = entered.timestamp
        self.events = [entered.seq]
        self.is_proven = self.is_over = False

    def has(self, mark: Mark) -> bool:
        """Tell whether an event speaks of this stay."""
        page = "" if mark.value[_ROLE] == _ENTERS else mark.value[_PAGE]
        is_here = mark.value[_SOURCE] == self.entered.value[_SOURCE]
        return is_here and page in ("", self.entered.value[_PAGE]) and not self.is_over

    def meet(self, mark: Mark) -> bool:
        """Take the next event of the stay; tell whether it is the first to prove it long enough."""
        role = mark.value[_ROLE]
        is_close = mark.timestamp - self.last <= SESSION_GAP
        if role == _BEATS and not is_close:
            self.begun = mark.timestamp
            self.events = self.events[:1]
            self.is_proven = False
        self.last = mark.timestamp
        self.events.append(mark.seq)
        self.is_over = role != _BEATS
        proves = (is_close or role == _LEAVES) and mark.timestamp - self.begun > self.longer_than
        is_first = proves and not self.is_proven
        self.is_proven = self.is_proven or proves
        return is_first


def _stay(anchor: DwellAnchor, marks: Sequence[Mark], index: int) -> Hit | None:
    """Match the event that first proves the stay it belongs to."""
    opened = _entered(marks, index)
    if opened is None or not marks[opened].value[_ANSWER]:
        return None
    stay = _Stay(marks[opened], anchor.longer_than)
    for place in range(opened + 1, index):
        if stay.has(marks[place]):
            stay.meet(marks[place])
    mark = marks[index]
    if not stay.has(mark) or not stay.meet(mark):
        return None
    return _hit(mark, stay.entered, stay.events, (mark.timestamp - stay.begun) / 1_000)


def _measurement(anchor: DwellAnchor, marks: Sequence[Mark], index: int) -> Hit | None:
    """Match a measurement that is the first of its stay to be long enough."""
    mark = marks[index]
    seconds = mark.value[_ANSWER]
    # Divided, not multiplied: 1.001 * 1000 is less than 1001.
    if seconds is None or not seconds > anchor.longer_than / 1_000:
        return None
    before = _measured_before(marks, index)
    if before is not None and anchor.longer_than / 1_000 < before <= seconds:
        return None
    return _hit(mark, mark, [mark.seq], seconds)


def _measured_before(marks: Sequence[Mark], index: int) -> float | None:
    """Give the measurement before this one of the same page and source."""
    source, page = marks[index].value[_SOURCE], _page_at(marks, index)
    for place in range(index - 1, -1, -1):
        value = marks[place].value
        if value[_SOURCE] == source and value[_ANSWER] is not None and _page_at(marks, place) == page:
            return float(value[_ANSWER])
    return None


def _page_at(marks: Sequence[Mark], index: int) -> str:
    """Name the page of an event; one that names none is of the page entered last."""
    page = str(marks[index].value[_PAGE])
    if page or marks[index].value[_ROLE] == _ENTERS:
        return page
    entered = _entered(marks, index)
    return "" if entered is None else str(marks[entered].value[_PAGE])


def _hit(mark: Mark, page: Mark, events: list[int], seconds: float) -> Hit:
    saw = {"page": shown(page.value[_PAGE]), "seconds": seconds}
    return Hit(mark, page.value[KEY], tuple(events), saw)
