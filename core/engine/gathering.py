"""Let events be counted: marks for windows, totals for what is kept for ever."""

from __future__ import annotations

from bisect import bisect_left, insort

from msgspec import structs

from core.engine.draft import Draft
from core.engine.formula import Unknown
from core.engine.gathered import add_total, reading
from core.engine.matching import matching
from core.engine.profile import MARKS_LIMIT, Mark, Moment
from core.engine.scope import Scope
from core.engine.tally import Tally

#: Marks are kept this much longer than their window, for events that arrive late.
SLACK = 24 * 3_600_000


def insert(marks: list[Mark], mark: Mark, oldest: int, limit: int = MARKS_LIMIT) -> list[Mark]:
    """Give the marks with one more in its place, those before ``oldest`` and beyond the limit dropped."""
    grown = list(marks)
    if not grown or place(grown[-1]) < place(mark):
        grown.append(mark)
    elif not has_mark(grown, mark):
        insort(grown, mark, key=place)
    # A pair sorts before every mark that begins with it.
    first = bisect_left(grown, (oldest, -1))
    return grown[max(first, len(grown) - limit) :]


def has_mark(marks: list[Mark], mark: Mark) -> bool:
    """Tell whether the marks hold this event."""
    at = bisect_left(marks, place(mark))
    return at < len(marks) and place(marks[at]) == place(mark)


def place(mark: Mark) -> tuple[int, int]:
    """Give a mark's place in order; its value takes no part in it."""
    return mark[0], mark[1]


def gather(draft: Draft, moment: Moment, scope: Scope) -> None:
    """Count an event, or a match of a trigger, in every tally that means it."""
    for tally in draft.rules.tallies.get(moment.name, ()):
        if matching(tally.patterns, moment.name, scope):
            _add(draft, tally, moment, scope)


def _add(draft: Draft, tally: Tally, moment: Moment, scope: Scope) -> None:
    value = reading(tally, scope)
    if isinstance(value, Unknown):
        return
    profile, mark = draft.profile, Mark(moment.timestamp, moment.seq, value)
    if tally.within is not None:
        latest = max(profile.clock, moment.timestamp)
        marks = insert(profile.marks.get(tally.id, []), mark, latest - tally.reach - SLACK)
        profile.marks[tally.id] = marks
    for kind in draft.rules.totals.get(tally.id, ()):
        slot = f"{tally.id}/{kind}"
        origins = profile.totals.get(slot, {})
        profile.totals[slot] = {**origins, profile.id: add_total(origins.get(profile.id), mark, kind)}
    draft.moved = True
    draft.changed()


def withdraw(draft: Draft, name: str, at: int, seq: int) -> None:
    """Take a match of a trigger out of every tally: a late event shows that there was none."""
    profile = draft.profile
    for tally in draft.rules.tallies.get(name, ()):
        marks = profile.marks.get(tally.id, [])
        kept = [mark for mark in marks if place(mark) != (at, seq)]
        if len(kept) < len(marks):
            profile.marks[tally.id] = kept
        for kind in draft.rules.totals.get(tally.id, ()):
            _subtract(draft, f"{tally.id}/{kind}")
        draft.moved = True
        draft.changed()


def _subtract(draft: Draft, slot: str) -> None:
    """Take one off a count that is kept for ever; which event it was is no longer known."""
    origins = draft.profile.totals.get(slot, {})
    counted = next((origin for origin in sorted(origins) if origins[origin].count), None)
    if counted is not None:
        less = structs.replace(origins[counted], count=origins[counted].count - 1)
        draft.profile.totals[slot] = {**origins, counted: less}
