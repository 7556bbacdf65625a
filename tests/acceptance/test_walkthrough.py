"""CONTRIBUTING's two walks, walked: an invented source and destination are added to a copy of the tree.

Each is one Python file, fixtures and one page (a source brings the mapping that admins own, too); nothing that is
there is touched. The suites that hold every source and destination are then run in the copy.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "tests" / "walkthrough"
COPIED = ("connectors", "core", "cuewire", "docs", "mappings", "requirements", "tests", "webhooks")
FILES = (
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "mkdocs.yml",
    "pyproject.toml",
)
SECONDS = 400

#: What a new part may consist of, each with how many there are.
PARTS = {
    "source": {
        r"webhooks/sources/acme\.py": 1,
        r"mappings/sources/acme\.yaml": 1,
        r"docs/sources/acme\.md": 1,
        r"tests/fixtures/sources/acme/\w+\.json": None,
    },
    "destination": {
        r"connectors/acme\.py": 1,
        r"docs/destinations/acme\.md": 1,
        r"tests/fixtures/destinations/acme/\w+\.json": None,
    },
}

#: The suites that a part must pass without a line of its own in them.
SUITES = {
    "source": [
        "tests/contract/test_sources.py",
        "tests/unit/docs/test_source_pages.py",
        "tests/unit/webhooks/test_openapi.py",
        "tests/unit/cuewire/test_settings_command.py",
    ],
    "destination": [
        "tests/contract/test_destinations.py",
        "tests/contract/test_fault_matrix.py",
        "tests/unit/docs/test_destination_pages.py",
        "tests/unit/cuewire/test_settings_command.py",
        "tests/integration/test_modes.py",
    ],
}


def files_of(part: str) -> list[str]:
    """Name the files of an example, from the root of the tree."""
    folder = EXAMPLES / part
    found = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return sorted(path.relative_to(folder).as_posix() for path in found)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Copy the tree."""
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "walkthrough")
    for name in COPIED:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a module in the copy, whose packages go before the installed ones."""
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_one_file_fixtures_and_one_page(part: str) -> None:
    """Nothing else, and nothing that is there already."""
    files = files_of(part)
    for pattern, number in PARTS[part].items():
        found = [name for name in files if re.fullmatch(pattern, name)]
        assert len(found) == number if number else len(found) >= 3, pattern
        files = [name for name in files if name not in found]
    assert files == []
    assert [name for name in files_of(part) if (ROOT / name).exists()] == []


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_put_there_passes_every_suite(part: str, copy: Path) -> None:
    """It is found by its module, described, documented and held to its fixtures."""
    shutil.copytree(EXAMPLES / part, copy, dirs_exist_ok=True)
    suites = [one for one in SUITES[part] if (copy / one).exists()]
    ended = run(copy, "pytest", "-q", "-p", "no:cacheprovider", "-rA", "-k", "acme or every", *suites)
    assert ended.returncode == 0, ended.stdout[-4000:] + ended.stderr
    for suite in suites[:2]:
        assert re.search(rf"PASSED {re.escape(suite)}\S*acme", ended.stdout), f"{suite} never saw acme"
    site = run(copy, "mkdocs", "build", "--strict", "--quiet")
    assert site.returncode == 0, site.stdout + site.stderr
    assert "acme.html" in (copy / "site" / "index.html").read_text()


@pytest.mark.parametrize("part", PARTS)
def test_the_walk_is_told_as_it_is_walked(part: str) -> None:
    """CONTRIBUTING names each kind of file, and where the whole example stands."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    told = text.partition(f"## Add a {part}")[2].partition("\n## ")[0]
    assert f"tests/walkthrough/{part}" in told
    for name in files_of(part):
        folder = Path(name).parent.as_posix().replace("acme", "NAME")
        assert f"{folder}/" in told, f"{folder} is not told"
