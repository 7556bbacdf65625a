"""What mkdocs asks while it builds the site: the navigation from the folders, and the pages that are generated."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

FOLDER = Path(__file__).parent
GENERATE = runpy.run_path(str(FOLDER / "generate.py"))

#: Anchors in the order of the table on their first page, then what goes with all of them.
TRIGGERS = (
    *("event", "changed", "count", "sequence", "absence", "inactivity", "dwell", "session", "enters"),
    *("score", "date", "api", "conditions", "profile", "limits", "cookbook"),
)

#: What an admin writes, then the rules above the triggers one by one, then what to do when nothing comes.
ADMIN = (
    *("mappings", "editor", "messages", "channels", "codes", "journeys", "conversions"),
    *("policy", "consent", "caps", "quiet_hours", "groups", "guard", "tiers", "why_nobody"),
)

#: Sections in order, with the pages that come first; those not named here follow by their names.
SECTIONS = {
    "Start": ["index.md", "quickstart.md", "glossary.md"],
    "Concepts": ["concepts/overview.md", "concepts/semantics.md"],
    "Triggers": ["triggers/index.md", *(f"triggers/{page}.md" for page in TRIGGERS)],
    "Admin": ["admin/index.md", *(f"admin/{page}.md" for page in ADMIN)],
    "Sources": [],
    "Callbacks": ["callbacks/index.md"],
    "Destinations": ["destinations/index.md"],
    "Operate": [
        "operate/deploy.md",
        "operate/modes.md",
        "operate/deliveries.md",
        "operate/history.md",
        "operate/simulate.md",
    ],
    "Reference": ["reference/yaml.md", "reference/settings.md", "reference/commands.md", "reference/api.md"],
    "Decisions": ["decisions/dependencies.md"],
}


def on_config(config: Any) -> Any:
    """Make the navigation."""
    config.nav = [{section: pages_of(section, first)} for section, first in SECTIONS.items()]
    return config


def pages_of(section: str, first: list[str]) -> list[str]:
    """Give a section's pages: those that come first, then every other of its folder."""
    folder = FOLDER / section.lower()
    found = sorted(path.relative_to(FOLDER).as_posix() for path in folder.glob("*.md"))
    return [*first, *(page for page in found if page not in first)]


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are made from the program itself, so that they cannot be out of date."""
    for name, text in GENERATE["pages"]().items():
        files.append(File.generated(config, name, content=text))
    return files
