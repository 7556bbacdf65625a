"""Rounds of load and ``kill -9``: each one must catch a call unanswered, a delivery under way and a timer due."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random

from crash.load import Client
from crash.verdict import Found, look
from crash.world import WITHIN_MS, SandboxProcess, Server, wait_for

#: Milliseconds for which the sandbox holds answers back, so that a kill finds deliveries under way.
HELD_BACK = 400

#: Calls that are answered in each round, at least, however slow the machine.
LEAST = 10


@dataclass
class Run:
    """One crash run over one data folder; everything that a verdict needs stays here."""

    folder: Path
    seed: int
    python_path: str = ""
    kills: int = 0
    missed: Counter[str] = field(default_factory=Counter)
    interrupted: set[str] = field(default_factory=set)

    def go(self, rounds: int) -> Found:
        """Play the rounds, let everything come to rest, and look at what is there."""
        self._draw = Random(self.seed)
        with SandboxProcess(self.folder / "sandbox.log") as self.sandbox:
            self.server = Server(self.folder, self.sandbox, self.python_path)
            self.client = Client(self.server, self.seed)
            try:
                return self._play(rounds)
            finally:
                self.client.end()
                self.server.stop()
                self.keep()

    def _play(self, rounds: int) -> Found:
        self.server.start()
        self.client.begin()
        whole, tries = 0, 0
        while whole < rounds:
            tries += 1
            assert tries < 4 * rounds + 20, f"too few rounds met all conditions: {dict(self.missed)}"
            whole += self._round()
        self.client.finish()
        self._rest()
        found = look(self.server, self.sandbox, self.client.requests)
        self.server.stop()
        found.integrity = self.server.integrity()
        return found

    def _round(self) -> bool:
        """Load, kill, look at what the kill met, start again; say whether it met all three."""
        self._ask_for_faults()
        broken, last, enough = self.client.broken, self._last_arrival(), self.client.acked() + LEAST
        self.client.resume()
        time.sleep(self._draw.uniform(0.02, 0.8))  # the moment of the kill is what is random here
        wait_for("calls that were answered", lambda: self.client.acked() > enough, seconds=120, pause=0.01)
        wait_for("a moment worth a kill", lambda: self._worth_a_kill(last), seconds=120, pause=0.01)
        self.server.kill()
        killed_at = time.time()
        self.kills += 1
        self.client.pause()
        under_way = self.server.under_way()
        self.interrupted |= under_way
        self.server.start()
        met = {
            "an unanswered call": self.client.broken > broken,
            "a delivery under way": bool(under_way),
            "a timer due": self._due_between(killed_at, time.time()) > 0,
        }
        self.missed.update(name for name, is_met in met.items() if not is_met)
        self.client.settle_lost()
        return all(met.values())

    def _ask_for_faults(self) -> None:
        """Hold some answers back, and now and then drop, throttle or fail one."""
        self._hold_back()
        vendor = self._draw.choice(["twilio", "braze"])
        chance = self._draw.random()
        if chance < 0.1:
            self.sandbox.fault(vendor=vendor, drop="after")
        elif chance < 0.2:
            self.sandbox.fault(vendor=vendor, drop="before")
        elif chance < 0.3:
            self.sandbox.fault(vendor="braze", rate_limit={"reset_in_s": 0.5})

    def _hold_back(self) -> None:
        """Let the next answers of both vendors come late."""
        for vendor in ("twilio", "braze"):
            self.sandbox.fault(vendor=vendor, delay_ms=HELD_BACK, times=3)

    def _worth_a_kill(self, last: int) -> bool:
        """Say whether a delivery hangs, a timer waits and a call is unanswered at this very moment."""
        assert not self.client.surprises, self.client.surprises[:3]
        held = [
            entry for entry in self.sandbox.arrived(last) if entry["status"] is None and not entry["dropped"]
        ]
        soon = time.time()
        if not held and not self.sandbox.queued():
            self._hold_back()
        if not held or not self._due_between(soon, soon + WITHIN_MS / 1000):
            return False
        deadline = time.monotonic() + HELD_BACK / 4_000
        while not self.client.in_flight():
            if time.monotonic() > deadline:
                return False
        return True

    def _due_between(self, start: float, end: float) -> int:
        """Count the acknowledged carts whose time runs out in this span."""
        left = [
            request.acked_at
            for request in self.client.requests
            if request.kind == "left" and request.acked_at
        ]
        return sum(start <= acked_at + WITHIN_MS / 1000 <= end for acked_at in left)

    def _last_arrival(self) -> int:
        arrived = self.sandbox.arrived()
        return arrived[-1]["id"] if arrived else 0

    def _rest(self) -> None:
        """Wait until no delivery is open and nothing new has arrived for longer than any timer."""
        quiet_for = 2 * WITHIN_MS / 1000
        state: list[object] = [None, time.monotonic()]

        def is_quiet() -> bool:
            rows = self.server.listing("deliveries")
            still = any(row["status"] in ("scheduled", "sending", "retrying") for row in rows)
            now = (len(rows), self._last_arrival(), still)
            if now != state[0] or still:
                state[:] = [now, time.monotonic()]
            return time.monotonic() - float(str(state[1])) > quiet_for

        wait_for("everything to come to rest", is_quiet, seconds=240, pause=0.3)

    def keep(self) -> None:
        """Keep the evidence beside the data: seed, client's ledger and sandbox's ledger."""
        evidence = {
            "seed": self.seed,
            "kills": self.kills,
            "missed": dict(self.missed),
            "interrupted": sorted(self.interrupted),
            "requests": [asdict(request) for request in self.client.requests],
            "arrived": self.sandbox.arrived(),
            "messages": self.sandbox.messages(),
            "injected": self.sandbox.injected(),
        }
        (self.folder / "evidence.json").write_text(json.dumps(evidence, indent=1))
