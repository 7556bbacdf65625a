"""The people one transaction is about: loaded once, changed in memory, written back once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import structs

from core.engine import (
    Applied,
    Graph,
    Profile,
    Resolution,
    apply,
    encode,
    merge,
    new_profile,
    next_due,
    resolve,
    wake,
)
from core.engine.cancelling import cancel as cancel_journey
from core.engine.decision import Action, Conversion, Decision
from core.engine.event import Event, Identifier
from core.engine.membership import as_news
from core.engine.rule import RuleSet
from core.pipeline.apart import NOBODY_APART, Apart
from core.pipeline.cancelling import cancel, why_cancelled
from core.pipeline.filling import filled
from core.pipeline.ledger import joined, said
from core.pipeline.memory import Memory
from core.pipeline.pause import Firings
from core.pipeline.rows import conversion_row, delivery_row
from core.pipeline.telling import Teller
from core.ports import ConsentRow, DecisionRow, DeliveryRow, LinkRow, Transaction


class People:
    """Profiles and owners in memory, changed by events and timers, and what came of it so far.

    ``apart`` says who was split by hand and is not joined again.
    """

    def __init__(self, rules: RuleSet, now: int, apart: Apart = NOBODY_APART) -> None:
        self.rules = rules
        self.now = now
        self.apart = apart
        self.profiles: dict[str, Profile] = {}
        self.owners: dict[Identifier, str] = {}
        self.dirty: set[str] = set()
        self.late = 0
        self.decisions: list[Decision] = []
        self.actions: list[Action] = []
        self.cancelled: dict[str, str] = {}
        self.conversions: list[Conversion] = []
        self.consents: list[ConsentRow] = []
        self.merges: list[tuple[str, str]] = []
        self.new_links: list[tuple[str, str, str]] = []
        self.log: list[LinkRow] = []

    def take(self, event: Event) -> Profile:
        """Resolve and apply one event; nothing is changed here when it raises."""
        refused = self.apart.refused(event, self.owners, self.profiles)
        if refused:
            event = structs.replace(
                event, identifiers=tuple(i for i in event.identifiers if i not in refused)
            )
        owners = {self.owners[i] for i in event.identifiers if i in self.owners}
        held = {owner: self.profiles[owner].identifiers for owner in owners}
        resolution = resolve(event.identifiers, Graph(self.owners, held), self.rules.identity)
        results, profile = self._join(resolution, event)
        is_late = not event.quiet and event.timestamp + event.lateness < profile.clock
        accepted = as_news(structs.replace(event, identifiers=resolution.accepted), profile)
        applied = apply(profile, accepted, self.rules, self.now)
        self._keep([*results, applied])
        self.consents += joined(results, applied.profile.id, event) + said(accepted, applied.profile)
        self._link(resolution, event, applied.profile)
        self.late += is_late
        for identifier in refused:
            self._note("kept_apart", identifier, event, applied.profile.id, self.owners.get(identifier, ""))
        return applied.profile

    def wake(self, profile_id: str) -> None:
        """Drain one profile by the clock."""
        self._keep([wake(self.profiles[profile_id], self.now, self.rules)])

    def cancel(self, profile_id: str, journey_id: str) -> bool:
        """End a journey by hand, and tell whether there was one."""
        applied = cancel_journey(self.profiles[profile_id], self.rules, self.now, journey_id)
        if applied is not None:
            self._keep([applied])
        return applied is not None

    def deliveries(self) -> list[DeliveryRow]:
        """Give what there is to do outside."""
        return [delivery_row(action, self.now) for action in self.actions]

    def clear(self) -> None:
        """Forget what came of it so far."""
        came = (self.decisions, self.actions, self.cancelled, self.conversions, self.consents)
        for done in (*came, self.merges, self.new_links, self.log):
            done.clear()
        self.dirty.clear()
        self.late = 0

    def _join(self, resolution: Resolution, event: Event) -> tuple[list[Applied], Profile]:
        """Merge what turns out to be one person, each drained up to the event that joins them."""
        if resolution.is_new:
            return [], new_profile(resolution.profile_id, event.timestamp)
        profile = self.profiles[resolution.profile_id]
        results = []
        for other in resolution.merges:
            both = [self._drained(p, event) for p in (profile, self.profiles[other])]
            results += both
            profile = merge(both[0].profile, both[1].profile)
        return results, profile

    def _drained(self, profile: Profile, event: Event) -> Applied:
        """Let a person's timers fire up to an event; history lets none fire."""
        return Applied(profile, (), ()) if event.quiet else wake(profile, event.timestamp, self.rules)

    def _keep(self, results: list[Applied]) -> None:
        for applied in results:
            self.decisions += applied.decisions
            self.actions += applied.actions
            self.conversions += applied.conversions
            self.cancelled |= {one: why_cancelled(one, applied) for one in applied.cancelled}
        profile = results[-1].profile
        self.profiles[profile.id] = profile
        self.dirty.add(profile.id)

    def _link(self, resolution: Resolution, event: Event, profile: Profile) -> None:
        for identifier in resolution.accepted:
            if self.owners.get(identifier) is None:
                self.new_links.append((*identifier, profile.id))
                self._note("linked", identifier, event, profile.id)
            self.owners[identifier] = profile.id
        for refused in resolution.refused:
            self._note(refused.kind, refused.identifier, event, profile.id, refused.owner)
        for loser in {resolution.profile_id, *resolution.merges} - {profile.id}:
            self._absorb(loser, profile.id, event)

    def _absorb(self, loser: str, winner: str, event: Event) -> None:
        self.merges.append((loser, winner))
        gone = self.profiles.pop(loser)
        self.dirty.discard(loser)
        for namespace, values in gone.identifiers.items():
            for value in values:
                identifier = Identifier(namespace, value)
                if self.owners.get(identifier) == loser:
                    self.owners[identifier] = winner
        self._note("merged", Identifier("", ""), event, winner, loser)

    def _note(
        self, kind: str, identifier: Identifier, event: Event, profile_id: str, other: str = ""
    ) -> None:
        row = LinkRow(kind, profile_id, *identifier, event_id=event.id, at=event.timestamp, other_id=other)
        self.log.append(row)


