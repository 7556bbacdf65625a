"""Digests: firings of one letter that wait for each other; who leaves with whom is worked out anew every time."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

from reference.person import Digest, Joined, Person

MOST = 50


def digests(person: Person) -> list[Digest]:
    """Give what waits to leave together: up to the first one's due, or for the same free moment."""
    found: list[Digest] = []
    waiting = sorted(person.joined, key=lambda one: (one.letter, one.held or 0, *one.place))
    for (_, held), joined in groupby(waiting, key=lambda one: (one.letter, one.held)):
        gathered: list[list[Joined]] = []
        for one in joined:
            if gathered and (held is not None or one.since <= gathered[-1][0].due):
                gathered[-1].append(one)
            else:
                gathered.append([one])
        found += map(Digest, gathered)
    return found


def digest_of(person: Person, one: Joined) -> Digest:
    """Give the digest in which a firing is."""
    return next(digest for digest in digests(person) if any(other is one for other in digest.joined))


def join(person: Person, joining: Joined, seen: Counter[str]) -> bool:
    """Let a firing join the digest that gathers it, or open one; False where that is full."""
    dues = {id(digest.opener): digest.due for digest in digests(person)}
    seen["digest due exactly at a firing"] += any(
        d.opener.letter == joining.letter and d.due == joining.since and d.opener.held is None
        for d in digests(person)
    )
    person.joined.append(joining)
    if len(digest_of(person, joining).staying) > MOST:
        person.joined.remove(joining)
        seen["digest full"] += 1
        return False
    now = {id(digest.opener): digest.due for digest in digests(person)}
    seen["late firing regrouped digests"] += not dues.keys() <= now.keys()
    return True


def take_out(person: Person, digest: Digest, one: Joined, seen: Counter[str]) -> None:
    """Take a firing out; what opened a digest stays its beginning."""
    seen["opener taken out of its digest"] += one is digest.opener
    seen["taken out of a digest"] += one is not digest.opener
    seen["taken out of a digest that is held"] += digest.opener.held is not None
    if one is digest.opener:
        one.is_out = True
    else:
        person.joined = [other for other in person.joined if other is not one]
