"""A person's history as anchors and counts are asked about it."""

from __future__ import annotations

from collections import Counter

from reference.anchors import Mark, changed_matches, count_matches, event_matches, sequence_matches
from reference.history import Happening, Match, case_match, cases, is_one_of
from reference.person import Person
from reference.rules import Named, Rule
from reference.visits import dwell_matches, session_matches


class Past:
    """A whole history, and the matches that are known of it: what counts of triggers are asked about."""

    def __init__(self, rules: dict[str, Rule], person: Person, seen: Counter[str]) -> None:
        self.rules = rules
        self.history = person.history
        self.kept = person.kept
        self.matched = person.matched
        self.seen = seen

    def of(self, rule: Rule) -> list[Happening]:
        """Give what a trigger sees: of what came before it was published only what some other one named."""
        return [event for event in self.history if event.seq > rule.since or event.seq in self.kept]

    def matches(self, rule: Rule) -> list[Match]:
        """Give all matches in the history of a trigger that needs no timer."""
        if rule.anchor == "event":
            return event_matches(rule, self.of(rule))
        if rule.anchor == "count":
            return count_matches(rule, self.marks(rule.names, self.of(rule)), self.seen)
        walk = {
            "changed": changed_matches,
            "sequence": sequence_matches,
            "session": session_matches,
            "dwell": dwell_matches,
        }
        return walk[rule.anchor](rule, self.of(rule), self.seen)

    def marks(self, names: tuple[Named, ...], events: list[Happening] | None = None) -> list[Mark]:
        """Give the marks of events and of other triggers' matches, in order; those of one event count once."""
        events = self.history if events is None else events
        found = {(e.timestamp, e.seq): e for e in events if is_one_of(names, e)}
        for name in names:
            if name.is_trigger:
                matched = [match for match in self.matched if match.trigger == name.name]
                first = {m.anchor.seq: m for m in sorted(matched, key=lambda m: m.order, reverse=True)}
                found |= {(match.at, seq): match.anchor for seq, match in first.items()}
        return [Mark(at, seq, event) for (at, seq), event in sorted(found.items(), key=lambda item: item[0])]

    def timed(self) -> list[Match]:
        """Give the matches, past and to come, of the cases that nothing closed."""
        waiting = [rule for rule in self.rules.values() if rule.anchor in ("absence", "inactive")]
        return [case_match(rule, case) for rule in waiting for case in cases(rule, self.of(rule))]