class WorkingSet(People):
    """The people of one transaction: loaded once, written back once.

    ``stored`` holds them as they were found, ``known`` as others know them already, ``heads`` the last event that each
    took here, ``paused`` the triggers that fired too often.
    """

    def __init__(self, tx: Transaction, rules: RuleSet, now: int, memory: Memory | None = None) -> None:
        super().__init__(rules, now, Apart(tx.profiles.apart()))
        self.tx = tx
        self.memory = memory or Memory()
        self.stored: dict[str, Profile] = {}
        self.known: dict[str, Profile] = {}
        self.heads: dict[str, int] = {}
        self.earliest_due: int | None = None
        self.postponed: dict[str, int] = {}
        self.paused: Mapping[str, str] = {}
        self._firings = Firings(tx, rules.policy.guard, now) if rules.policy.guard else None

    def load(self, events: Iterable[Event]) -> None:
        """Fetch everyone whom these events may be about, in two questions."""
        wanted = {identifier for event in events for identifier in event.identifiers}
        found = self.tx.profiles.owners(wanted)
        self.owners = {Identifier(*pair): owner for pair, owner in found.items()}
        self.load_profiles(set(found.values()))

    def load_profiles(self, ids: Iterable[str]) -> None:
        """Fetch profiles by id; what the rules measure newly is filled at once, so that no event misses it."""
        for profile_id, state in self.tx.profiles.states(ids).items():
            stored = self.stored[profile_id] = self.memory.recall(profile_id, state)
            self.adopt(filled(self.tx.events, stored, self.rules, self.now))

    def adopt(self, profile: Profile) -> None:
        """Take someone as they are found, or as they have been filled."""
        self.profiles[profile.id] = self.known[profile.id] = profile
        if profile is not self.stored.get(profile.id):
            self.dirty.add(profile.id)

    def take(self, event: Event) -> Profile:
        """Apply one event, and remember whose last one it is."""
        profile = super().take(event)
        self.heads[profile.id] = max(event.seq, self.heads.get(profile.id, 0))
        if event.quiet:
            self.known[profile.id] = profile
        return profile

    def _keep(self, results: list[Applied]) -> None:
        """Keep what came of it; a trigger that fires too often is paused before anyone else is judged."""
        super()._keep(results)
        if self._firings:
            for applied in results:
                self.rules = self._firings.watch(applied.decisions, self.rules)

    def standing(self, profile_id: str) -> str:
        """Give the id under which someone goes after the merges made here."""
        merged = dict(self.merges)
        while profile_id in merged:
            profile_id = merged[profile_id]
        return profile_id

    def postpone(self, profile_id: str, until: int) -> None:
        """Leave a profile as it is and look at its timers again later."""
        self.postponed[profile_id] = until
        self.dirty.add(profile_id)

    def save(self) -> None:
        """Write everything, in as few statements as there are kinds of rows."""
        profiles = self.tx.profiles
        if self.new_links:
            profiles.link(self.new_links)
        for loser, winner in self.merges:
            profiles.merge(loser, winner)
        people = [self.profiles[one] for one in sorted(self.dirty)]
        rows = [(p.id, encode(p), self.postponed.get(p.id) or next_due(p)) for p in people]
        if rows:
            for person, (_, state, _) in zip(people, rows, strict=True):
                self.memory.keep(person, state)
            profiles.put(rows, self._last_events())
            self._measure(people)
        if self.late:
            self.tx.events.count_late(self.late)
        if self.log:
            profiles.log(self.log)
        if self.decisions:
            self.tx.decisions.add([DecisionRow.of(decision) for decision in self.decisions])
        if self.rules.tellings:
            self.actions += self._told(people)
        if self.actions:
            self.tx.deliveries.add(self.deliveries())
        cancel(self.tx, self.cancelled)
        if self._firings:
            self.paused = self._firings.save()
        if self.conversions:
            self.tx.conversions.add([conversion_row(one) for one in self.conversions])
        if self.consents:
            self.tx.consents.add(self.consents)
        self.earliest_due = min((due for _, _, due in rows if due is not None), default=None)

    def _told(self, people: Iterable[Profile]) -> Iterator[Action]:
        """Give what destinations hear of that no trigger tells them."""
        teller = Teller(self.rules, self.now)
        yield from teller.of_people([(self.known.get(one.id), one) for one in people], self.heads)
        about = ((one, self.profiles.get(self.standing(one.profile_id))) for one in self.decisions)
        yield from teller.of_decisions((one, person) for one, person in about if person)

    def _last_events(self) -> dict[str, int]:
        """Give the last event of each; those of a person merged here are the other's."""
        last: dict[str, int] = {}
        for profile_id, seq in self.heads.items():
            standing = self.standing(profile_id)
            last[standing] = max(seq, last.get(standing, 0))
        return last

    def _measure(self, people: Iterable[Profile]) -> None:
        """Write down which measures people cover and which segments they are in, where that has changed."""
        stamps, entered, left = [], [], []
        for profile in people:
            stored = self.stored.get(profile.id)
            before = stored.members if stored else {}
            if profile.measures != (stored.measures if stored else ""):
                stamps.append((profile.measures, profile.id))
            if profile.members != before:
                entered += [
                    (name, profile.id, at) for name, at in profile.members.items() if before.get(name) != at
                ]
                left += [(name, profile.id) for name in before if name not in profile.members]
        if stamps:
            self.tx.profiles.stamp(stamps)
        if entered:
            self.tx.profiles.enter(entered)
        if left:
            self.tx.profiles.leave(left)
