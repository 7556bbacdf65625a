"""Fixtures of the tests of `cuewire test`."""

from __future__ import annotations

from pathlib import Path

import pytest
from trial_folder import Trials


@pytest.fixture
def trials(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Trials:
    """Give a folder with one message."""
    return Trials(tmp_path, capsys)
