"""A message that can expire while the quiet hours hold it is warned of."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors import catalogue
from core.config.loader import load
from cuewire.check import PRESETS

MESSAGE = """message: m
purpose: {purpose}
valid_for: {valid_for}
channels:
  sms: {{via: twilio.send_message, body: Hello}}
"""


def warnings(folder: Path, *, valid_for: str, quiet: str, purpose: str = "marketing") -> list[str]:
    """Check a message under some quiet hours and give what warns of them."""
    (folder / "messages").mkdir()
    (folder / "messages" / "m.yaml").write_text(MESSAGE.format(valid_for=valid_for, purpose=purpose))
    (folder / "policy.yaml").write_text(f"quiet_hours: {quiet}\n")
    found = load(folder, presets=PRESETS, catalogue=catalogue()).problems
    return [str(one) for one in found if one.severity == "warning" and "quiet hours" in one.message]


def test_a_message_that_the_night_can_outlast_is_warned_of(tmp_path: Path) -> None:
    """Quiet hours over midnight are as long as they are on the clock."""
    (warning,) = warnings(tmp_path, valid_for="6h", quiet='{from: "21:00", to: "08:00"}')
    assert "messages/m.yaml:3:12: warning: `valid_for` is shorter than the quiet hours" in warning
    assert "use 11h or more" in warning


@pytest.mark.parametrize(
    ("valid_for", "quiet", "purpose"),
    [
        ("11h", '{from: "21:00", to: "08:00"}', "marketing"),
        ("6h", '{from: "21:00", to: "08:00"}', "transactional"),
        ("6h", '{from: "13:00", to: "14:30"}', "marketing"),
        ("6h", '{from: "late", to: "08:00"}', "marketing"),
        ("6h", "[]", "marketing"),
    ],
)
def test_nothing_else_is_warned_of(tmp_path: Path, valid_for: str, quiet: str, purpose: str) -> None:
    """Long enough, exempt, short quiet hours and unreadable ones give no such warning."""
    assert warnings(tmp_path, valid_for=valid_for, quiet=quiet, purpose=purpose) == []
