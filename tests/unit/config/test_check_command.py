"""``cuewire check``: what it prints and with what it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from mapping_folder import CATALOGUE, PRESETS, TRIGGER, Folder

from cuewire import check

WARNED = TRIGGER + "status: live\n"
WRONG = TRIGGER + "statsu: live\n"


@pytest.mark.parametrize(
    ("text", "strict", "code"),
    [
        (TRIGGER, False, 0),
        (TRIGGER, True, 0),
        (WARNED, False, 0),
        (WARNED, True, 1),
        (WRONG, False, 1),
        (WRONG, True, 1),
    ],
)
def test_errors_end_with_1_and_warnings_only_when_strict(
    folder: Folder, text: str, strict: bool, code: int
) -> None:
    """0 means that the set may go live."""
    folder.write("triggers/t.yaml", text)
    assert check.run(folder.root, as_json=False, strict=strict, catalogue=CATALOGUE) == code


@pytest.mark.parametrize("command", ["check", "test", "simulate"])
def test_a_folder_that_is_not_there_is_wrong_use(command: str, tmp_path: Path) -> None:
    """Every command that reads mappings ends with 2 and names the folder."""
    events = tmp_path / "events.jsonl"
    events.touch()
    words = [str(events), "--mappings"] if command == "simulate" else []
    run = [sys.executable, "-m", "cuewire.cli", command, *words, str(tmp_path / "nodir")]
    ended = subprocess.run(run, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "nodir" in ended.stderr


def test_problems_are_printed_one_a_line(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    """Places first, so that editors and CI can follow; the summary goes to stderr."""
    folder.write("triggers/t.yaml", WRONG)
    folder.write("triggers/u.yaml", WARNED.replace("trigger: t", "trigger: u"))
    check.run(folder.root, as_json=False, strict=False, catalogue=CATALOGUE)
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        f"{folder.root}/triggers/t.yaml:4:1: unknown key `statsu` (did you mean `status`?)",
        f"{folder.root}/triggers/u.yaml:4:1: warning: a live trigger without cooldown, cap or once "
        "(add `limits: {cooldown: 24h}`)",
    ]
    assert err == f"{folder.root}: 1 error, 1 warning\n"


def test_a_good_folder_prints_no_problem(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output is empty, the summary counts triggers."""
    folder.write("triggers/t.yaml", f"{TRIGGER}status: shadow\n")
    check.run(folder.root, as_json=False, strict=True, catalogue=CATALOGUE)
    assert capsys.readouterr() == ("", f"{folder.root}: no problems; 1 trigger\n")


def test_triggers_that_are_drafts_are_counted(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever forgets `status: live` reads why nothing is sent."""
    folder.write("triggers/t.yaml", TRIGGER)
    check.run(folder.root, as_json=False, strict=True, catalogue=CATALOGUE)
    assert capsys.readouterr().err == f"{folder.root}: no problems; 1 trigger, 1 draft until `status: live`\n"


def test_the_json_form_holds_the_same(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    """Machines get counts and each problem's parts."""
    folder.write("triggers/t.yaml", WRONG)
    check.run(folder.root, as_json=True, strict=False, catalogue=CATALOGUE)
    report = json.loads(capsys.readouterr().out)
    assert (report["ok"], report["errors"], report["warnings"]) == (False, 1, 0)
    assert report["problems"] == [
        {
            "file": f"{folder.root}/triggers/t.yaml",
            "line": 4,
            "column": 1,
            "message": "unknown key `statsu`",
            "hint": "did you mean `status`?",
            "severity": "error",
        }
    ]


def test_the_shipped_mappings_pass_strictly_with_the_real_connectors() -> None:
    """No secrets are needed."""
    assert check.run(PRESETS, as_json=False, strict=True) == 0
