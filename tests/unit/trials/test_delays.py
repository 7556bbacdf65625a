"""A delay between two steps may be anything from nothing to a year."""

from __future__ import annotations

import pytest
from trial_folder import Trials

STEPS = """\
trigger: t
when: {{event: Asked}}
do: [{{braze.track_event: {{name: First}}}}, {{wait: {length}}}, {{braze.track_event: {{name: Second}}}}]
"""


@pytest.mark.parametrize("length", ["0s", "1s", "365d"])
def test_the_step_behind_a_wait_comes_that_much_later(trials: Trials, length: str) -> None:
    """Also where that is at once."""
    test = (
        "profile: {user_id: u1}, timeline: [{at: 0s, event: Asked}], expect: ["
        "{at: 0s, braze.track_event, fields: {name: First}}, "
        f"{{at: {length}, braze.track_event, fields: {{name: Second}}}}]"
    )
    assert trials.trigger(test, text=STEPS.format(length=length)) == []
