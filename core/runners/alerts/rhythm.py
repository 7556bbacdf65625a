"""Whether something came regularly and then stopped: without learning, from what is counted by hour or day."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple


class Span(NamedTuple):
    """A stretch of time in which something came, ``number`` times in all."""

    first_at: int
    last_at: int
    number: int


class Rhythm(NamedTuple):
    """What counts as regular: in the ``look_back`` before the last sign, at least so many over so long.

    Of ``pauses`` as long as the one that would be told, there may be no more than this: who rests each night
    for as long is not silent when the next night comes.
    """

    look_back: int
    history: int
    number: int
    pauses: int


Outages = Sequence[tuple[int, int]]


class Silence(NamedTuple):
    """For how long nothing has come, and whether it came regularly before."""

    length: int
    is_unusual: bool


def silence(
    spans: Sequence[Span], now: int, bound: int, rhythm: Rhythm, outages: Outages = ()
) -> Silence | None:
    """Give a silence that is at least as long as ``bound``.

    ``outages`` are when this server was not there to hear: they are nobody's silence.
    """
    last = spans[-1].last_at if spans else now
    quiet = heard(last, now, outages)
    if quiet < bound:
        return None
    recent = [one for one in spans if one.last_at >= last - rhythm.look_back]
    is_regular = (
        last - recent[0].first_at >= rhythm.history
        and sum(one.number for one in recent) >= rhythm.number
        and _pauses(recent, bound, outages) <= rhythm.pauses
    )
    return Silence(quiet, is_regular)


def heard(begin: int, end: int, outages: Outages) -> int:
    """Give for how much of a stretch this server was there."""
    missed = sum(max(0, min(end, until) - max(begin, since)) for since, until in outages)
    return end - begin - missed


def _pauses(spans: Sequence[Span], bound: int, outages: Outages) -> int:
    return sum(heard(a.last_at, b.first_at, outages) >= bound for a, b in pairwise(spans))
