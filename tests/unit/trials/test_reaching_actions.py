"""Every action that reaches people can be sent: the shipped files name the person as its vendor knows them."""

from __future__ import annotations

import shutil

import pytest
from trial_folder import Trials

import connectors
from core.ports import ActionSpec
from cuewire.check import PRESETS

REACHING = [
    (kind, spec)
    for kind, one in sorted(connectors.catalogue().items())
    for spec in one.actions.values()
    if spec.channel
]
PERSON = "profile: {user_id: u1, phone: '+14155550100', email: ada@example.com}"
NOW = "timeline: [{at: 0m, event: Signed Up}]"


@pytest.mark.parametrize(("kind", "spec"), REACHING, ids=[f"{kind}.{spec.name}" for kind, spec in REACHING])
def test_a_step_of_each_action_reaches_the_person(trials: Trials, kind: str, spec: ActionSpec) -> None:
    """With what a vendor cannot do without, and nothing else."""
    folder = trials.root / "destinations"
    folder.mkdir()
    shutil.copy(PRESETS / "destinations" / f"{kind}.yaml", folder)
    given = [one.name for one in spec.fields if one.required and one.name != "to"]
    fields = "".join(f"{name}: x, " for name in given)
    step = f"{kind}.{spec.name}"
    text = f"trigger: t\nwhen: {{event: Signed Up}}\ndo: [{step}: {{{fields}purpose: transactional}}]\n"
    wanted = f"expect: [{{at: 0m, {step}}}]"
    assert trials.trigger(f"{PERSON}, {NOW}, {wanted}", text=text) == []
