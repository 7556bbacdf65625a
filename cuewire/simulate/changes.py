"""Two versions of the mappings over the same history: who would get more, who less, and who nothing any longer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from core.engine.event import Identifier
from core.engine.profile import Profile
from core.engine.rule import RuleSet
from cuewire.simulate.findings import known_as
from cuewire.simulate.life import Life

#: So many people are named of each group.
SHOWN = 5


class Named(NamedTuple):
    """Somebody with their firings before and after."""

    profile_id: str
    identifiers: dict[str, list[str]]
    before: int
    after: int


@dataclass
class Group:
    """Some people: how many, and a few of them, chosen by their ids, which are hashes."""

    people: int = 0
    sample: list[Named] = field(default_factory=list)

    def add(self, other: Group) -> None:
        """Add others of the same kind."""
        self.people += other.people
        self.sample = sorted(self.sample + other.sample, key=lambda one: one.profile_id)[:SHOWN]

    def shape(self) -> dict[str, Any]:
        """Give it for machines."""
        sample = [
            {"identifiers": one.identifiers, "before": one.before, "after": one.after} for one in self.sample
        ]
        return {"people": self.people, "sample": sample}


@dataclass
class Change:
    """What becomes of one trigger from the version before to the one after.

    ``more`` are people with more firings, ``fewer`` those with fewer but some, ``no_longer`` those with none left.
    """

    name: str
    status: str
    before: int = 0
    after: int = 0
    more: Group = field(default_factory=Group)
    fewer: Group = field(default_factory=Group)
    no_longer: Group = field(default_factory=Group)

    def add(self, other: Change) -> None:
        """Add what becomes of it among other people."""
        self.before += other.before
        self.after += other.after
        self.more.add(other.more)
        self.fewer.add(other.fewer)
        self.no_longer.add(other.no_longer)

    def shape(self) -> dict[str, Any]:
        """Give it for machines."""
        groups = {"more": self.more, "fewer": self.fewer, "no_longer": self.no_longer}
        numbers = {"status": self.status, "before": self.before, "after": self.after}
        return numbers | {name: group.shape() for name, group in groups.items()}


def joined(shares: Iterable[Sequence[Change]]) -> list[Change]:
    """Add up what was compared among different people."""
    found: dict[str, Change] = {}
    for one in (change for share in shares for change in share):
        found.setdefault(one.name, Change(one.name, one.status)).add(one)
    return list(found.values())


def changes(before: Life, after: Life) -> list[Change]:
    """Compare what each trigger did."""
    same = _Same(before, after)
    return [_change(name, before, after, same) for name in sorted({*before.firings, *after.firings})]


class _Same:
    """Tells who in the version after is who before: identity rules may have changed between them."""

    def __init__(self, before: Life, after: Life) -> None:
        self.before = before
        self.after = after
        self._known: dict[str, str] = {}

    def __call__(self, profile_id: str) -> str:
        """Give the person before who is this one after, or their own id where there was none."""
        if profile_id not in self._known:
            identifiers = ordered(self.after.people[profile_id], self.after.rules)
            self._known[profile_id] = self.before.find(identifiers) or profile_id
        return self._known[profile_id]

    def known_as(self, profile_id: str) -> dict[str, list[str]]:
        """Give a person's identifiers, as of the end."""
        profile = self.before.people.get(profile_id) or self.after.people[profile_id]
        return known_as(profile)


def ordered(profile: Profile, rules: RuleSet) -> Sequence[Identifier]:
    """Give a person's identifiers, strongest first."""
    known = known_as(profile)
    order = [rule.namespace for rule in rules.identity.identifiers]
    return [Identifier(ns, value) for ns in sorted(known, key=order.index) for value in known[ns]]


def _change(name: str, before: Life, after: Life, same: _Same) -> Change:
    old, new = before.firings.get(name), after.firings.get(name)
    had = Counter(before.person(one.profile_id) for one in old or ())
    gets = Counter(same(after.person(one.profile_id)) for one in new or ())
    change = Change(name, "added" if old is None else "removed" if new is None else "kept")
    change.before, change.after = had.total(), gets.total()
    for who in had.keys() | gets.keys():
        found = Named(who, same.known_as(who), had[who], gets[who])
        if found.after > found.before:
            change.more.add(Group(1, [found]))
        elif found.after < found.before:
            (change.fewer if found.after else change.no_longer).add(Group(1, [found]))
    return change
