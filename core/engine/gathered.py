"""What is gathered of the events of a tally: marks in a window, totals for ever, and what they amount to."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from math import isfinite
from typing import Any

import msgspec

from core.engine.clean import event_key
from core.engine.digest import derive
from core.engine.measure import ComputedKind
from core.engine.profile import Mark, Total
from core.engine.scope import Scope
from core.engine.tally import Tally
from core.engine.unknown import Unknown

#: Different values kept of one total; the one not seen for longest goes first.
VALUES_LIMIT = 1_000

_encoder = msgspec.msgpack.Encoder(order="deterministic")


def reading(tally: Tally, scope: Scope) -> Any:
    """Read what a tally keeps of an event: None without a formula, Unknown where it cannot be computed."""
    return None if tally.value is None else tally.value.evaluate(scope)


def value_of(kind: ComputedKind, found: Any) -> Any:
    """Give what a reading adds to a computed trait; None where the event is passed over."""
    if kind == "count":
        return 1.0
    if type(found) is float:
        return found
    if found is None or isinstance(found, Unknown):
        return None
    number = float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None
    if kind in ("sum", "avg"):
        return number
    if kind in ("min", "max") and number is None:
        return found if isinstance(found, str) else None
    return found if number is None else number


def value_text(value: Any) -> str:
    """Write a value so that equal ones have equal texts; one that cannot be a key is named by its bytes."""
    text = event_key(value)
    # No text from outside holds a NUL.
    return derive("\0", _encoder.encode(value).hex()) if text is None else text


def add_total(total: Total | None, mark: Mark, kind: ComputedKind) -> Total:
    """Take one more event into a total, wherever it lies in the order."""
    total = total or Total()
    value = value_of(kind, mark.value)
    if value is None:
        return total
    kept = Mark(mark.timestamp, mark.seq, value)
    return Total(
        count=total.count + 1,
        sum=total.sum + value if kind in ("sum", "avg") else total.sum,
        low=_extreme("min", (total.low, value)) if kind == "min" else total.low,
        high=_extreme("max", (total.high, value)) if kind == "max" else total.high,
        first=_earlier(total.first, kept) if kind == "first" else total.first,
        last=_later(total.last, kept) if kind == "last" else total.last,
        values=_grown(total.values, kept) if kind in ("distinct", "list") else total.values,
    )


def join_totals(one: Total, other: Total) -> Total:
    """Join two totals of the same origin: the one that has seen more holds the other."""
    return max(one, other, key=lambda total: (total.count, _encoder.encode(total)))


def total_value(kind: ComputedKind, totals: Iterable[Total], *, limit: int) -> Any:
    """Give a computed trait from the totals of several origins; None where it is absent."""
    known = [total for total in totals if total.count]
    if kind == "count":
        return float(sum(total.count for total in known))
    if kind in ("sum", "avg"):
        return _mean(kind, sum(total.sum for total in known), sum(total.count for total in known))
    if kind in ("min", "max"):
        return _extreme(kind, [total.low if kind == "min" else total.high for total in known])
    if kind == "first":
        return _value(reduce(_earlier, [total.first for total in known if total.first], None))
    if kind == "last":
        return _value(reduce(_later, [total.last for total in known if total.last], None))
    kept = sorted((mark for total in known for mark in total.values.values()), key=_place)
    return _different(kind, [mark.value for mark in kept], limit)


def window_value(kind: ComputedKind, marks: Sequence[Mark], *, limit: int) -> Any:
    """Give a computed trait from the marks of a window, which are in order; None where it is absent."""
    if kind == "count":
        return float(len(marks))
    if kind in ("first", "last"):
        read = (value_of(kind, mark.value) for mark in (marks if kind == "first" else reversed(marks)))
        return next((value for value in read if value is not None), None)
    values = [value_of(kind, mark.value) for mark in marks]
    if kind in ("min", "max"):
        return _extreme(kind, values)
    if kind in ("sum", "avg"):
        numbers = [value for value in values if value is not None]
        return _mean(kind, sum(numbers), len(numbers))
    return _different(kind, [value for value in values if value is not None], limit)


def in_window(
    marks: Sequence[Mark], at: int, seq: int | None, *, within: int | None, ago: int
) -> tuple[int, int]:
    """Bound the marks of the window ``[at - ago - within, at - ago]``, as of a place in the order or of a time."""
    end = at - ago
    low = 0 if within is None else bisect_left(marks, (end - within,))
    # A mark is larger than the pair it begins with, so that the next pair stands behind it.
    last = (end + 1,) if seq is None or ago else (end, seq + 1)
    return low, bisect_left(marks, last)


def next_change(marks: Sequence[Mark], at: int, *, within: int | None, ago: int) -> int | None:
    """Tell when, after ``at``, time alone first brings a mark into the window or takes one out of it."""
    entering = bisect_left(marks, (at - ago + 1,))
    moments = [marks[entering].timestamp + ago] if entering < len(marks) else []
    if within is not None:
        leaving = bisect_left(marks, (at - ago - within,))
        moments += [marks[leaving].timestamp + ago + within + 1] if leaving < len(marks) else []
    return min(moments, default=None)


def _place(mark: Mark) -> tuple[int, int]:
    """Give a mark's place in the order; values do not compare."""
    return mark.timestamp, mark.seq


def _earlier(one: Mark | None, other: Mark) -> Mark:
    return other if one is None else min(one, other, key=_place)


def _later(one: Mark | None, other: Mark) -> Mark:
    return other if one is None else max(one, other, key=_place)


def _value(mark: Mark | None) -> Any:
    return None if mark is None else mark.value


def _extreme(kind: ComputedKind, values: Iterable[Any]) -> Any:
    """Give the smallest or largest number, or text where there is no number."""
    present = [value for value in values if value is not None]
    numbers = [value for value in present if isinstance(value, float)]
    return (min if kind == "min" else max)(numbers or present, default=None)


def _mean(kind: ComputedKind, total: float, count: int) -> float | None:
    """Give a sum, or the average where there is one; a sum that no float holds is absent."""
    if kind == "avg":
        total = total / count if count else float("nan")
    return float(total) if isfinite(total) else None


def _grown(values: Mapping[str, Mark], mark: Mark) -> dict[str, Mark]:
    """Give the values with one more; beyond the bound the one not seen for longest is dropped."""
    text = value_text(mark.value)
    grown = {**values, text: _later(values.get(text), mark)}
    if len(grown) > VALUES_LIMIT:
        del grown[min(grown, key=lambda one: _place(grown[one]))]
    return grown


def _different(kind: ComputedKind, values: Sequence[Any], limit: int) -> Any:
    """Give the number of different values, which are in order, or the last of them as a list."""
    if kind == "distinct":
        return float(len(set(map(value_text, values))))
    latest: dict[str, Any] = {}
    for value in reversed(values):
        latest.setdefault(value_text(value), value)
        if len(latest) == limit:
            break
    return list(latest.values())[::-1] or None
