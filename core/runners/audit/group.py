"""Who must be judged together: people whose identifiers ever met, each group small enough to hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import NamedTuple
from zlib import crc32

from core.store.journal import Journal

#: So many events' places are held at a time: some 10 MB. A larger store is walked through in several rounds.
ROUND = 200_000

#: Arrival numbers stay below this; above them stands whose the event is.
_SEQ_BITS = 44


class Group(NamedTuple):
    """People who are judged together, and the arrival numbers of their events in order."""

    people: tuple[str, ...]
    seqs: list[int]


def groups(
    journal: Journal, *, size: int = ROUND, rest: Callable[[], None] = lambda: None
) -> Iterator[Group]:
    """Give every person once, together with those whose identifiers ever met theirs in one event.

    Groups are told by a checksum: two that share one are judged together, which changes nothing for either.
    """
    roots = roots_of(journal.seen_together())
    total = sum(1 for _ in _slowly(journal.places(), rest))
    rounds = -(-total // size)
    for number in range(rounds):
        places: list[int] = []
        people: dict[int, set[str]] = {}
        for profile_id, seq in _slowly(journal.places(), rest):
            mark = crc32(find(roots, profile_id).encode())
            if mark % rounds == number:
                places.append(mark << _SEQ_BITS | seq)
                people.setdefault(mark, set()).add(profile_id)
        places.sort()
        for mark, found in groupby(places, key=lambda place: place >> _SEQ_BITS):
            seqs = [place & (1 << _SEQ_BITS) - 1 for place in found]
            yield Group(tuple(sorted(people[mark])), seqs)


def _slowly(places: Iterator[tuple[str, int]], rest: Callable[[], None]) -> Iterator[tuple[str, int]]:
    for number, place in enumerate(places):
        if number % 256 == 0:
            rest()
        yield place


def roots_of(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Join pairs; only who is in one is held."""
    roots: dict[str, str] = {}
    for one, other in pairs:
        a, b = find(roots, one), find(roots, other)
        roots[max(a, b)] = min(a, b)
    return roots


def find(roots: dict[str, str], name: str) -> str:
    """Name who stands for a person's group, shortening the way to it."""
    way = []
    while roots.get(name, name) != name:
        way.append(name)
        name = roots[name]
    for one in way:
        roots[one] = name
    return name
