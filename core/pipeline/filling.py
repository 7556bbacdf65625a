"""Measures that are new since a person was last seen, filled from the events that are stored."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import structlog

from core.engine import Profile, decode, fill
from core.engine.callback import all_mappings
from core.engine.event import Event
from core.engine.rule import RuleSet
from core.pipeline.retelling import retold
from core.ports import Past, StateRow
from core.trace import place_of

#: Of a person's events that are counted, so many of the last to arrive are looked at.
LONGEST_PAST = 10_000

log = structlog.get_logger()


def past_of(store: Past, profile: Profile, rules: RuleSet) -> list[Event]:
    """Give a person's stored events that a tally counts which the profile does not cover yet.

    They are mapped by the present mappings, and in order. Of whom no activity is known, all events are given.
    """
    names = None if profile.last_active is None else new_names(profile, rules)
    if names is not None and not names:
        return []
    asked = None if names is None else sent_as(names, rules)
    events = (retold(row, rules) for row in store.past(profile.id, asked, LONGEST_PAST))
    return [event for event in events if event is not None]


def new_names(profile: Profile, rules: RuleSet) -> set[str]:
    """Name the events of the tallies that a profile does not cover."""
    covered = frozenset(profile.covered)
    new = {
        part.removeprefix("tally ").rpartition("/")[0]
        for part, digest in rules.parts.items()
        if part.startswith("tally ") and digest not in covered
    }
    return {name for name, tallies in rules.tallies.items() if any(tally.id in new for tally in tallies)}


def sent_as(names: Collection[str], rules: RuleSet) -> set[str]:
    """Add to our names of events those under which sources send them: they may be stored under either."""
    renamed = (pair for mapping in all_mappings(rules) for pair in mapping.events.items())
    return {*names, *(theirs for theirs, ours in renamed if ours in names)}


def filled(store: Past, profile: Profile, rules: RuleSet, now: int) -> Profile:
    """Fill what is new; one person for whom that fails keeps what they have and costs nobody else anything."""
    if profile.measures == rules.measures:
        return profile
    try:
        return fill(profile, past_of(store, profile, rules), rules, now)
    except Exception as problem:
        log.error("fill_failed", profile_id=profile.id, error=type(problem).__name__, place=place_of(problem))
        return profile


def filled_ahead(
    store: Past, rows: Sequence[StateRow], rules: RuleSet, now: int
) -> list[tuple[StateRow, Profile]]:
    """Fill people outside the writer, and leave out those for whom it fails."""
    people = [(row, filled(store, decode(row.state), rules, now)) for row in rows]
    return [(row, profile) for row, profile in people if profile.measures == rules.measures]
