"""Every destination has its page, and the page names everything there is."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

import connectors
from connectors.setting import setting_specs

PAGES = Path(__file__).parents[3] / "docs" / "destinations"
HEADINGS = ["What it does", "Set up", "Settings", "Actions", "Limits and quirks", "Removing it"]
KINDS = sorted(connectors.catalogue())


def page(kind: str) -> str:
    """Read a destination's page."""
    return (PAGES / f"{kind}.md").read_text()


@pytest.mark.parametrize("kind", KINDS)
def test_each_page_has_the_same_headings(kind: str) -> None:
    """A reader who knows one page knows them all."""
    assert re.findall(r"^## (.+)$", page(kind), re.MULTILINE) == HEADINGS


@pytest.mark.parametrize("kind", KINDS)
def test_each_page_names_every_action_and_field(kind: str) -> None:
    """An action has its own heading, a field its row."""
    text = page(kind)
    for name, action in connectors.catalogue()[kind].actions.items():
        assert f"### `{name}`" in text
        assert action.help.endswith(".")
        for field in action.fields:
            assert f"| `{field.name}` |" in text, f"{kind}.{name} does not describe {field.name}"


@pytest.mark.parametrize("kind", KINDS)
def test_each_page_names_every_setting_and_each_setting_has_help(kind: str) -> None:
    """A setting has its row, by the name of its environment variable."""
    for setting in setting_specs(connectors.kinds()[kind].Settings):
        assert f"| `CUEWIRE_{kind}_{setting.name}` |".upper() in page(kind).upper()
        assert setting.help.endswith("."), f"{kind}.{setting.name} has no #: comment"


def test_there_is_a_page_for_every_destination_and_no_other() -> None:
    """Pages go when their destination goes."""
    assert sorted(path.stem for path in PAGES.glob("*.md") if path.stem != "index") == KINDS


def test_the_matrix_is_what_the_program_says() -> None:
    """Every destination and every action, with what a lost answer means; ``python docs/matrix.py`` writes it anew."""
    written: str = runpy.run_path(str(PAGES.parent / "matrix.py"))["page"]()
    assert (PAGES / "index.md").read_text() == written
    for kind, spec in connectors.catalogue().items():
        for name in spec.actions:
            assert f"[`{kind}.{name}`]({kind}.md#{name})" in written
