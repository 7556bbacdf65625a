"""Decide whose event it is, and which profiles turn out to be one person."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from core.engine.digest import profile_id
from core.engine.event import Identifier
from core.engine.rule import IdentityRules

#: What is known of a profile here: its values by namespace.
Held = Mapping[str, Collection[str]]


class Graph(NamedTuple):
    """The part of the identity graph around one event: who owns its identifiers, and what those profiles hold."""

    owners: Mapping[Identifier, str]
    held: Mapping[str, Held]


class Refusal(NamedTuple):
    """An identifier that was not linked: ``shared_device`` or ``over_limit``; ``owner`` is who keeps it."""

    kind: str
    identifier: Identifier
    owner: str


class Resolution(NamedTuple):
    """Whose event it is. ``profile_id`` is the profile before the ``merges`` into it; ``accepted`` belong to it."""

    profile_id: str
    is_new: bool
    merges: tuple[str, ...]
    accepted: tuple[Identifier, ...]
    refused: tuple[Refusal, ...]


def resolve(identifiers: tuple[Identifier, ...], graph: Graph, rules: IdentityRules) -> Resolution:
    """Find the profile of an event by its identifiers, strongest first; at least one is needed."""
    owners = graph.owners
    target = owners.get(identifiers[0]) or _home(identifiers, graph, rules)
    is_new = target is None
    if target is None:
        target = profile_id(*identifiers[0])
    joined = _Joined(target, graph, rules)
    for identifier in identifiers:
        joined.add(identifier, owners.get(identifier))
    return Resolution(target, is_new, tuple(joined.merges), tuple(joined.accepted), tuple(joined.refused))


def is_known(held: Held, rules: IdentityRules) -> bool:
    """Tell a known person: one with an identifier of which there can be only one."""
    return any(rule.limit == 1 and held.get(rule.namespace) for rule in rules.identifiers)


def _home(identifiers: tuple[Identifier, ...], graph: Graph, rules: IdentityRules) -> str | None:
    """Find the profile of the strongest identifier that is known and can take the stronger, new ones too."""
    new: list[Identifier] = []
    for identifier in identifiers:
        owner = graph.owners.get(identifier)
        if owner is None:
            new.append(identifier)
        elif _has_room(graph.held[owner], new[0], rules):
            return owner
    return None


def _has_room(held: Held, identifier: Identifier, rules: IdentityRules) -> bool:
    values = held.get(identifier.namespace, ())
    return identifier.value in values or len(values) < _limit(identifier.namespace, rules)


def _limit(namespace: str, rules: IdentityRules) -> int:
    return next((rule.limit for rule in rules.identifiers if rule.namespace == namespace), 0)


class _Joined:
    """The target as it grows: what it holds with everything accepted so far."""

    def __init__(self, target: str, graph: Graph, rules: IdentityRules) -> None:
        self.target = target
        self.graph = graph
        self.rules = rules
        self.held = {ns: set(values) for ns, values in graph.held.get(target, {}).items()}
        self.merges: list[str] = []
        self.accepted: list[Identifier] = []
        self.refused: list[Refusal] = []

    def add(self, identifier: Identifier, owner: str | None) -> None:
        """Link the identifier, merge its owner, or refuse it with the reason."""
        if owner is None:
            self._link(identifier)
        elif owner == self.target or owner in self.merges:
            self.accepted.append(identifier)
        elif is_known(self.graph.held[owner], self.rules):
            self.refused.append(Refusal("shared_device", identifier, owner))
        elif self._fits(self.graph.held[owner]):
            self._merge(owner)
            self.accepted.append(identifier)
        else:
            self.refused.append(Refusal("over_limit", identifier, owner))

    def _link(self, identifier: Identifier) -> None:
        if _has_room(self.held, identifier, self.rules):
            self.held.setdefault(identifier.namespace, set()).add(identifier.value)
            self.accepted.append(identifier)
        else:
            self.refused.append(Refusal("over_limit", identifier, ""))

    def _fits(self, other: Held) -> bool:
        return all(
            len(self.held.get(ns, set()) | set(values)) <= _limit(ns, self.rules)
            for ns, values in other.items()
        )

    def _merge(self, owner: str) -> None:
        for ns, values in self.graph.held[owner].items():
            self.held.setdefault(ns, set()).update(values)
        self.merges.append(owner)
