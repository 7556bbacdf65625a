"""Timelines are drawn from text: never older than it, each on its page, and read in the light and in the dark."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

DOCS = Path(__file__).parents[3] / "docs"
TIMELINES = DOCS / "pictures" / "timelines"
SOURCES = sorted(TIMELINES.glob("*.txt"))

Draw = Callable[[str], str]


@pytest.fixture(scope="module")
def draw() -> Draw:
    """Load the script that draws."""
    found: Draw = runpy.run_path(str(TIMELINES / "draw.py"))["draw"]
    return found


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_timeline_is_fresh_and_shown(draw: Draw, source: Path) -> None:
    """Drawing the text anew gives the picture in the repository, and a page on triggers or of an admin shows it."""
    assert draw(source.read_text()) == source.with_suffix(".svg").read_text()
    pages = "".join(page.read_text() for page in DOCS.glob("[at]*/*.md"))
    assert f"](../pictures/timelines/{source.stem}.svg)" in pages


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_timeline_is_told_to_who_cannot_see_it(draw: Draw, source: Path) -> None:
    """Its first line is a sentence, and the picture's label."""
    picture = ElementTree.fromstring(draw(source.read_text()))
    told = source.read_text().partition("\n")[0].removeprefix("# ")
    assert picture.get("aria-label") == told
    assert told.endswith(".")
    assert len(told) > 40


def test_a_timeline_has_inks_for_the_dark(draw: Draw) -> None:
    """Every class that is drawn has a second colour."""
    drawn = draw(SOURCES[0].read_text())
    light, _, dark = drawn.partition("prefers-color-scheme: dark")
    assert "#ffffff" in light
    assert "#20242e" in dark


def test_a_mark_stands_where_its_time_is(draw: Draw) -> None:
    """Half of the axis is half of the way."""
    drawn = draw("# x\naxis 0m 10m\nlane | a\nevent 0m | a\nevent 5m | b\nevent 10m | c\n")
    places = [int(dot.get("cx", "")) for dot in ElementTree.fromstring(drawn).findall(".//{*}circle")]
    assert places[1] - places[0] == places[2] - places[1] > 100


def test_spans_share_a_row_where_they_do_not_overlap(draw: Draw) -> None:
    """The next one stands below only as long as the first lasts."""
    one_row = draw("# x\naxis 0m 9m\nlane | a\nwait 0m 3m | a\nwait 3m 9m | b\n")
    two_rows = draw("# x\naxis 0m 9m\nlane | a\nwait 0m 4m | a\nwait 3m 9m | b\n")
    assert one_row.count("height=") == two_rows.count("height=")
    heights = [int(ElementTree.fromstring(one).get("height", "")) for one in (one_row, two_rows)]
    assert heights[0] < heights[1]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("star 1m | a", "there is no star; use axis, lane, event, fire, miss, wait or window"),
        ("event 1x | a", "1x is no time; write it as 90s, 15m, 24h or 1d2h"),
        ("event 11m | a", "11m lies outside the axis"),
    ],
)
def test_a_slip_of_the_pen_is_told(draw: Draw, line: str, told: str) -> None:
    """With what may stand there."""
    with pytest.raises(ValueError, match=told):
        draw(f"# x\naxis 0m 10m\nlane | a\n{line}\n")
