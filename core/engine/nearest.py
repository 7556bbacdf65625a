"""Finding the name that a mistyped one was meant to be."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """Give the known name closest to this one, or that it begins, or nothing when none is close."""
    names, lowered = tuple(known), name.lower()
    if name in names:
        return name
    ranked = sorted((distance(lowered, one.lower()), abs(len(one) - len(name)), one) for one in names)
    if not ranked:
        return ""
    steps, _, best = ranked[0]
    if steps <= max(1, min(len(name), len(best)) // 3):
        return best
    longer = [one for _, _, one in ranked if len(name) > 2 and one.lower().startswith(lowered)]
    return longer[0] if longer else ""


def distance(left: str, right: str) -> int:
    """Count the letters to insert, drop, replace or swap with their neighbour."""
    if abs(len(left) - len(right)) > 12:
        return max(len(left), len(right))
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, start=1):
        before, last, row = row, before, [i]
        for j, b in enumerate(right, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
