"""What builds on what: an order in which everything stands behind what it needs, or the circles that prevent one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import TypeVar

T = TypeVar("T", bound=tuple[str, str])

#: More circles than this are not told at once.
MOST_CIRCLES = 20


def arrange(needs: Mapping[T, Collection[T]]) -> tuple[list[T], list[list[T]]]:
    """Give the order, and the circles there are; a circle names its first member again at its end."""
    left = {node: set(below) for node, below in needs.items()}
    circles: list[list[T]] = []
    while len(circles) < MOST_CIRCLES:
        try:
            return list(TopologicalSorter(left).static_order()), circles
        except CycleError as error:
            circle = _turned(error.args[1])
            circles.append(circle)
            left[circle[0]].discard(circle[1])
    return [], circles


def _turned(found: list[T]) -> list[T]:
    """Write a circle from its first name on, each member before the one it needs."""
    ring = found[:0:-1]
    first = ring.index(min(ring))
    return [*ring[first:], *ring[:first], ring[first]]
