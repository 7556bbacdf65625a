"""Reads the API again and again, tells what is new, and waits until something has happened."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from cuewire.demo import words
from cuewire.demo.client import Api, Snapshot
from cuewire.demo.report import Voice
from cuewire.demo.server import Stage

PAUSE_SECONDS = 0.1
#: One thing may take this long, and the whole story that long.
PATIENCE_SECONDS = 60.0
STORY_SECONDS = 240.0

#: The state of what was not told yet.
UNTOLD = object()

Check = Callable[[Snapshot], bool]


class DidNotHappen(Exception):
    """Say what the story owed and the API does not show."""


class Watch:
    """Prints each fact once, when it is first read or when it has changed."""

    def __init__(self, stage: Stage, api: Api, voice: Voice) -> None:
        self.snapshot = Snapshot()
        self._stage, self._api, self._voice = stage, api, voice
        self._told: dict[tuple[str, str], object] = {}
        self._deadline = time.monotonic() + STORY_SECONDS

    def look(self) -> None:
        """Read everything anew and tell what is new."""
        self._stage.check()
        self.snapshot.read(self._api)
        for fact in facts(self.snapshot):
            if self._told.get((fact.kind, fact.id), UNTOLD) != fact.state:
                self._told[fact.kind, fact.id] = fact.state
                self._voice.fact(fact.kind, fact.line, fact.id)

    def until(self, happened: str, check: Check) -> None:
        """Look until the check holds; raise at the deadline with what did not happen."""
        deadline = min(self._deadline, time.monotonic() + PATIENCE_SECONDS)
        while True:
            self.look()
            if check(self.snapshot):
                return
            if time.monotonic() >= deadline:
                raise DidNotHappen(happened)
            time.sleep(PAUSE_SECONDS)


class Fact(NamedTuple):
    """Something that can be told; it is told again when its ``state`` changes."""

    kind: str
    id: str
    state: object
    line: str


def facts(snapshot: Snapshot) -> Iterator[Fact]:
    """Give everything that can be told, causes before their effects."""
    for event in snapshot.events:
        yield Fact("event", event["id"], event["status"], words.event_line(event))
    for profile in {p["id"]: p for p in snapshot.profiles.values()}.values():
        line = words.profile_line(profile)
        yield Fact("profile", profile["id"], line, line)
    for decision in snapshot.decisions:
        yield Fact("decision", decision["id"], decision["outcome"], words.decision_line(snapshot, decision))
    for entry in snapshot.requests:
        if entry["status"] or entry["dropped"]:
            yield Fact("sandbox", f"request {entry['id']}", None, words.request_line(entry))
    for delivery in snapshot.deliveries:
        state = (delivery["status"], len(delivery["attempts"]))
        yield Fact("delivery", delivery["id"], state, words.delivery_line(snapshot, delivery))
    for message in snapshot.messages:
        line = words.message_line(message)
        yield Fact("sandbox", message["sid"], line, line)
    for contact in snapshot.contacts:
        line = words.contact_line(contact)
        yield Fact("sandbox", f"{contact['vendor']} {contact['id']}", line, line)
