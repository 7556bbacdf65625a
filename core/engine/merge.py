"""Join two profiles that turn out to be one person.

The result is what one person with both timelines would have, but for consent, where the stricter stands.
The order and the number of merges never matter: each part is a union or a largest element.
Open cases depend on the rules; ``settle`` (in ``core.engine.settle``) works them out at the next event or wake.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar

import msgspec

from core.engine.absence import slot
from core.engine.consent import stricter
from core.engine.digests import in_line
from core.engine.gathered import join_totals
from core.engine.gathering import place
from core.engine.profile import (
    BURST_LIMIT,
    FIRINGS_LIMIT,
    MARKS_LIMIT,
    Case,
    Date,
    Firing,
    Held,
    Joined,
    Journey,
    Mark,
    Moment,
    Profile,
    Sent,
    Trait,
    Waiting,
)

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

_bytes = msgspec.msgpack.Encoder(order="deterministic").encode


def merge(winner: Profile, loser: Profile) -> Profile:
    """Give the one profile of both; the smaller id is kept, the other becomes an alias."""
    a, b = winner, loser
    ids = {a.id, b.id, *a.merged_from, *b.merged_from}
    kept = min(a.id, b.id)
    return Profile(
        id=kept,
        identifiers=_unite(a.identifiers, b.identifiers, lambda x, y: _unite(x, y, min)),
        traits=_unite(a.traits, b.traits, _newest),
        consent=stricter(a.consent, b.consent),
        merged_from=tuple(sorted(ids - {kept})),
        settled=tuple(sorted({*a.settled} & {*b.settled})),
        first_seen=min(a.first_seen, b.first_seen),
        last_seen=max(a.last_seen, b.last_seen),
        clock=max(a.clock, b.clock),
        drained=max(a.drained, b.drained),
        marks=_unite(a.marks, b.marks, _marks),
        timeline=join_timelines(a.timeline, b.timeline),
        cases=_unite(a.cases, b.cases, _cases),
        journeys=_unite(a.journeys, b.journeys, lambda x, y: _unite(x, y, _earlier)),
        firings=_unite(a.firings, b.firings, _firings),
        totals=_unite(a.totals, b.totals, lambda x, y: _unite(x, y, join_totals)),
        last_active=_latest(a.last_active, b.last_active),
        members=_unite(a.members, b.members, min),
        above=_unite(a.above, b.above, min),
        judged=max(a.judged, b.judged),
        recheck=_earliest(a.recheck, b.recheck),
        dates=_unite(a.dates, b.dates, _last_brought),
        sent=_sent(a.sent, b.sent),
        grouped=_unite(a.grouped, b.grouped, _firings),
        held=_unite(a.held, b.held, lambda x, y: _unite(x, y, _last_held)),
        bursts=_unite(a.bursts, b.bursts, lambda x, y: _unite(x, y, _times)),
        waiting=_unite(a.waiting, b.waiting, _waiting),
        digests=_unite(a.digests, b.digests, _joined),
        measures=a.measures if a.measures == b.measures else "",
        covered=tuple(sorted({*a.covered} & {*b.covered})),
    )


def join_timelines(a: list[Moment], b: list[Moment]) -> list[Moment]:
    """Unite two timelines in order; the arrival number tells an event from every other."""
    return sorted({m.seq: m for m in (*a, *b)}.values(), key=lambda m: (m.timestamp, m.seq))


def _unite(a: Mapping[K, T], b: Mapping[K, T], both: Callable[[T, T], T]) -> dict[K, T]:
    united = dict(a)
    for key, value in b.items():
        united[key] = both(united[key], value) if key in united else value
    return united


def _newest(a: Trait, b: Trait) -> Trait:
    return max(a, b, key=lambda trait: (trait.at, trait.seq, _bytes(trait.value)))


def _cases(a: list[Case], b: list[Case]) -> list[Case]:
    united = _unite({slot(case): case for case in a}, {slot(case): case for case in b}, _fuller)
    return [united[place] for place in sorted(united)]


def _fuller(a: Case, b: Case) -> Case:
    return max(a, b, key=lambda case: (case.count, _bytes(case)))


def _earlier(a: Journey, b: Journey) -> Journey:
    """Keep the journey that began first: while it ran, the other would have been suppressed.

    Of two that time began at once it is the one further on, then the one that goes on first.
    """
    return min(a, b, key=_began)


def _began(one: Journey) -> tuple[int, int, int, int, int, bytes]:
    return (one.at, one.anchor.timestamp, one.anchor.seq, -one.step, one.due, _bytes(one))


def _marks(a: list[Mark], b: list[Mark]) -> list[Mark]:
    united = {place(mark): mark for mark in (*a, *b)}
    return [united[one] for one in sorted(united)][-MARKS_LIMIT:]


def _latest(a: int | None, b: int | None) -> int | None:
    return max((one for one in (a, b) if one is not None), default=None)


def _earliest(a: int | None, b: int | None) -> int | None:
    return min((one for one in (a, b) if one is not None), default=None)


def _last_brought(a: Date, b: Date) -> Date:
    """Keep the date that the later event brought: its trait is the one that stands."""
    return max(a, b, key=lambda date: (date.anchor.timestamp, date.anchor.seq, _bytes(date)))


def _sent(a: list[Sent], b: list[Sent]) -> list[Sent]:
    united = _unite({one.id: one for one in a}, {one.id: one for one in b}, _last_sent)
    return sorted(united.values(), key=lambda one: (one.at, one.id))


def _last_sent(a: Sent, b: Sent) -> Sent:
    return max(a, b, key=lambda one: (one.at, _bytes(one)))


def _last_held(a: Held, b: Held) -> Held:
    return max(a, b, key=lambda held: (held.at, held.anchor.seq, _bytes(held)))


def _waiting(a: list[Waiting], b: list[Waiting]) -> list[Waiting]:
    united = _unite({one.action_id: one for one in a}, {one.action_id: one for one in b}, _last_waiting)
    return sorted(united.values(), key=lambda one: (one.since, one.action_id))


def _last_waiting(a: Waiting, b: Waiting) -> Waiting:
    return max(a, b, key=lambda waiting: (waiting.due, _bytes(waiting)))


def _joined(a: list[Joined], b: list[Joined]) -> list[Joined]:
    united = _unite({one.action_id: one for one in a}, {one.action_id: one for one in b}, _last_joined)
    return in_line(united.values())


def _last_joined(a: Joined, b: Joined) -> Joined:
    return max(a, b, key=lambda one: (one.is_out, one.held or 0, _bytes(one)))


def _times(a: list[int], b: list[int]) -> list[int]:
    return sorted({*a, *b})[-BURST_LIMIT:]


def _firings(a: list[Firing], b: list[Firing]) -> list[Firing]:
    united = {firing.decision_id: firing for firing in (*a, *b)}
    return sorted(united.values(), key=lambda firing: (firing.at, firing.decision_id))[-FIRINGS_LIMIT:]
