"""Many people with all pairs of consent states in one store, each asked for every purpose by every channel."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from embedded.published import rules_of
from embedded.world import MINUTE, World

from core.dispatch.intent import NothingDue, claim
from core.engine.instant import iso
from core.engine.rule import Act, EventAnchor, Limits, Pattern, RuleSet, Trigger
from core.engine.value import Literal
from core.ports import DeliveryRow, Filter, RawEvent, Status, Transaction

CHANNELS = ("sms", "email", "push")
#: One that is spoken of, one that seldom is, one that needs no consent, and one that no file names.
PURPOSES = ("marketing", "news", "transactional", "nowhere")
CELLS = tuple(product(PURPOSES, CHANNELS))

IDENTIFIERS = (
    "identifiers: {user_id: =event.userId, anonymous_id: =event.anonymousId, phone: =traits.phone}\n"
)
FILES = {
    "policy.yaml": """
purposes:
  marketing: {consent: required}
  news: {consent: required}
  transactional: {consent: not_needed}
quiet_hours: {from: "21:00", to: "08:00", zone: =profile.traits.timezone, otherwise: UTC}
""",
    "sources/shop.yaml": f"source: shop\nuses: segment\n{IDENTIFIERS}traits: {{from: [traits]}}\n"
    "consent: {marketing: {sms: =properties.sms, email: =properties.email}, news: {email: =properties.news}}\n",
    "sources/site.yaml": f"source: site\nuses: segment\n{IDENTIFIERS}consent: {{marketing: =properties.all}}\n",
}


class Said(NamedTuple):
    """A yes or a no, some minutes into its part of the story; an empty channel means all."""

    purpose: str
    channel: str
    granted: bool
    at: int


YES, NO = Said("marketing", "", True, 1), Said("marketing", "", False, 1)
YES_SMS, NO_SMS = Said("marketing", "sms", True, 2), Said("marketing", "sms", False, 2)

#: In the order in which they arrive, which is not always that of their times.
STATES: tuple[tuple[Said, ...], ...] = (
    (),
    (YES,),
    (NO,),
    (YES_SMS,),
    (NO_SMS,),
    (YES, NO_SMS),
    (NO, YES_SMS),
    (YES, NO._replace(at=1), Said("news", "email", True, 1)),
    (Said("marketing", "email", True, 3), Said("marketing", "email", False, 2)),
)
PAIRS = tuple(product(STATES, STATES))


def asking() -> Trigger:
    """Give a trigger that writes for every purpose by every channel at once, so that none waits for another."""
    acts = tuple(
        Act(f"vendor{step}", "send", {"to": Literal("x")}, channel=channel, purpose=purpose)
        for step, (purpose, channel) in enumerate(CELLS)
    )
    return Trigger(
        "asking", EventAnchor((Pattern("Go"),)), acts, status="live", limits=Limits(), anchor_hash="a!"
    )


def ruled(folder: Path) -> RuleSet:
    """Put the trigger under the files' purposes."""
    rules = rules_of(folder, FILES)
    return replace(rules, triggers={"asking": asking()})


class Crowd:
    """One person for each pair of states, all in one store."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder)
        self.world.pipeline.publish(ruled(folder / "cells"))
        self.clock = self.world.clock
        self.asked: dict[str, int] = {}

    def accept(self, source: str, calls: Iterable[dict[str, Any]]) -> None:
        """Send calls in requests of many."""
        calls = [*calls]
        items = [RawEvent(json.dumps(call).encode(), call) for call in calls]
        for first in range(0, len(items), 200):
            some = items[first : first + 200]
            assert self.world.pipeline.accept(source, some, self.clock.time) == ["applied"] * len(some)

    def call(self, who: dict[str, str], name: str, at: int, **more: Any) -> dict[str, Any]:
        """Make a call of one person."""
        self.world.count += 1
        base = {"type": "track", "event": name, "messageId": f"m{self.world.count}", "timestamp": iso(at)}
        return {**base, **who, **more}

    def go(self, **traits: str) -> None:
        """Let everyone be asked."""
        if traits:
            calls = [self.call(user(n), "Known", self.clock.time, traits=traits) for n in range(len(PAIRS))]
            self.accept("shop", calls)
        calls = [self.call(user(n), "Go", self.clock.time) for n in range(len(PAIRS))]
        self.asked = {call["messageId"]: number for number, call in enumerate(calls)}
        self.accept("shop", calls)

    def say(self, part: int, since: int, *, anonymous: bool = False) -> None:
        """Let everyone say one of their two parts, whose minutes begin at ``since``; each in its order of arrival."""
        for place in range(max(map(len, STATES))):
            for source in ("shop", "site"):
                calls = []
                for number, pair in enumerate(PAIRS):
                    for one in pair[part][place : place + 1]:
                        if (source == "site") == (one.channel == ""):
                            who = stranger(number) if anonymous else user(number)
                            field = {"news": "news"}.get(one.purpose, one.channel or "all")
                            calls.append(
                                self.call(
                                    who, "Told", since + one.at * MINUTE, properties={field: one.granted}
                                )
                            )
                self.accept(source, calls)

    def leave(self, *, then: Status = Status.DELIVERED) -> set[str]:
        """Commit the intents of what is due, as the lanes do; ``then`` is what becomes of it."""
        left: set[str] = set()
        for step in range(len(CELLS)):
            with suppress(NothingDue):
                while True:
                    left |= self.world.store.write(partial(self.claim, step=step, then=then))
        return left

    def claim(self, tx: Transaction, *, step: int, then: Status) -> set[str]:
        """Judge what is due, and finish what would be sent."""
        permit = self.world.pipeline.permit
        found = claim(tx, f"vendor{step}", now=self.clock.time, limit=400, may_send=permit)
        for row in found.sending:
            row.status, row.due_at = then, self.clock.time + MINUTE
            tx.deliveries.save(row)
        return {row.id for row in found.sending}

    def rows(self) -> Iterator[DeliveryRow]:
        """Read every delivery."""
        cursor = ""
        while True:
            page = self.world.store.read.deliveries(Filter(limit=500, cursor=cursor))
            yield from page.rows
            if not page.next:
                return
            cursor = page.next


def user(number: int) -> dict[str, str]:
    """Name a person."""
    return {"userId": f"u{number}"}


def stranger(number: int) -> dict[str, str]:
    """Name whoever turns out to be that person."""
    return {"anonymousId": f"a{number}"}
