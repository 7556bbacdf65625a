"""In which tier a person is at a moment, and what a trigger's priority is there."""

from __future__ import annotations

from collections import Counter

from reference.measures import Facts, end_of
from reference.past import Past
from reference.person import Person
from reference.policy import Policy
from reference.rules import Measures, Rule


class Tiers:
    """Asks the tiers of one policy."""

    def __init__(
        self, rules: dict[str, Rule], measures: Measures, policy: Policy, seen: Counter[str]
    ) -> None:
        self.rules = rules
        self.measures = measures
        self.policy = policy
        self.seen = seen

    def of(self, person: Person, at: int) -> str:
        """Name the first tier whose formula is true; nothing where none is."""
        if not self.policy.tiers:
            return ""
        past = Past(self.rules, person, self.seen)
        traits = Facts(person, past, self.measures, at=at, cut=end_of(at)).traits()
        found = [name for name, test in self.policy.tiers if test.ask({"traits": traits}) is True]
        self.seen["in two tiers"] += len(found) > 1
        self.seen["in no tier"] += not found
        return found[0] if found else ""

    def priority(self, person: Person, name: str, at: int) -> int:
        """Give a trigger's priority for a person as of a moment; one that is gone has none."""
        rule = self.rules.get(name)
        if rule is None:
            return 0
        by_tier = dict(rule.priorities)
        return by_tier.get(self.of(person, at), rule.priority) if by_tier else rule.priority
