"""A folder with every anchor, condition and measure of the language: clean, described by the schemas, and working."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from mapping_folder import PRESETS

import connectors
from core.config.loader import Loaded, load
from core.config.node import plain_data
from core.config.reader import read
from core.engine import rule
from core.engine.condition import leaves
from cuewire import check
from cuewire.trials.command import judge_all

FOLDER = Path(__file__).parents[2] / "fixtures" / "mappings_all_anchors"
FILES = sorted(FOLDER.rglob("*.yaml"))

ANCHORS = {
    *(rule.EventAnchor, rule.ChangedAnchor, rule.CountAnchor, rule.SequenceAnchor, rule.AbsenceAnchor),
    *(rule.InactiveAnchor, rule.DwellAnchor, rule.SessionAnchor, rule.SegmentAnchor, rule.ScoreAnchor),
    *(rule.DateAnchor, rule.ApiAnchor),
}


def loaded() -> Loaded:
    """Load it with the real connectors."""
    return load(FOLDER, presets=PRESETS, catalogue=connectors.catalogue())


def test_it_has_no_problem(capsys: pytest.CaptureFixture[str]) -> None:
    """Not even a warning."""
    assert check.run(FOLDER, as_json=False, strict=True) == 0, capsys.readouterr().out


def test_it_holds_every_anchor_and_every_leaf() -> None:
    """Whatever the engine runs can be written."""
    rules = loaded().rules
    assert rules is not None
    assert {type(one.when) for one in rules.triggers.values()} == ANCHORS
    conditions = [one.condition for one in rules.segments.values()]
    conditions += [one.only_if for one in rules.triggers.values() if one.only_if]
    kinds = {type(leaf).__name__ for tree in conditions for leaf in leaves(tree)}
    assert kinds == {"FormulaCondition", "InSegment", "Count", "ScoreIs", "Consented", "Inactive"}
    assert {one.kind for one in rules.computed.values()} == {
        *("count", "sum", "avg", "min", "max", "first", "last", "distinct", "list")
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_an_editor_marks_nothing_in_it(path: Path) -> None:
    """The schemas know all of it."""
    kind = "profile" if path.stem == "profile" else "trigger"
    schema = json.loads((PRESETS / "schema" / f"{kind}.json").read_text())
    root = read(path.read_bytes(), str(path)).root
    assert root is not None
    errors = Draft202012Validator(schema).iter_errors(plain_data(root))
    assert [error.message for error in errors] == []


def test_its_tests_pass() -> None:
    """Each anchor fires once, on a made-up clock."""
    verdicts = judge_all(loaded())
    assert len({verdict.trial.subject for verdict in verdicts}) == len(FILES) - 1
    assert [str(failure) for verdict in verdicts for failure in verdict.failures] == []
