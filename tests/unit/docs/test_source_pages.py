"""Every source has its page, and the page names everything there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from webhooks.sources import kinds

PAGES = Path(__file__).parents[3] / "docs" / "sources"
HEADINGS = ["What it does", "Set up", "Settings", "Events", "Limits and quirks", "Removing it"]
KINDS = sorted(kinds())


def page(kind: str) -> str:
    """Read a source's page."""
    return (PAGES / f"{kind}.md").read_text()


@pytest.mark.parametrize("kind", KINDS)
def test_each_page_has_the_same_headings(kind: str) -> None:
    """A reader who knows one page knows them all."""
    assert re.findall(r"^## (.+)$", page(kind), re.MULTILINE) == HEADINGS


@pytest.mark.parametrize("kind", KINDS)
def test_each_page_names_every_setting_and_each_setting_has_help(kind: str) -> None:
    """A setting has its row, by the name of its environment variable."""
    for setting in kinds()[kind].settings:
        assert f"| `CUEWIRE_{kind}_{setting.name}` |".upper() in page(kind).upper()
        assert setting.help.endswith(".")


@pytest.mark.parametrize("kind", KINDS)
def test_each_page_names_its_routes_and_its_file(kind: str) -> None:
    """Who sets it up finds the address, and where the mapping stands."""
    text = page(kind)
    assert f"/webhooks/{kind}" in text
    assert f"mappings/sources/{kind}.yaml" in text


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.md")), ids=lambda path: path.stem)
def test_there_is_no_page_of_a_source_that_does_not_exist(path: Path) -> None:
    """Pages go when their source goes."""
    assert path.stem in KINDS
