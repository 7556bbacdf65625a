"""Many people with many messages that are due, and a dispatcher that judges them as the server does.

``CUEWIRE_QUEUED`` says how many messages there are; 10,000 is the full proof.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from dispatch_world import START, Scripted, World, delivery, eventually

from core.dispatch import Dispatcher
from core.engine import decode, encode, new_profile
from core.engine.digest import stop_id
from core.engine.policy import Policy
from core.engine.profile import Consent
from core.engine.rule import IdentityRules, RuleSet
from core.pipeline import Pipeline
from core.ports import DeliveryRow, Filter, Pace, Status, Transaction

QUEUED = int(os.environ.get("CUEWIRE_QUEUED", "2000"))
DAY = 86_400_000
PEOPLE = 100
EACH = QUEUED // PEOPLE
PACE = Pace(concurrency=32, per_second=1_000_000, burst=1_000_000)

#: Both lanes together; each has its own threads.
CHANNELS = {"email": "mail", "sms": "text"}


@dataclass
class Crowd:
    """A hundred people, each with as many messages that are due now, half of them by each channel."""

    world: World
    pipeline: Pipeline
    vendors: list[Scripted] = field(default_factory=lambda: [Scripted(name) for name in CHANNELS.values()])

    def fill(self) -> None:
        """Store the people, who have agreed, and their messages."""

        def job(tx: Transaction) -> None:
            people = [new_profile(f"p{number}", START) for number in range(PEOPLE)]
            for person in people:
                person.consent["marketing/"] = Consent(granted=True, at=START, source="test")
            tx.profiles.put([(person.id, encode(person), None) for person in people])
            tx.deliveries.add([self.message(number) for number in range(PEOPLE * EACH)])

        self.world.store.write(job)

    def message(self, number: int) -> DeliveryRow:
        """Make one of the messages."""
        channel = ("email", "sms")[number // PEOPLE % 2]
        return delivery(
            f"d{number}",
            person=f"p{number % PEOPLE}",
            destination=CHANNELS[channel],
            channel=channel,
            purpose="marketing",
        )

    def withdraw(self) -> None:
        """Let everyone withdraw their consent, in one transaction."""

        def job(tx: Transaction) -> None:
            for one, state in tx.profiles.states([f"p{number}" for number in range(PEOPLE)]).items():
                person = decode(state)
                person.consent["marketing/"] = Consent(granted=False, at=START, source="test")
                tx.profiles.put([(one, encode(person), None)])

        self.world.store.write(job)

    def run(self) -> Dispatcher:
        """Start a dispatcher that judges as the server does."""
        made = Dispatcher(
            self.world.store,
            {vendor.name: vendor for vendor in self.vendors},
            self.world.clock,
            self.pipeline.permit,
            paces=dict.fromkeys(CHANNELS.values(), PACE),
        )
        made.start()
        self.world.running.append(made)
        return made

    def calls(self) -> list[str]:
        """Give what was really sent."""
        return [call for vendor in self.vendors for call in vendor.calls]

    def has_sent(self, least: int) -> None:
        """Wait until some messages have left."""
        eventually(lambda: len(self.calls()) >= least)

    def is_done(self) -> None:
        """Wait until no message waits or is under way."""
        eventually(lambda: sum(self.open().values()) == 0)

    def is_settled(self) -> bool:
        """Tell whether nothing is under way, and all that waits waits for a later moment."""
        waiting = [row.due_at for row in self.rows() if row.status == Status.SCHEDULED]
        return self.open()["sending"] == 0 and all(due > self.world.clock.now() for due in waiting)

    def open(self) -> Counter[str]:
        """Count what is not finished, by status."""
        counts = self.world.store.read.counts()
        return Counter(
            {one: counts.get(f"deliveries.{one}", 0) for one in ("scheduled", "sending", "retrying")}
        )

    def committed(self) -> list[DeliveryRow]:
        """Give what had left or was about to, when every commit before this one was over."""
        self.world.store.write(lambda tx: None)
        return [row for row in self.rows() if row.status in (Status.SENDING, Status.DELIVERED)]

    def are_stops_told(self) -> bool:
        """Tell whether there is one decision on each message that was suppressed, and no other."""
        told: Counter[str] = Counter()
        cursor: str | None = ""
        while cursor is not None:
            page = self.world.store.read.decisions(Filter(status="not_met", limit=500, cursor=cursor))
            told.update(decision.id for decision in page.rows)
            cursor = page.next
        stopped = [row for row in self.rows() if row.status == Status.SUPPRESSED]
        return bool(stopped) and told == Counter(stop_id(row.id, row.due_at) for row in stopped)

    def rows(self) -> Iterator[DeliveryRow]:
        """Read every delivery."""
        cursor = ""
        while True:
            page = self.world.store.read.deliveries(Filter(limit=500, cursor=cursor))
            yield from page.rows
            if not page.next:
                return
            cursor = page.next


def a_moment() -> None:
    """Give what must not happen the time to happen: there is nothing to wait for."""
    threading.Event().wait(0.2)


def crowd(world: World, policy: Policy) -> Crowd:
    """Fill a world."""
    rules = replace(RuleSet("1", IdentityRules(()), {}, {}), policy=policy)
    made = Crowd(world, Pipeline(world.store, world.clock, rules))
    made.fill()
    return made
