"""A world of its own for each test that wants one, and a server with fake vendors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from embedded.crm import Crm
from embedded.hubspot_calls import FILES
from embedded.world import World

from cuewire.sandbox import Sandbox
from cuewire.sandbox.settings import SandboxSettings


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give a world of its own to each test."""
    made = World(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def fakes() -> Iterator[Sandbox]:
    """Give fake vendors that are up."""
    with Sandbox(SandboxSettings()) as running:
        yield running


@pytest.fixture
def crm(tmp_path: Path, fakes: Sandbox) -> Iterator[Crm]:
    """Give a server that runs, and that HubSpot calls."""
    made = Crm(tmp_path, fakes, FILES)
    made.runtime.start()
    yield made
    made.runtime.stop()
