"""Matches that are not judged alone: bursts of one trigger, and groups of triggers that compete."""

from __future__ import annotations

from collections import Counter

from reference.history import Match
from reference.person import Held, Person
from reference.policy import Policy
from reference.rules import Rule

Seen = Counter[str]
DAY = 24 * 3_600_000

#: So many firings of a group are known, and so many matches of a trigger are held for it.
KNOWN, HELD = 200, 50
JOINED, REFUSED, FIRST = "joined", "refused", "first"


def join_burst(person: Person, rule: Rule, match: Match, seen: Seen) -> str:
    """Put a match into its burst; says whether it only joined, is refused as one of many, or stands for its burst."""
    times = person.bursts.setdefault((rule.name, match.key), [])
    near = [time for time in times if abs(time - match.at) < rule.debounce]
    seen["exactly as long behind a burst"] += any(abs(t - match.at) == rule.debounce for t in times)
    times.append(match.at)
    if not rule.trailing:
        seen["in the middle of a burst"] += bool(near)
        return REFUSED if near else FIRST
    before = max((time for time in near if time <= match.at), default=None)
    last = [held for held in waiting_bursts(person, match) if held.match.at == before]
    person.held = [held for held in person.held if held not in last]
    if any(time > match.at for time in near):
        seen["two bursts joined"] += bool(last)
        return JOINED
    if before is not None and not last:
        seen["behind a burst that was judged"] += 1
        return REFUSED
    seen["last of a burst replaced"] += bool(last)
    person.held.append(Held(match, match.at + rule.debounce))
    return JOINED


def waiting_bursts(person: Person, match: Match) -> list[Held]:
    """Give the bursts of a match's trigger and key that wait for their end."""
    mine = [
        held for held in person.held if (held.match.trigger, held.match.key) == (match.trigger, match.key)
    ]
    return [held for held in mine if held.is_burst]


def forget_burst(person: Person, last: Held, rule: Rule | None) -> None:
    """Forget the matches of a burst that ended before its last was judged."""
    times = sorted(person.bursts.get((last.match.trigger, last.match.key), []), reverse=True)
    first = last.match.at
    for time in times:
        if rule and 0 <= first - time < rule.debounce:
            first = time
    if last.is_burst:
        person.bursts[last.match.trigger, last.match.key] = [
            time for time in times if not first <= time <= last.match.at
        ]


def settle_bursts(person: Person, rules: dict[str, Rule], seen: Seen) -> None:
    """Of two bursts that a merge makes one, let the last match wait alone."""
    for held in [held for held in person.held if held.is_burst]:
        match, rule = held.match, rules.get(held.match.trigger)
        times = person.bursts.get((match.trigger, match.key), [])
        later = [time for time in times if rule and match.at < time < match.at + rule.debounce]
        twins = [other for other in waiting_bursts(person, match) if other.match.at == match.at]
        if later or held is not max(twins, key=lambda twin: twin.match.anchor.seq):
            person.held = [other for other in person.held if other is not held]
            seen["two people's bursts joined"] += 1


def places(person: Person, rule: Rule) -> list[int]:
    """Give the times of the firings that a match of a rule competes with: shadows take places only for shadows."""
    taken = [place for place in person.fired.values() if place.group == rule.group]
    known = [sorted(one.at for one in taken if one.shadow == shadow)[-KNOWN:] for shadow in (False, True)]
    return [*known[0], *(known[1] if rule.shadow else [])]


def free_at(person: Person, rule: Rule, policy: Policy) -> int:
    """Give the first moment at which fewer than ``times`` firings lie no more than ``per`` back."""
    group = policy.groups[rule.group]
    latest = sorted(places(person, rule), reverse=True)
    return latest[group.times - 1] + group.per + 1


def held_for_group(
    person: Person, rule: Rule, match: Match, policy: Policy, *, at: int, until: int | None, seen: Seen
) -> Held | None:
    """Hold what lost its group until there is room; None where it is dropped, or not free before it is too old."""
    waiting = [held for held in person.held if held.match.trigger == rule.name and not held.is_burst]
    if not policy.groups[rule.group].hold or len(waiting) >= HELD:
        return None
    if until is None:
        valid = [
            step.valid_for for step in rule.steps if step.kind == "message" and step.valid_for is not None
        ]
        until = at + min(valid, default=DAY)
    else:
        seen["held match lost again"] += 1
    free = free_at(person, rule, policy)
    seen["group free exactly at the last moment"] += free == until
    seen["group not free in time"] += free > until
    return Held(match, free, until) if free <= until else None
