"""A shop whose traffic is drawn by lot, with an audit over it and ways to lose things behind its back."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from embedded.world import MINUTE, World, compiled

from core.engine import decode, encode, next_due
from core.runners.audit.audit import Audit, Request
from core.runners.audit.finding import Report
from core.store.database import FILE

HOUR = 60 * MINUTE

CART = """
trigger: cart
status: live
when: {event: Product Added, not_followed_by: Order Completed, within: 15m, key: =properties.cart_id}
limits: {cap: {times: 100, per: 1d}}
do:
  - braze.track_event: {external_id: =profile.id, name: Cart left}
  - wait: 1h
  - braze.track_event: {external_id: =profile.id, name: Cart still left}
"""

VIEWS = """
trigger: views
status: live
when: {count: {event: Product Viewed, at_least: 2, within: 10m}}
limits: {cooldown: 1h}
do:
  - braze.track_event: {external_id: =profile.id, name: Interested}
"""

BOUGHT = """
trigger: bought
status: live
when: {event: Order Completed}
limits: {cap: {times: 100, per: 1d}}
do:
  - braze.track_event: {external_id: =profile.id, name: Bought}
"""

QUIET = """
trigger: quiet
status: live
when: {inactive_for: 2h}
limits: {cap: {times: 100, per: 1d}}
do:
  - braze.track_event: {external_id: =profile.id, name: Gone quiet}
"""

HELLO = """
message: hello
purpose: transactional
valid_for: 1h
channels:
  sms: {via: twilio.send_message, body: Hello}
"""

HELLO_TRIGGER = """
trigger: hello
status: live
when: {event: Signed Up}
limits: {once: true}
do:
  - send: hello
"""

RULES = {"cart": CART, "views": VIEWS, "bought": BOUGHT, "quiet": QUIET}
NAMES = ("Product Added", "Product Viewed", "Product Viewed", "Order Completed", "Other")


class Shop(World):
    """A world whose rules know more than one kind of anchor, and whose traffic is drawn by lot."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.pipeline.publish(compiled(folder / "rules", **RULES))
        self.lot = random.Random(7)

    def traffic(self, events: int = 120) -> None:
        """Send a few hours of events: some late, some anonymous, some that join two people, some in one request."""
        for _ in range(events):
            self.clock.time += self.lot.randrange(4 * MINUTE)
            self.wake()
            self.send(*(self.drawn() for _ in range(self.lot.choice((1, 1, 1, 3)))))

    def drawn(self) -> dict[str, Any]:
        """Draw one call."""
        lot, user = self.lot, f"u{self.lot.randrange(6)}"
        at = self.clock.time - lot.choice((0, 0, 0, 0, lot.randrange(40 * MINUTE)))
        who = {"userId": user, "anonymousId": f"a{lot.randrange(8)}"}
        for name in lot.choice(((), ("userId",), ("anonymousId",), ("anonymousId",))):
            del who[name]
        self.count += 1
        call = {
            "type": "track",
            "event": lot.choice(NAMES),
            "messageId": f"m{self.count}",
            "timestamp": at,
            **who,
        }
        if lot.random() < 0.1:
            return {**call, "type": "identify"}
        return {**call, "properties": {"cart_id": f"c{lot.randrange(3)}"}}

    def wake(self) -> None:
        """Drain what is due, as the thread of the timers does."""
        while (first := self.store.write(self.pipeline.wake)) is not None and first <= self.clock.time:
            pass

    def audit(self, *, repair: bool = False, **more: Any) -> Report:
        """Run the audit over everything."""
        audit = Audit(self.folder / "data" / FILE, self.pipeline.rules, self.clock, write=self.store.write)
        return audit.run(Request(since=0, repair=repair, **more))

    def spoil(self, *statements: str) -> None:
        """Change the store behind its back."""

        def job(tx: Any) -> None:
            for statement in statements:
                tx.connection.execute(statement)

        self.store.write(job)

    def column(self, query: str) -> list[Any]:
        """Ask the store."""
        with closing(sqlite3.connect(self.folder / "data" / FILE)) as db:
            return [row[0] for row in db.execute(query)]


def told(report: Report) -> list[tuple[str, str, str]]:
    """Give what a report finds missing."""
    return [(one.kind, one.trigger, one.reason) for one in report.findings if one.verdict == "missing"]


def lost(shop: Shop, ids: list[str], table: str) -> None:
    """Delete rows by id."""
    quoted = ", ".join(f"'{one}'" for one in ids)
    shop.spoil(f"DELETE FROM {table} WHERE id IN ({quoted})")


def forget(shop: Shop, part: str) -> None:
    """Take a part out of everyone's state, as if it had never been written."""

    def job(tx: Any) -> None:
        for profile_id in shop.column("SELECT id FROM profiles"):
            profile = decode(tx.profiles.states([profile_id])[profile_id])
            getattr(profile, part).clear()
            tx.profiles.put([(profile_id, encode(profile), next_due(profile))])

    shop.store.write(job)
