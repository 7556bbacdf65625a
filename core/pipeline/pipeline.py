"""The one place where events, calls of the API and timers meet the engine and the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from itertools import repeat
from typing import Any

import structlog
from msgspec import structs

from core.engine import decode
from core.engine.cancelling import CANCELLED
from core.engine.governance import Permit
from core.engine.rule import RuleSet
from core.pipeline.arriving import all_arrived
from core.pipeline.calls import Call, call_event, remember, remembered
from core.pipeline.delays import Delays
from core.pipeline.filling import filled_ahead
from core.pipeline.form import stamp_forms
from core.pipeline.item import ECHO, NOBODY, SET_ASIDE, Item, aside, echo, in_order, take
from core.pipeline.memory import Memory
from core.pipeline.parking import park, release
from core.pipeline.pause import resume, still_paused
from core.pipeline.permit import UNKNOWN_PERSON, permit_row
from core.pipeline.privacy import DELETE, note
from core.pipeline.rows import event_row
from core.pipeline.working import WorkingSet
from core.ports import Clock, DeliveryRow, Judged, RawEvent, SetAside, StateRow, Store, Transaction
from core.trace import place_of

#: The same id within one source has no second effect for this long.
DEDUPE_SPAN = 7 * 24 * 3_600_000

#: A person whose timers could not be drained is looked at again after this long.
WAKE_AGAIN = 60_000

#: Profiles woken in one transaction, so that a burst of timers does not hold up events.
WAKE_BATCH = 200

log = structlog.get_logger()


class Pipeline:
    """Accepts events and calls, and wakes profiles; everything is judged inside the store's writer."""

    def __init__(self, store: Store, clock: Clock, rules: RuleSet) -> None:
        self.store = store
        self.clock = clock
        self.on_due: Callable[[int], None] = lambda due: None
        self._has_news = False
        self.delays = Delays()
        self._memory = Memory()
        self._rules = rules
        self.publish(rules)

    @property
    def rules(self) -> RuleSet:
        """Give the rules in force."""
        return self._rules

    def publish(self, rules: RuleSet) -> None:
        """Put a new set of rules in force between two transactions."""

        def swap(tx: Transaction) -> None:
            now = self.clock.now()
            self._rules = replace(published(tx, rules, now), paused=still_paused(tx, rules, now))
            stamp_forms(tx, rules, now)

        self.store.write(swap)

    def resume(self, trigger: str) -> bool:
        """Let a paused trigger go on, and tell whether it was paused."""

        def job(tx: Transaction) -> bool:
            if trigger not in self._rules.paused:
                return False
            resume(tx, trigger, self.clock.now())
            paused = {name: why for name, why in self._rules.paused.items() if name != trigger}
            self._rules = replace(self._rules, paused=paused)
            return True

        return self.store.write(job)

    def cancel(self, profile_id: str, journey_id: str, handed_over: Sequence[str]) -> bool:
        """End a person's journey by hand with the deliveries that it handed over; tell whether there was one."""

        def job(tx: Transaction) -> bool:
            people = WorkingSet(tx, self._rules, self.clock.now())
            owner = tx.profiles.canonical(profile_id)
            people.load_profiles([owner])
            found = owner in people.profiles and people.cancel(owner, journey_id)
            if found:
                people.cancelled |= dict.fromkeys(handed_over, CANCELLED)
            self.save(people)
            return found

        return self.store.write(job)

    def accept(self, source: str, items: Sequence[RawEvent | SetAside], received_at: int) -> list[str]:
        """Store and apply one request's items; gives each one's status once all are durable."""
        return self.submit(source, items, received_at).result()

    def submit(
        self, source: str, items: Sequence[RawEvent | SetAside], received_at: int
    ) -> Future[list[str]]:
        """Hand one request's items to the writer."""
        mapped = all_arrived(source, items, self._rules, repeat(received_at))
        return self.store.submit(lambda tx: self._apply(tx, source, mapped, received_at))

    def recall(
        self, source: str, items: Sequence[RawEvent | SetAside], arrivals: Sequence[int]
    ) -> Future[list[str]]:
        """Hand history to the writer, each item with its time of arrival: it is counted and fires nothing."""
        mapped = all_arrived(source, items, self._rules, arrivals)
        for item in mapped:
            item.event = structs.replace(item.event, quiet=True) if item.event else None
        return self.store.submit(lambda tx: self._apply(tx, source, mapped, self.clock.now()))

    def fire(
        self,
        trigger: str,
        identifiers: Mapping[str, str],
        metadata: Mapping[str, Any],
        *,
        idempotency_key: str | None,
        raw: bytes,
    ) -> str:
        """Fire a trigger for a person; gives the id by which to ask what became of it."""
        call = Call(trigger, identifiers, metadata, raw, idempotency_key or "")
        return self.store.write(lambda tx: self._fire(tx, call))

    def fill(self, rows: Sequence[StateRow]) -> int:
        """Fill what the rules measure newly of some people, and tell how many that was.

        They are filled here and only written in the writer. Whoever changed meanwhile was filled by that.
        """
        rules = self._rules
        done = filled_ahead(self.store.read, rows, rules, self.clock.now())

        def write(tx: Transaction) -> None:
            if rules.measures != self._rules.measures:
                return
            people = WorkingSet(tx, self._rules, self.clock.now())
            states = tx.profiles.states([row.id for row, _ in done])
            for row, profile in done:
                if states.get(row.id) == row.state:
                    people.stored[row.id] = decode(row.state)
                    people.adopt(profile)
            self.save(people)

        if done:
            self.store.write(write)
        return len(done)

    def take_news(self) -> bool:
        """Tell, in the writer's thread after a commit, whether it added deliveries since this was last asked."""
        news, self._has_news = self._has_news, False
        return news

    def tell_news(self) -> None:
        """Note that the commit under way adds deliveries."""
        self._has_news = True

    def wake(self, tx: Transaction) -> int | None:
        """Drain profiles that are due; gives when the next one is."""
        now = self.clock.now()
        due = tx.profiles.due(now, WAKE_BATCH)
        if due:
            people = WorkingSet(tx, self._rules, now, self._memory)
            people.load_profiles(due)
            for profile_id in list(people.profiles):
                _wake(people, profile_id)
            self.delays.note(people.decisions, now)
            self.save(people)
        return tx.profiles.first_due()

    def permit(self, tx: Transaction, row: DeliveryRow, now: int) -> Permit:
        """Say whether a message may leave, and let the person remember it when it may: what is counted is whole."""
        people = WorkingSet(tx, self._rules, now, self._memory)
        owner = tx.profiles.canonical(row.profile_id)
        people.load_profiles([owner])
        if owner not in people.profiles:
            return UNKNOWN_PERSON
        found = permit_row(people.profiles[owner], row, self._rules, now)
        if found.profile is not None:
            people.adopt(found.profile)
            self.save(people)
        return found

    def retake(self, tx: Transaction, source: str, items: list[Item]) -> None:
        """Let items act that are kept without effect; only those that have one now are written anew."""
        self._apply(tx, source, items, self.clock.now(), is_again=True)

    def _apply(
        self, tx: Transaction, source: str, items: list[Item], received_at: int, *, is_again: bool = False
    ) -> list[str]:
        fresh = self._admit(tx, source, items, received_at)
        people = WorkingSet(tx, self._rules, max(self.clock.now(), received_at), self._memory)
        people.load(item.event for item in fresh if item.event)
        rows = [take(people, item) for item in in_order(fresh)]
        for item in fresh:
            if item.reason == NOBODY and item.unknown == "park":
                park(tx, item, people.now)
        for item in items:
            is_asking = item.event and item.event.type == DELETE and item.status == SET_ASIDE
            if item.event and is_asking and not (is_again or item.is_public):
                note(tx, item.event)
        if is_again:
            rows = [row for row in rows if row.status == "applied"]
        else:
            taken = {id(item) for item in fresh}
            rows += [aside(tx, source, item, received_at) for item in items if id(item) not in taken]
        # What came by an import is known by its id for as long as what came just now.
        rows = [
            structs.replace(row, received_at=received_at, profile_id=people.standing(row.profile_id))
            for row in rows
        ]
        tx.events.add(sorted(rows, key=lambda row: row.seq))
        self.delays.note(people.decisions, people.now, since=received_at)
        self.save(people)
        return [Judged.of(item.status, item.reason) for item in items]

    def _admit(self, tx: Transaction, source: str, items: list[Item], received_at: int) -> list[Item]:
        """Give each event its arrival number, and leave out those seen before and those that cannot be used."""
        ids = [item.event.id for item in items if item.event]
        seen = tx.events.known(source, ids, received_at - DEDUPE_SPAN) if ids else set()
        fresh = []
        for item in items:
            if item.event is None:
                continue
            item.event = structs.replace(item.event, seq=tx.events.next_seq())
            if item.event.id in seen:
                item.status = "duplicate"
                continue
            seen.add(item.event.id)
            if not item.reason:
                fresh.append(item)
        return fresh

    def _fire(self, tx: Transaction, call: Call) -> str:
        now = self.clock.now()
        rules = self._rules
        call.check(rules)
        known = remembered(tx, call, now)
        if known:
            return known
        event = call_event(call, rules, tx.events.next_seq(), now)
        remember(tx, call, event.id, now)
        caused = echo(event, rules.policy.hops)
        if caused:
            tx.events.add([event_row(event, call.raw, status=ECHO, reason=caused)])
            return event.id
        people = WorkingSet(tx, rules, now, self._memory)
        people.load([event])
        profile = people.take(event)
        tx.events.add([event_row(event, call.raw, status="applied", profile_id=profile.id)])
        self.save(people)
        return event.id

    def save(self, people: WorkingSet) -> None:
        """Write people back with all that came of it, and tell those who wait for it."""
        people.save()
        if people.paused:
            self._rules = replace(self._rules, paused={**self._rules.paused, **people.paused})
        self._has_news = self._has_news or bool(people.actions)
        if people.earliest_due is not None:
            self.on_due(people.earliest_due)
        then = release(people, people.now - DEDUPE_SPAN, self._memory)
        if then is not None:
            self.save(then)


def _wake(people: WorkingSet, profile_id: str) -> None:
    """Drain one person's timers; a fault there is logged and must not hold up everyone else's."""
    try:
        people.wake(profile_id)
    except Exception as problem:
        log.error("wake_failed", profile_id=profile_id, error=type(problem).__name__, place=place_of(problem))
        people.postpone(profile_id, people.now + WAKE_AGAIN)


def published(tx: Transaction, rules: RuleSet, now: int) -> RuleSet:
    """Stamp each trigger with the arrival number from which its present ``when`` applies."""
    last = tx.events.next_seq()
    triggers = {}
    for name, trigger in rules.triggers.items():
        stamp = tx.keys.get(f"since:{name}") or ""
        anchor_hash, _, since = stamp.rpartition(" ")
        if anchor_hash != trigger.anchor_hash or trigger.status == "draft":
            since = str(last)
            anchor_hash = "" if trigger.status == "draft" else trigger.anchor_hash
            tx.keys.put(f"since:{name}", f"{anchor_hash} {since}", now)
        triggers[name] = replace(trigger, since=int(since))
    return replace(rules, triggers=triggers)
