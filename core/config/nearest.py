"""Wording the hint for a name that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable

from core.engine.nearest import distance, nearest

__all__ = ["did_you_mean", "distance", "nearest"]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Word the hint for an unknown name: the nearest known one, else all of them when they are few."""
    names = sorted(set(known))
    found = nearest(name, names)
    if found:
        return f"did you mean `{found}`?"
    if not names or len(names) > 12:
        return ""
    return "known: " + ", ".join(names)
