"""Puts this folder on the import path: ``reference`` and ``crash`` are shared by several kinds of test."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

import pytest
import structlog
from hypothesis import HealthCheck, settings

# How fast examples are made says something of the machine, and nothing of the code. The same examples each time:
# a change is judged by itself, and not by luck; CUEWIRE_EXPLORE=1 looks for new ones.
settings.register_profile(
    "same", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.register_profile("explore", settings.get_profile("same"), derandomize=False)
settings.load_profile("explore" if os.environ.get("CUEWIRE_EXPLORE") else "same")

# What a server in a thread logs must not come between the lines of a command that is tried beside it.
structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.__stderr__))


@pytest.fixture
def wait_until() -> Callable[[Callable[[], bool]], None]:
    """Wait for a condition, and fail when it does not come true in time."""

    def wait(condition: Callable[[], bool], seconds: float = 60.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "the condition did not come true in time"
            time.sleep(0.005)

    return wait
