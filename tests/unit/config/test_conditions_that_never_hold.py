"""A condition that cannot be true or false is a mistake, and is told where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors import catalogue
from core.config.loader import load
from cuewire.check import PRESETS

TRIGGER = """trigger: t
when: {{event: Order Completed, where: '{where}'}}
only_if: {{all: [{only_if}]}}
do: [{{braze.track_event: {{external_id: =profile.id, name: x}}}}]
"""


@pytest.mark.parametrize(
    ("where", "only_if", "line"),
    [('="a"', "=properties.x", 2), ("=properties.y > 1", "=1+1", 3), ("=true", "'=[properties.x]'", 3)],
)
def test_a_text_a_number_or_a_list_is_no_condition(
    tmp_path: Path, where: str, only_if: str, line: int
) -> None:
    """What would never hold is refused before it goes live."""
    (tmp_path / "triggers").mkdir()
    (tmp_path / "triggers" / "t.yaml").write_text(TRIGGER.format(where=where, only_if=only_if))
    (problem,) = load(tmp_path, presets=PRESETS, catalogue=catalogue()).errors
    assert (problem.line, problem.message) == (line, "a condition is true or false, and this never is")
