"""How many of the people now known a segment would have, before it is saved."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic
from typing import NamedTuple

from core.engine import Profile, decode
from core.engine.rule import RuleSet
from core.pipeline.filling import filled
from core.ports import Reader

#: No more people are looked at than this, and no longer, in seconds.
MOST_PEOPLE = 20_000
LONGEST = 3.0

#: People read at a time.
SLICE = 200


class Survey(NamedTuple):
    """Of ``scanned`` people ``size`` are in it; ``is_whole`` when those were all there are."""

    size: int
    scanned: int
    is_whole: bool
    sample: list[Profile]


def survey(
    reader: Reader,
    name: str,
    rules: RuleSet,
    present: RuleSet,
    *,
    now: int,
    sample: int,
    most: int = MOST_PEOPLE,
) -> Survey:
    """Judge the segment ``name`` of ``rules`` for people in a random order that is always the same.

    ``present`` are the rules in force, which say what else is known of everyone.
    """
    until = monotonic() + LONGEST
    size = scanned = 0
    found: list[Profile] = []
    for profile in everyone(reader):
        if scanned == most or monotonic() > until:
            return Survey(size, scanned, False, found)
        scanned += 1
        known = filled(reader, profile, present, now)
        if name in filled(reader, known, rules, now).members:
            size += 1
            if len(found) < sample:
                found.append(known)
    return Survey(size, scanned, True, found)


def everyone(reader: Reader) -> Iterator[Profile]:
    """Give every person in the order of their ids."""
    last = ""
    while rows := reader.people(last, SLICE):
        yield from (decode(row.state) for row in rows)
        last = rows[-1].id
