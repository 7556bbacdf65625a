"""An embedded store of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from stores.rows import ManualClock

from core.store.embedded import EmbeddedStore, open_store


@pytest.fixture
def clock() -> ManualClock:
    """Give a clock that moves only when told."""
    return ManualClock()


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[EmbeddedStore]:
    """Open a store in a new folder."""
    opened = open_store(tmp_path / "data", clock=clock)
    yield opened
    opened.close()
