"""What the README shows can be used as it stands."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from cuewire.wiring import PRESETS, load_mappings

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    """Give the code blocks of one language."""
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_the_yaml_of_the_readme_loads(tmp_path: Path) -> None:
    """Each block names its file; together they load, and their anchor is the shipped one."""
    for text in blocks("yaml"):
        name = text.splitlines()[0].removeprefix("# mappings/")
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    loaded = load_mappings(tmp_path)
    assert [str(problem) for problem in loaded.problems] == []
    assert loaded.rules is not None
    shown, shipped = loaded.rules.triggers["abandoned_cart"], load_mappings(PRESETS).rules
    assert shown.status == "live"
    assert shipped is not None
    assert shipped.triggers["abandoned_cart"].status == "shadow"
    assert shown.anchor_hash == shipped.triggers["abandoned_cart"].anchor_hash


def test_the_python_of_the_readme_is_python() -> None:
    """The SDK example compiles and changes the host."""
    (example,) = blocks("python")
    ast.parse(example)
    assert "analytics.host =" in example


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(page: str) -> None:
    """Every relative link names a file in the repository."""
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / page).read_text())
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_the_commands_of_the_readme_exist() -> None:
    """Every make target that a page names is in the Makefile."""
    pages = README + (ROOT / "CONTRIBUTING.md").read_text()
    targets = set(re.findall(r"^make (\w+)", pages, flags=re.MULTILINE))
    makefile = (ROOT / "Makefile").read_text()
    assert targets
    assert [
        target for target in sorted(targets) if not re.search(rf"^{target}:", makefile, re.MULTILINE)
    ] == []
