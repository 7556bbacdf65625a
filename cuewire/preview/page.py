"""A preview as one HTML file: what each channel shows, light or dark, and nothing that runs."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from core.engine.instant import iso
from cuewire.preview.rendering import Preview
from cuewire.preview.terminal import named
from cuewire.trials.words import told

FOLDER = Path(__file__).parent

#: Fields that are shown as the message itself; the others are listed below it.
BODIES = ("html", "body", "text", "subject", "title")


def write_page(preview: Preview, path: Path) -> None:
    """Write the page."""
    path.write_text(render(preview), encoding="utf-8")


def render(preview: Preview) -> str:
    """Give the page; an e-mail's HTML stands in a frame in which nothing may run."""
    return _template().render(preview=preview, person=named(preview.profile), bodies=BODIES)


@cache
def _template() -> Template:
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"iso": iso, "told": told}
    return made.get_template("preview.html")
