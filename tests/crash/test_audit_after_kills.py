"""After kills under load the audit agrees with what the other crash tests prove: nothing is missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from crash.rounds import Run

from core.runners.audit.audit import Audit, Request
from cuewire.clock import SystemClock
from cuewire.wiring import load_mappings

pytestmark = [pytest.mark.crash, pytest.mark.slow]


def test_kills_leave_nothing_for_the_audit(tmp_path: Path) -> None:
    """Every firing of the reference path is stored, with its deliveries and timers."""
    run = Run(tmp_path, seed=11)
    run.go(4)
    rules = load_mappings(run.server.mappings).rules
    assert rules is not None
    report = Audit(run.server.database(), rules, SystemClock()).run(Request(since=0))
    assert [one for one in report.findings if one.verdict == "missing"] == []
    assert report.unreadable == 0
    assert report.checked > 20
