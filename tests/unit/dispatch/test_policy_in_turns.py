"""Caps and groups in whatever order events come, messages leave, time passes and the store is opened again."""

from __future__ import annotations

import json
import threading
from collections import Counter
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from crowded import CHANNELS, DAY, Crowd
from firing_crowd import closing, decisions, firing, shop
from hypothesis import given, settings
from hypothesis import strategies as st

from core.dispatch.intent import NothingDue, claim
from core.engine.policy import Group, MessageCap, Policy
from core.ports import RawEvent, Status, Transaction

HOUR = 3_600_000
STEPS = st.sampled_from(("fire", "leave", "both", "an hour", "a day", "opened again"))


@settings(max_examples=12)
@given(steps=st.lists(STEPS, min_size=3, max_size=14))
def test_rules_hold_in_any_order_of_threads_and_restarts(steps: list[str]) -> None:
    """Events and sends by several threads at once, time that passes, a store that is closed and opened, in turns."""
    caps = (MessageCap(2, 3 * HOUR), MessageCap(3, "day", over="hold"))
    rules = firing(Policy(caps=caps, groups={"g": Group(2, 2 * HOUR)}))
    with TemporaryDirectory() as folder:
        made = Turns(shop(Path(folder), rules))
        for step in (*steps, "a day", "leave"):
            made.take(step)
            if step == "opened again":
                now = made.crowd.world.clock.at
                closing(made.crowd)
                made.crowd = shop(Path(folder), rules)
                made.crowd.world.clock.at = now
        times: dict[str, list[int]] = {}
        for row in made.crowd.rows():
            times.setdefault(row.profile_id, []).extend(attempt.started_at for attempt in row.attempts)
        fired: dict[str, list[int]] = {}
        for decision in decisions(made.crowd):
            fired.setdefault(decision.profile_id, []).extend([decision.at] * (decision.outcome == "fired"))
        closing(made.crowd)
    assert all(fullest(mine, 3 * HOUR) <= 2 for mine in times.values())
    assert all(max(Counter(one // DAY for one in mine).values(), default=0) <= 3 for mine in times.values())
    assert all(fullest(mine, 2 * HOUR) <= 2 for mine in fired.values())


def fullest(times: list[int], per: int) -> int:
    """Count the fullest window of a length, both ends included."""
    return max((sum(end - per <= one <= end for one in times) for end in times), default=0)


class Turns:
    """Lets threads do one thing at a time, or two."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd
        self.count = 0

    def take(self, step: str) -> None:
        """Take one step, to its end."""
        world = self.crowd.world
        world.clock.at += {"an hour": HOUR, "a day": DAY}.get(step, 0)
        jobs = {"fire": [self.fire] * 3, "leave": [self.leave] * 3, "both": [self.fire, self.leave] * 2}
        threads = [threading.Thread(target=job) for job in jobs.get(step, [])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def fire(self) -> None:
        """Let three people do what the triggers answer."""
        made = self.crowd
        for person in range(3):
            self.count += 1
            message = f"m{self.count}-{threading.get_ident()}"
            base = {"type": "track", "event": "Go", "messageId": message, "userId": f"u{person}"}
            raw = RawEvent(json.dumps(base).encode(), base)
            made.pipeline.accept("shop", [raw], made.world.clock.now())

    def leave(self) -> None:
        """Commit the intents of what is due by either channel."""
        for lane in CHANNELS.values():
            with suppress(NothingDue):
                while True:
                    self.crowd.world.store.write(lambda tx, lane=lane: self.claim(tx, lane))

    def claim(self, tx: Transaction, lane: str) -> None:
        """Judge what is due, and finish what would be sent."""
        made = self.crowd
        found = claim(tx, lane, now=made.world.clock.now(), limit=3, may_send=made.pipeline.permit)
        for row in found.sending:
            row.status = Status.DELIVERED
            tx.deliveries.save(row)
