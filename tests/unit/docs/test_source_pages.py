"""Every source has its page, and the page names everything there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.config.kinds.raw import ENVELOPE
from core.config.kinds.receive import RECEIVE
from core.config.kinds.receive_auth import PROOF
from core.engine.formula import RAW_NAMES
from cuewire.wiring import PRESETS, load_mappings
from webhooks.sources import kinds
from webhooks.sources.base import Setting
from webhooks.sources.custom.envelopes import ENVELOPES

PAGES = Path(__file__).parents[3] / "docs" / "sources"
HEADINGS = ["What it does", "Set up", "Settings", "Events", "Limits and quirks", "Removing it"]
#: What is not about one sender.
GENERAL = ("generic", "tag")


def settings() -> dict[str, tuple[Setting, ...]]:
    """Give the settings of everything that has a page: shipped sources, and envelopes under their own names."""
    rules = load_mappings(PRESETS).rules
    assert rules is not None
    shipped = {name: kinds()[one.uses].settings_of(one) for name, one in rules.sources.items()}
    return shipped | {name: one.settings for name, one in ENVELOPES.items()}


SETTINGS = settings()
KINDS = sorted(SETTINGS)


def page(kind: str) -> str:
    """Read a source's page."""
    return (PAGES / f"{kind}.md").read_text()


@pytest.mark.parametrize("kind", [*KINDS, *GENERAL])
def test_each_page_has_the_same_headings(kind: str) -> None:
    """A reader who knows one page knows them all."""
    assert re.findall(r"^## (.+)$", page(kind), re.MULTILINE) == HEADINGS


@pytest.mark.parametrize("kind", KINDS)
def test_each_page_names_every_setting_and_each_setting_has_help(kind: str) -> None:
    """A setting has its row, by the name of its environment variable."""
    for setting in SETTINGS[kind]:
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
    assert path.stem in KINDS or path.stem in GENERAL


def test_the_general_page_names_every_key_and_every_name() -> None:
    """Whoever describes a sender of their own finds all that may be said."""
    text = page("generic")
    keys = {*RECEIVE.keys, *PROOF.keys, *RAW_NAMES, *ENVELOPE}
    assert [key for key in sorted(keys) if f"`{key}`" not in text and f"`{{{key}:" not in text] == []
