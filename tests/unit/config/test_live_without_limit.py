"""A live trigger that may fire without end is warned of, whatever its limits only seem to say."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors import catalogue
from core.config.loader import load
from cuewire.check import PRESETS

TRIGGER = """trigger: t
status: live
when: {event: Order Completed}
LIMITS
do: [{braze.track_event: {external_id: =profile.id, name: x}}]
"""


@pytest.mark.parametrize(
    ("limits", "warned"),
    [("", True), ("limits: {per: key}", True), ("limits: {cooldown: 1h, per: key}", False)],
)
def test_only_a_real_limit_quiets_the_warning(tmp_path: Path, limits: str, warned: bool) -> None:
    """`per` says what a limit counts, and limits nothing by itself."""
    (tmp_path / "triggers").mkdir()
    (tmp_path / "triggers" / "t.yaml").write_text(TRIGGER.replace("LIMITS", limits))
    found = [str(one) for one in load(tmp_path, presets=PRESETS, catalogue=catalogue()).problems]
    assert any("without cooldown, cap or once" in one for one in found) is warned
