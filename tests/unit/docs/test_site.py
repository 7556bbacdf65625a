"""The site builds without a warning, needs nothing from the network, and its reference misses nothing."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import click
import pytest

from core.errors import CuewireError
from cuewire.cli import cli
from cuewire.setting_list import all_settings

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
PAGES: dict[str, str] = runpy.run_path(str(DOCS / "generate.py"))["pages"]()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site as ``make docs`` does."""
    folder = tmp_path_factory.mktemp("site")
    ended = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "WARNING" not in ended.stderr
    return folder


def test_every_page_is_in_the_site(site: Path) -> None:
    """Those of the folder, and those that are generated."""
    pages = [path.relative_to(DOCS).with_suffix(".html") for path in DOCS.rglob("*.md")]
    pages += [Path(name).with_suffix(".html") for name in PAGES]
    assert [page for page in pages if not (site / page).exists()] == []


def test_the_site_needs_nothing_from_the_network(site: Path) -> None:
    """No font, script, style or picture comes from anywhere else."""
    loads = r"""<(?:script|img|iframe)[^>]+src="?(https?:[^"\s>]+)|<link[^>]+href="?(https?:[^"\s>]+)"""
    for page in site.rglob("*.html"):
        assert re.findall(loads, page.read_text()) == [], page
    for style in site.rglob("*.css"):
        assert re.findall(r"url\(\s*[\"']?(?:https?:)?//", style.read_text()) == [], style


def test_every_setting_is_documented() -> None:
    """By its whole name, with what it is."""
    page = PAGES["reference/settings.md"]
    assert [entry.name for entry in all_settings() if f"| `{entry.name}` |" not in page] == []


def test_every_command_and_option_is_documented() -> None:
    """Each option says what it does, or has a name that does."""
    page = PAGES["reference/commands.md"]
    for name, command in cli.commands.items():
        assert f"## cuewire {name}\n" in page
        assert command.help and command.help.splitlines()[0].endswith(".")
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.opts[0] in page


def test_every_error_code_is_documented() -> None:
    """What a caller can meet stands on the page of the API."""
    page = (DOCS / "reference" / "api.md").read_text()

    def codes(kind: type[CuewireError]) -> set[str]:
        return {kind.code}.union(*(codes(sub) for sub in kind.__subclasses__()))

    inside = {"error", "mapping", "formula"}  # of files and of the base; no caller ever meets them
    assert [code for code in codes(CuewireError) - inside if f"`{code}`" not in page] == []


def test_every_key_of_the_mappings_is_documented() -> None:
    """The reference has a section for each kind, and a row for each key at the top of it."""
    from typing import get_args

    from core.config.gather import Kind  # the loader's own list of kinds

    page = PAGES["reference/yaml.md"]
    for kind in get_args(Kind):
        assert f"## {kind.capitalize()}\n" in page, kind


def test_every_dependency_has_its_line() -> None:
    """What it replaced and what it costs is told of each direct one."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    direct = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    direct += project["optional-dependencies"]["build"]
    page = (DOCS / "decisions" / "dependencies.md").read_text()
    names = [re.split(r"[=><\[]", one)[0] for one in direct]
    assert [name for name in names if not re.search(rf"\b{re.escape(name)}\b", page)] == []


def test_every_word_of_the_product_is_in_the_glossary() -> None:
    """One word for each idea."""
    page = (DOCS / "glossary.md").read_text()
    words = [
        "source",
        "event",
        "identifier",
        "merge",
        "profile",
        "trait",
        "segment",
        "consent",
        "mapping",
        "formula",
        "trigger",
        "anchor",
        "case",
        "condition",
        "window",
        "key",
        "decision",
        "step",
        "message",
        "channel",
        "action",
        "delivery",
        "attempt",
        "redrive",
        "rehearsal",
        "shadow",
    ]
    words += [
        "identity graph",
        "canonical id",
        "dead letter",
        "computed trait",
        "late event",
        "false positive",
    ]
    words += [
        "score",
        "member",
        "match",
        "session",
        "visit",
        "stay",
        "lapse",
        "journey",
        "goal",
        "cooldown",
        "cap",
    ]
    assert [word for word in words if f"| {word} |" not in page] == []
