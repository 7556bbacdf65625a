"""Triggers that fire for many people at once: their rules, and threads that let events come."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from crowded import CHANNELS, PEOPLE, QUEUED, Crowd
from dispatch_world import START, ManualClock, World

from core.engine.formula import compile_formula
from core.engine.instant import iso
from core.engine.policy import Policy
from core.engine.rule import (
    Act,
    EventAnchor,
    IdentifierRule,
    IdentityRules,
    Limits,
    Pattern,
    Purpose,
    RuleSet,
    SourceMapping,
    Trigger,
)
from core.engine.value import Literal
from core.pipeline import Pipeline
from core.ports import DecisionRow, Filter, RawEvent
from core.store.embedded import open_store

THREADS, REQUEST = 4, 20
FIRINGS = QUEUED // 4
SHOP = SourceMapping("shop", "segment", {"user_id": (compile_formula("event.userId"),)})


def firing(policy: Policy) -> RuleSet:
    """Give two triggers of one group that write by both channels at each event."""
    acts = tuple(
        Act(CHANNELS[channel], "at_most_once", {"to": Literal("x")}, channel=channel, purpose="transactional")
        for channel in CHANNELS
    )
    purposes = {"transactional": Purpose("transactional", consent_required=False)}
    triggers = {
        name: Trigger(
            name,
            EventAnchor((Pattern("Go"),)),
            acts,
            status="live",
            limits=Limits(),
            group="g",
            anchor_hash=f"{name}!",
        )
        for name in ("first", "second")
    }
    identity = IdentityRules((IdentifierRule("user_id", 10),))
    return RuleSet("1", identity, {"shop": SHOP}, triggers, policy=policy, purposes=purposes)


class Fire:
    """Threads that let everyone do what the triggers answer, as fast as they can."""

    def __init__(self, made: Crowd, first: int = 0) -> None:
        self._made = made
        self._threads = [
            threading.Thread(target=self._run, args=(first + number,)) for number in range(THREADS)
        ]
        self.answers: list[str] = []
        for thread in self._threads:
            thread.start()

    def _run(self, thread: int) -> None:
        for begin in range(0, FIRINGS // THREADS, REQUEST):
            calls = [self._call(thread, begin + number) for number in range(REQUEST)]
            items = [RawEvent(json.dumps(call).encode(), call) for call in calls]
            self.answers += self._made.pipeline.accept("shop", items, START)
            self._made.world.look()

    def _call(self, thread: int, number: int) -> dict[str, Any]:
        who = (thread * 31 + number) % PEOPLE
        message = f"m{thread}-{number}"
        base = {"type": "track", "event": "Go", "timestamp": iso(START), "messageId": message}
        return {**base, "userId": f"u{who}"}

    def join(self) -> None:
        """Wait until every event is in."""
        for thread in self._threads:
            thread.join()
        assert set(self.answers) == {"applied"}


def shop(folder: Path, rules: RuleSet) -> Crowd:
    """Open the store of a folder, anew each time."""
    clock = ManualClock()
    store = open_store(folder / "data", clock=clock)
    return Crowd(World(store, clock), Pipeline(store, clock, rules))


def closing(made: Crowd) -> None:
    """Stop the dispatcher and close the store."""
    made.world.close()
    made.world.store.close()


def decisions(made: Crowd) -> list[DecisionRow]:
    """Read every decision."""
    rows: list[DecisionRow] = []
    cursor = ""
    while True:
        page = made.world.store.read.decisions(Filter(limit=500, cursor=cursor))
        rows += page.rows
        if not page.next:
            return rows
        cursor = page.next
