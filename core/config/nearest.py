"""Wording the hint for a name that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable

from core.engine.nearest import distance, nearest

__all__ = ["did_you_mean", "distance", "nearest"]


#: What other languages call a thing that has a name of its own here.
_OTHER_WORDS = {
    "and": "all",
    "or": "any",
    "average": "avg",
    "mean": "avg",
    "total": "sum",
    "uniq": "distinct",
    "unique": "distinct",
}


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Word the hint for an unknown name: the nearest known one, else all of them when they are few."""
    names = sorted(set(known))
    meant = _OTHER_WORDS.get(name.lower(), "")
    found = meant if meant in names else nearest(name, names)
    if found:
        return f"did you mean `{found}`?"
    if not names or len(names) > 12:
        return ""
    return "known: " + ", ".join(names)
