"""Pictures are drawn from text, and are never older than it."""

from __future__ import annotations

import runpy
from pathlib import Path
from xml.etree import ElementTree

import pytest

PICTURES = Path(__file__).parents[3] / "docs" / "pictures"


@pytest.fixture
def draw() -> object:
    """Load the script that draws."""
    return runpy.run_path(str(PICTURES / "draw.py"))["draw"]


@pytest.mark.parametrize("source", sorted(PICTURES.glob("*.txt")), ids=lambda path: path.stem)
def test_the_picture_is_fresh(draw: object, source: Path) -> None:
    """Drawing the text anew gives the picture in the repository."""
    assert callable(draw)
    assert draw(source.read_text()) == source.with_suffix(".svg").read_text()


def test_a_changed_text_gives_another_picture(draw: object) -> None:
    """The comparison can fail."""
    assert callable(draw)
    changed = (PICTURES / "path.txt").read_text().replace("Dispatcher", "Postman & Co")
    drawn = draw(changed)
    assert drawn != (PICTURES / "path.svg").read_text()
    assert "Postman & Co" in "".join(ElementTree.fromstring(drawn).itertext())


def test_a_line_that_means_nothing_is_refused(draw: object) -> None:
    """A slip of the pen names what may stand there."""
    assert callable(draw)
    with pytest.raises(ValueError, match="use box, outside, arrow, band or back"):
        draw("circle a | b")
