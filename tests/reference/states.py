"""What a person is, as against what they did: memberships, scores that are up, and dates waited for."""

from __future__ import annotations

from collections import Counter
from itertools import count

from reference.history import Happening, Match, nothing
from reference.measures import Facts, end_of, moments
from reference.past import Past
from reference.person import Dated, Person
from reference.rules import Counted, Measures, Rule, leaves_of, truth
from reference.zones import instant_of, zone_of


class States:
    """Judges what people have become."""

    def __init__(self, rules: dict[str, Rule], measures: Measures, seen: Counter[str]) -> None:
        self.rules = [rule for rule in rules.values() if rule.is_state]
        self.dated = [rule for rule in rules.values() if rule.anchor == "date"]
        self.measures = measures
        conditions = [
            q for rule in rules.values() for q in (rule.only_if, *(step.question for step in rule.steps))
        ]
        self.asked = [*measures.segments.values(), *(question for question in conditions if question)]
        self.seen = seen
        self.numbers = count(1)

    def judge(self, person: Person, past: Past, *, at: int, event: Happening | None) -> set[Match]:
        """Bring memberships and scores up to a moment; gives the anchors that match by it."""
        was, was_up = set(person.members), set(person.up)
        facts = Facts(person, past, self.measures, at=at, cut=end_of(at))
        for name, question in self.measures.segments.items():
            is_in = truth(question, {"facts": facts, "traits": facts.traits(), "properties": {}}) is True
            (person.members.add if is_in else person.members.discard)(name)
        for rule in self.rules:
            self._score(person, facts, rule)
        person.judged = max(person.judged, at)
        matched = [rule for rule in self.rules if self._matches(rule, was, was_up, person)]
        self._notice(person, matched, at=at, event=event)
        by = event or nothing(at)
        number = 0 if event else next(self.numbers)
        return {Match(at, rule.name, None, by, by.id, number=number) for rule in matched}

    def _score(self, person: Person, facts: Facts, rule: Rule) -> None:
        """Move a score's state: up above one bound, down below the other, else as it was."""
        value = facts.score(rule.score) if rule.anchor == "score" else None
        if value is not None and value > rule.above:
            person.up.add(rule.name)
        elif value is not None and value < rule.reset_below:
            self.seen["score re-armed"] += rule.name in person.up
            person.up.discard(rule.name)
        elif value is not None and rule.name in person.up:
            self.seen["score between its bounds"] += 1

    def _matches(self, rule: Rule, was: set[str], was_up: set[str], person: Person) -> bool:
        """Say whether a rule's state has just begun."""
        if rule.anchor == "score":
            return rule.name in person.up - was_up
        entered, left = person.members - was, was - person.members
        return rule.segment in (entered if rule.anchor == "enters" else left)

    def _notice(self, person: Person, matched: list[Rule], *, at: int, event: Happening | None) -> None:
        for rule in matched:
            self.seen[f"{rule.anchor} by {'an event' if event else 'time alone'}"] += 1
            self.seen["state changed by a late event"] += event is not None and at != event.timestamp
            self.seen["state changed in silence"] += event is not None and event.quiet

    def counts(self, matches: set[Match]) -> bool:
        """Say whether some condition counts one of these matches; segments are then judged."""
        asked = [leaf for question in self.asked for leaf in leaves_of(question)]
        names = {n.name for leaf in asked if isinstance(leaf, Counted) for n in leaf.names if n.is_trigger}
        return any(match.trigger in names for match in matches)

    def next_moment(self, person: Person, past: Past) -> int | None:
        """Give the next moment at which time alone may change something."""
        return min((at for at in moments(past, self.measures) if at > person.latest), default=None)

    def join(self, left: Person, right: Person, both: Person, past: Past) -> None:
        """Take over what the joined history makes of the person, in silence."""
        both.up, both.members = left.up | right.up, left.members | right.members
        matched = self.judge(both, past, at=both.latest, event=None) if both.history else set()
        self.seen["enters after a merge in silence"] += any(m.anchor == "enters" for m in self._of(matched))
        for rule in self.dated:
            self._join_dates(rule, both, [p.dates[rule.name] for p in (left, right) if rule.name in p.dates])

    def _join_dates(self, rule: Rule, both: Person, held: list[Dated]) -> None:
        """Keep the date that the later event brought; where the joined history says otherwise it moves."""
        due = self.due(rule, both)
        if held and due is not None:
            self.seen["two people with one date"] += len({dated.due for dated in held}) < len(held)
            later = max(held, key=lambda dated: dated.anchor.place)
            self.seen["date moved by a merge"] += due != later.due
            moved = Dated(due, later.anchor, due >= both.horizon)
            both.dates[rule.name] = later if later.due == due else moved

    def _of(self, matched: set[Match]) -> list[Rule]:
        return [rule for rule in self.rules if rule.name in {match.trigger for match in matched}]

    def due(self, rule: Rule, person: Person) -> int | None:
        """Work out a date's due from the traits as known."""
        traits = {name: value for name, (_, value) in person.traits.items()}
        at = instant_of(traits.get(rule.trait), zone_of(traits, person.phones))
        return None if at is None else at + rule.offset

    def follow_dates(self, person: Person, event: Happening) -> None:
        """Work out every date after an event; one that is the same as before changes nothing."""
        for rule in self.dated:
            due, held = self.due(rule, person), person.dates.get(rule.name)
            if due is None or (held and held.due == due):
                continue
            self.seen["date moved"] += bool(held and held.is_armed)
            self.seen["date that lies before its event"] += due < event.timestamp
            self.seen["date exactly at its event"] += due == event.timestamp
            person.dates[rule.name] = Dated(due, event, due >= event.timestamp and not event.quiet)


def date_matches(person: Person) -> list[Match]:
    """Give the matches that the dates waited for will make; a due at which a trigger fired does not come again."""
    fired = {(match.trigger, match.at) for match in person.fired}
    waiting = [(name, d) for name, d in person.dates.items() if d.is_armed and (name, d.due) not in fired]
    return [Match(d.due, name, None, d.anchor, d.anchor.id, timed=True) for name, d in waiting]
