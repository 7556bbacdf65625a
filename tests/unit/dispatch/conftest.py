"""A world of its own for each test of the dispatcher."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from dispatch_world import ManualClock, World

from core.store.embedded import open_store


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give a real store on a made-up clock."""
    clock = ManualClock()
    store = open_store(tmp_path / "data", clock=clock)
    made = World(store, clock)
    yield made
    made.close()
    store.close()
