"""Imports point inwards, and the linter that says so is seen to bite."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("cuewire", "webhooks", "core", "connectors")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Copy the packages and the contracts to a place where they may be spoilt."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on a tree, as ``make check`` does."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False, timeout=400)


def broken_contracts(report: str) -> set[str]:
    """Name the contracts that a report calls broken."""
    return {line.removesuffix(" BROKEN") for line in report.splitlines() if line.endswith(" BROKEN")}


def test_the_tree_keeps_every_contract(tree: Path) -> None:
    """Pass on the tree as it is."""
    done = lint_imports(tree)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("core/engine/event.py", "import sqlite3", "the engine does no I/O and reads no clock"),
        ("core/engine/profile.py", "import time", "the engine does no I/O and reads no clock"),
        ("core/engine/event.py", "import core.ports", "inside core, imports point towards the engine"),
        ("core/errors.py", "import cuewire", "cuewire is the only part that knows every other"),
        ("connectors/__init__.py", "import webhooks", "cuewire is the only part that knows every other"),
        ("webhooks/__init__.py", "import connectors", "cuewire is the only part that knows every other"),
        ("core/ports.py", "import requests", "vendor SDKs stay inside their adapter"),
        (
            "cuewire/sandbox/__init__.py",
            "import connectors",
            "the sandbox judges the connectors from outside",
        ),
    ],
)
def test_a_planted_import_is_caught_by_name(tree: Path, module: str, line: str, contract: str) -> None:
    """Plant one forbidden import; the contract that forbids it must be the one that breaks."""
    with (tree / module).open("a") as planted:
        planted.write(f"\n{line}\n")
    done = lint_imports(tree)
    assert done.returncode != 0, done.stdout
    assert contract in broken_contracts(done.stdout), done.stdout + done.stderr
