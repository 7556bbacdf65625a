"""Undo a wrong merge: two people, each made anew from the stored events that are theirs, and nothing fires by it."""

from core.runners.split.split import Split

__all__ = ["Split"]
