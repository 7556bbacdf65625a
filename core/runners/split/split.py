"""Who leaves with what: identifiers, older ids and events."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from core.engine import Profile, decode
from core.engine.digest import derive, profile_id
from core.engine.event import Identifier
from core.engine.rule import RuleSet
from core.errors import OperatorError
from core.ports import EventRow
from core.runners.audit.standing import standing_of
from core.runners.split.remake import Remaking, remake
from core.store.journal import Journal
from core.store.parting import Side


class Split:
    """Reads what a person has, and makes the one who stays and the one who leaves of it."""

    def __init__(self, path: Path, rules: RuleSet) -> None:
        self._journal = Journal(path)
        self._rules = rules
        self._standing = standing_of(rules, self._journal)

    def close(self) -> None:
        """Close what was read from."""
        self._journal.close()

    def sides(self, person_id: str, leaving: Collection[Identifier], now: int) -> tuple[Side, Side]:
        """Make both people as they would be: the one who stays and the one who leaves."""
        kept = self._journal.states([person_id])[person_id]
        person = decode(kept.state)
        held = identifiers_of(person, self._rules)
        check(leaving, held)
        rows = list(self._journal.events(self._journal.seqs_of([person_id])))
        ids = {person.id, *person.merged_from}
        chosen = [[one for one in held if (one in leaving) is leaves] for leaves in (False, True)]
        derived = [[profile_id(*one) for one in side if profile_id(*one) in ids] for side in chosen]
        # An id that no identifier of the leaver explains stays.
        derived[0] += sorted(ids.difference(*derived))
        split = [[row for row in rows if leads(row, held, leaving) is leaves] for leaves in (False, True)]
        made = []
        for place in (0, 1):
            named = sorted(set(derived[place])) or [self._new_id(person, chosen[place][0])]
            remaking = Remaking(
                journal=self._journal,
                standing=self._standing,
                person=person,
                own=chosen[place],
                rows=split[place],
                others=frozenset(row.timestamp for row in split[1 - place]),
                now=now,
                has_rest=place == 0,
            )
            events = frozenset(row.id for row in split[place])
            made.append(Side(remake(remaking, named), named[1:], [row.seq for row in split[place]], events))
        return made[0], made[1]

    def _new_id(self, person: Profile, strongest: Identifier) -> str:
        """Name somebody who never had an id: as a new person with this identifier would be named."""
        usual = profile_id(*strongest)
        return derive("p", "split", person.id, *strongest) if self._journal.is_taken(usual) else usual


def identifiers_of(person: Profile, rules: RuleSet) -> list[Identifier]:
    """Give a person's identifiers, strongest first."""
    order = {rule.namespace: place for place, rule in enumerate(rules.identity.identifiers)}
    found = [
        Identifier(ns, value)
        for ns, values in person.identifiers.items()
        for value in sorted(values, key=values.__getitem__)
    ]
    return sorted(found, key=lambda one: order.get(one.namespace, len(order)))


def check(leaving: Collection[Identifier], held: Sequence[Identifier]) -> None:
    """Refuse to part what is not joined, and to leave nobody behind."""
    for one in leaving:
        if one not in held:
            told = ", ".join(f"{each.namespace} {each.value}" for each in held)
            raise OperatorError(
                f"{one.namespace} {one.value} is not this person's.", hint=f"The person has {told}."
            )
    if not leaving or len(set(leaving)) == len(held):
        raise OperatorError(
            "Nobody would stay." if leaving else "Nobody would leave.",
            hint="Name with --into those identifiers, and not all of them, that become another person.",
        )


def leads(row: EventRow, held: Sequence[Identifier], leaving: Collection[Identifier]) -> bool:
    """Tell whether an event goes with who leaves: its strongest identifier that the person has decides."""
    named = [Identifier(ns, value) for ns, values in row.identifiers.items() for value in values]
    return next((one in leaving for one in named if one in held), False)
