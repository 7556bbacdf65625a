"""A watch over a world whose clock the test moves: what is open, and who is told."""

from __future__ import annotations

from embedded.published import publish
from embedded.world import World

from core.dispatch import Stop
from core.engine.notify import HOUR
from core.ports import AlertRow
from core.runners.alerts.picture import Camera
from core.runners.alerts.watch import Watch

SEEN = """
trigger: seen
status: live
owner: owner@example.com
when: {event: Seen}
limits: {cap: {times: 100, per: 1d}}
do: [{braze.track_event: {external_id: =profile.id, name: Seen}}]
"""
TO = "to: [{email: ops@example.com}]"


class Desk:
    """A watch over a world, which may be taken away and come back."""

    def __init__(self, world: World, notify: str = TO) -> None:
        self.world = world
        publish(world, {"triggers/seen.yaml": SEEN, "policy.yaml": f"notify: {{{notify}}}\n"})
        self.stopped: Stop | None = None
        self.timers = 0
        self.watch = self.come()

    def come(self) -> Watch:
        """Start to watch."""
        camera = Camera(
            self.world.store.read,
            lambda: {"attempts_total": {}, "destinations": {}},
            timers=lambda: self.timers,
            delay=self.world.pipeline.delays.high,
            stopped=lambda: self.stopped,
        )
        self.watch = Watch(
            self.world.store, self.world.clock, lambda: self.world.pipeline.rules, camera.take, lambda: None
        )
        return self.watch

    def look(self, after: int = 0) -> list[tuple[str, str]]:
        """Look after a time, and name what is open then."""
        self.world.clock.time += after
        self.watch.look()
        return [(one.kind, one.name) for one in self.rows("open")]

    def rows(self, status: str = "") -> list[AlertRow]:
        """Read the alerts."""
        return self.world.store.read.alerts(status, 50)

    def seen(self, *, hours: int, every: int = 1) -> None:
        """Let somebody see something every hour."""
        for _ in range(hours):
            self.world.clock.time += every * HOUR
            assert self.world.send(self.world.call("Seen")) == ["applied"]


def occasions(row: AlertRow) -> list[tuple[str, str]]:
    """Give who is told of what."""
    return [(one.to, one.occasion) for one in row.tellings]
