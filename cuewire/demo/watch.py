"""Reads the API again and again, tells what is new, and waits until something has happened."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from cuewire.demo import words
from cuewire.demo.client import Api, Snapshot
from cuewire.demo.report import Voice
from cuewire.demo.server import Stage

PAUSE_SECONDS = 0.1
#: One thing may take this long, and the whole story that long.
PATIENCE_SECONDS = 20.0
STORY_SECONDS = 45.0

Check = Callable[[Snapshot], bool]


class DidNotHappen(Exception):
    """Say what the story owed and the API does not show."""


class Watch:
    """Prints each fact once, when it is first read or when it has changed."""

    def __init__(self, stage: Stage, api: Api, voice: Voice) -> None:
        self.snapshot = Snapshot()
        self._stage, self._api, self._voice = stage, api, voice
        self._told: dict[tuple[str, str], str] = {}
        self._deadline = time.monotonic() + STORY_SECONDS

    def look(self) -> None:
        """Read everything anew and tell what is new."""
        self._stage.check()
        self.snapshot.read(self._api)
        for kind, identifier, line in facts(self.snapshot):
            if self._told.get((kind, identifier)) != line:
                self._told[kind, identifier] = line
                self._voice.fact(kind, line, words.short(identifier))

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


def facts(snapshot: Snapshot) -> Iterator[tuple[str, str, str]]:
    """Give everything that can be told, as kind, id and line, causes before their effects."""
    for event in snapshot.events:
        yield "event", event["id"], words.event_line(event)
    for profile in {p["id"]: p for p in snapshot.profiles.values()}.values():
        yield "profile", profile["id"], words.profile_line(profile)
    for decision in snapshot.decisions:
        yield "decision", decision["id"], words.decision_line(snapshot, decision)
    for entry in snapshot.requests:
        if entry["status"] or entry["dropped"]:
            yield "sandbox", f"request {entry['id']}", words.request_line(entry)
    for delivery in snapshot.deliveries:
        yield "delivery", delivery["id"], words.delivery_line(snapshot, delivery)
    for message in snapshot.messages:
        yield "sandbox", message["sid"], words.message_line(message)
