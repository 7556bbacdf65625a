"""A store, a pipeline and a clock that a test moves: the embedded shell without its threads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from connectors import catalogue
from core.config.loader import load
from core.engine.rule import RuleSet
from core.pipeline import Pipeline
from core.ports import Filter, RawEvent, SetAside, Store
from core.store.embedded import open_store
from cuewire.check import PRESETS

NOW = 1_800_000_000_000
MINUTE = 60_000

CART = """
trigger: cart
status: live
when: {event: Product Added, not_followed_by: Order Completed, within: 15m, key: =properties.cart_id}
limits: {cooldown: 1h}
do:
  - braze.track_event: {external_id: =profile.id, name: Cart left}
"""

VIEWS = """
trigger: views
status: live
when: {count: {event: Product Viewed, at_least: 2, within: 10m}}
limits: {cooldown: 1h}
do:
  - braze.track_event: {external_id: =profile.id, name: Interested}
"""


class SetClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> int:
        """Give the time that was set."""
        return self.time


def compiled(folder: Path, **triggers: str) -> RuleSet:
    """Compile a set of triggers."""
    (folder / "triggers").mkdir(parents=True, exist_ok=True)
    for old in (folder / "triggers").iterdir():
        old.unlink()
    for name, text in triggers.items():
        (folder / "triggers" / f"{name}.yaml").write_text(text)
    loaded = load(folder, presets=PRESETS, catalogue=catalogue())
    assert loaded.rules is not None, loaded.problems
    return loaded.rules


class World:
    """A store, a pipeline and a clock on one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = SetClock()
        self.store: Store = open_store(folder / "data", clock=self.clock)
        self.pipeline = Pipeline(self.store, self.clock, compiled(folder / "rules", cart=CART, views=VIEWS))
        self.count = 0

    def send(self, *calls: dict[str, Any] | SetAside) -> list[str]:
        """Send one request of calls."""
        items = [
            call if isinstance(call, SetAside) else RawEvent(msgspec.json.encode(call), call)
            for call in calls
        ]
        return self.pipeline.accept("segment", items, self.clock.time)

    def call(self, name: str, user: str = "u1", **more: Any) -> dict[str, Any]:
        """Make a track call with an id of its own."""
        self.count += 1
        base = {"type": "track", "event": name, "userId": user, "messageId": f"m{self.count}"}
        return {**base, **more}

    def outcomes(self, trigger: str) -> list[str]:
        """List a trigger's outcomes, oldest first."""
        page = self.store.read.decisions(Filter(trigger=trigger, limit=500))
        return [row.outcome for row in reversed(page.rows)]

    def deliveries(self) -> list[str]:
        """List the names of the Braze events to be sent."""
        return [row.fields["name"] for row in self.store.read.deliveries(Filter(limit=500)).rows]
