"""Which boundaries an arrival touches."""

from __future__ import annotations

from collections import Counter

from reference.history import Happening, Match, cases, is_one_of, touches
from reference.person import Person
from reference.rules import Rule

Seen = Counter[str]


def notice(rules: dict[str, Rule], seen: Seen, person: Person, event: Happening) -> None:
    """Count the boundaries that this arrival touches."""
    seen["late event"] += event.timestamp < person.horizon
    seen["equal timestamps"] += any(held.timestamp == event.timestamp for held in person.history)
    seen["imported event"] += event.quiet
    for rule in rules.values():
        for case in cases(rule, person.history) if rule.anchor == "absence" else []:
            reaches = is_one_of(rule.cancels, event) and touches(rule, event, case.key)
            seen["cancelled exactly at due"] += reaches and case.due == event.timestamp
        for case in cases(rule, person.history) if rule.anchor == "inactive" else []:
            seen["active again exactly at due"] += event.is_activity and case.due == event.timestamp


def notice_changes(
    rules: dict[str, Rule], seen: Seen, wrong: set[Match], new: set[Match], event: Happening
) -> None:
    """Count what a late event changed of other events' matches."""
    for match in wrong:
        seen[f"{rules[match.trigger].anchor} fired wrongly"] += 1
        counts_triggers = any(name.is_trigger for name in rules[match.trigger].names)
        seen["trigger count lost by a late event"] += counts_triggers
    for match in new:
        late = match.anchor_id != event.id and not match.timed
        seen[f"{rules[match.trigger].anchor} matched by a late event"] += late
