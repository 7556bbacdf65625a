"""What the pages for admins show loads, passes its own tests, and is what the commands print."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from cuewire.check import PRESETS
from cuewire.init import starter_files
from cuewire.trials.command import judge_all
from cuewire.wiring import load_mappings

PAGES = Path(__file__).parents[3] / "docs" / "admin"
FOLDERS = {"trigger": "triggers", "message": "messages", "source": "sources", "destination": "destinations"}


def blocks(page: str, language: str) -> list[str]:
    """Give the code blocks of one language."""
    return re.findall(rf"```{language}\n(.*?)```", (PAGES / page).read_text(), flags=re.DOTALL)


def written(page: str, folder: Path) -> Path:
    """Write a page's blocks as the files that they are."""
    (folder / "messages").mkdir()
    shutil.copy(PRESETS / "messages" / "cart_reminder.html", folder / "messages")
    for text in blocks(page, "yaml"):
        kind, name = re.findall(r"^(\w+): (\w+)$", text, flags=re.MULTILINE)[0]
        path = folder / FOLDERS[kind] / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder


@pytest.mark.parametrize("page", ["index.md", "mappings.md", "editor.md", "messages.md", "fields.md"])
def test_the_yaml_of_a_page_loads_and_its_tests_pass(tmp_path: Path, page: str) -> None:
    """Each block is a whole file; together they are one folder without a warning."""
    loaded = load_mappings(written(page, tmp_path))
    assert [str(problem) for problem in loaded.problems] == []
    assert [failure for verdict in judge_all(loaded) for failure in verdict.failures] == []


def test_the_page_on_testing_shows_every_kind_of_test(tmp_path: Path) -> None:
    """A trigger's, a source's and a destination's."""
    loaded = load_mappings(written("mappings.md", tmp_path))
    assert {type(trial).__name__ for trial in loaded.trials} == {
        "TriggerTrial",
        "SourceTrial",
        "DestinationTrial",
    }


def test_the_page_names_every_starter_trigger() -> None:
    """The table is whole."""
    text = (PAGES / "mappings.md").read_text()
    names = [Path(name).stem for name in starter_files() if name.startswith("triggers/")]
    assert [name for name in names if f"| `{name}` |" not in text] == []


def test_the_editor_page_names_a_schema_for_every_file() -> None:
    """And each of them is shipped."""
    named = re.findall(r"\$schema=(?:\.\./)?(schema/\w+\.json)` \|", (PAGES / "editor.md").read_text())
    assert sorted(named) == [name for name in starter_files() if name.startswith("schema/")]
