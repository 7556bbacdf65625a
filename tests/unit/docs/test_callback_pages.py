"""Every callback has its page, and the page names everything there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cuewire.check import PRESETS
from webhooks.callbacks import kinds

PAGES = Path(__file__).parents[3] / "docs" / "callbacks"
HEADINGS = ["What it does", "Set up", "Settings", "Events", "Limits and quirks", "Removing it"]
KINDS = sorted(kinds())


def page(kind: str) -> str:
    """Read a callback's page."""
    return (PAGES / f"{kind}.md").read_text()


@pytest.mark.parametrize("kind", KINDS)
def test_each_callback_page_has_the_headings_of_a_source(kind: str) -> None:
    """A reader who knows one page knows them all."""
    assert re.findall(r"^## (.+)$", page(kind), re.MULTILINE) == HEADINGS


@pytest.mark.parametrize("kind", KINDS)
def test_each_callback_page_names_every_setting_route_and_file(kind: str) -> None:
    """A setting has its row; who sets it up finds the address, and where the mapping stands."""
    text = page(kind)
    for setting in kinds()[kind].settings:
        assert f"| `CUEWIRE_{kind}_{setting.name}` |".upper() in text.upper()
        assert setting.help.endswith(".")
    assert f"/callbacks/{kind}" in text and f"mappings/callbacks/{kind}.yaml" in text


def test_there_is_a_page_and_a_starter_file_for_every_callback_and_no_other() -> None:
    """Pages and files go when their callback goes."""
    assert sorted(path.stem for path in PAGES.glob("*.md") if path.stem != "index") == KINDS
    assert sorted(path.stem for path in (PRESETS / "callbacks").glob("*.yaml")) == KINDS
