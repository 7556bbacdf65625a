"""The audit knows nothing of anchors: with every kind of them a clean store lacks nothing, and a loss is found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from embedded.shop import HOUR, RULES, Shop, lost, told
from embedded.world import compiled

from core.engine.instant import iso

PROFILE = """
computed:
  views: {count: {event: Product Viewed, within: 1h}}
segments:
  keen: {count: {event: Product Viewed, at_least: 2, within: 40m}}
scores:
  heat: =profile.traits.views
"""

ANCHORS = {
    "chain": "{sequence: [{event: Product Viewed}, {event: Order Completed}], within: 1h}",
    "changed": "{event: Product Added, changed: =properties.cart_id}",
    "carts": "{count: {event: Product Added, at_least: 2, within: 30m, distinct: =properties.cart_id}}",
    "visits": "{session: {visits: 2, within: 1d}}",
    "keen": "{enters: keen}",
    "cooled": "{leaves: keen}",
    "often": "{count: {trigger: cart, at_least: 2, within: 6h}}",
    "due": "{date: =profile.traits.due, plus: 20m}",
    "hot": "{score: {name: heat, above: 2, reset_below: 1}}",
    "again": "{event: Product Added, not_followed_by: Order Completed, within: 25m, restart: true}",
}


def trigger(name: str, when: str) -> str:
    """Write a trigger of two steps with a wait between them."""
    return (
        f"trigger: {name}\nstatus: live\nwhen: {when}\nlimits: {{cap: {{times: 100, per: 1d}}}}\ndo:\n"
        f"  - braze.track_event: {{external_id: =profile.id, name: {name}}}\n  - wait: 30m\n"
        f"  - braze.track_event: {{external_id: =profile.id, name: {name} still}}\n"
    )


class Mall(Shop):
    """A shop with every kind of anchor."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        (folder / "rules" / "profile.yaml").write_text(PROFILE)
        own = {name: trigger(name, when) for name, when in ANCHORS.items()}
        self.pipeline.publish(compiled(folder / "rules", **RULES, **own))

    def drawn(self) -> dict[str, Any]:
        """Draw one call; some bring a date."""
        call = super().drawn()
        if self.lot.random() < 0.15:
            due = self.clock.time + self.lot.randrange(-HOUR, 3 * HOUR)
            call["context"] = {"traits": {"due": iso(due)}}
        return call


@pytest.fixture
def mall(tmp_path: Path) -> Iterator[Mall]:
    """Give a mall of its own to each test."""
    made = Mall(tmp_path)
    yield made
    made.store.close()


def test_with_every_anchor_a_clean_store_lacks_nothing_and_losses_are_found(mall: Mall) -> None:
    """What is deleted is what is missing, and all of it comes back once."""
    mall.traffic(90)
    report = mall.audit(is_live=True)
    assert told(report) == []
    names = set(mall.column("SELECT DISTINCT trigger FROM decisions WHERE outcome = 'fired'"))
    assert names >= ANCHORS.keys() - {"often", "due"}
    fired = mall.column("SELECT id FROM decisions WHERE outcome = 'fired' ORDER BY seq")
    sent = mall.column("SELECT id FROM deliveries ORDER BY id")
    lost(mall, fired[::4], "decisions")
    missing = {one.id for one in mall.audit().findings if one.verdict == "missing"}
    assert missing == set(fired[::4])
    assert mall.audit(repair=True).left == 0
    assert set(mall.column("SELECT id FROM decisions WHERE outcome = 'fired'")) == set(fired)
    assert mall.column("SELECT id FROM deliveries ORDER BY id") == sent
