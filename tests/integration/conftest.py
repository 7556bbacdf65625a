"""A world of its own for each test that wants one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from embedded.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give a world of its own to each test."""
    made = World(tmp_path)
    yield made
    made.store.close()
