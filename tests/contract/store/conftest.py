"""Every kind of store, opened for a test of what all of them owe to the ports."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from stores.rows import ManualClock

from core.ports import Store
from core.store.embedded import open_store


def open_embedded(folder: Path) -> Store:
    """Open the embedded store."""
    return open_store(folder, clock=ManualClock())


STORES: dict[str, Callable[[Path], Store]] = {"embedded": open_embedded}


@pytest.fixture(params=STORES)
def opener(request: pytest.FixtureRequest) -> Callable[[Path], Store]:
    """Give the way to open one kind of store."""
    return STORES[request.param]


@pytest.fixture
def store(opener: Callable[[Path], Store], tmp_path: Path) -> Iterator[Store]:
    """Open an empty store."""
    opened = opener(tmp_path / "data")
    yield opened
    opened.close()
