"""Draw each ``NAME.svg`` from its ``NAME.txt``; ``event.txt`` says how that is written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

FOLDER = Path(__file__).parent
WIDTH, MARGIN, LEFT, RIGHT = 1000, 22, 204, 48
HEAD, BAR, AXIS, PADDING = 66, 25, 40, 14
UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"

#: What each kind of line is drawn in, on a light page and on a dark one.
INKS = {
    "ground": ("#ffffff", "#20242e"),
    "frame": ("#d5d9de", "#3b4252"),
    "text": ("#1f2933", "#e6e9ef"),
    "faint": ("#52606d", "#aeb7c4"),
    "grid": ("#e4e7eb", "#353c4a"),
    "event": ("#3b6fd8", "#86a9f5"),
    "wait": ("#eef4ff", "#2b3a5c"),
    "window": ("#f0faf3", "#24402f"),
    "fire": ("#1f8a4c", "#5fce8d"),
    "on": ("#ffffff", "#12251a"),
    "miss": ("#8a6116", "#e0b45c"),
}

STYLE = """
  text {{ font-family: {font}; fill: {text}; font-size: 13px; }}
  .ground {{ fill: {ground}; stroke: {frame}; }} .grid {{ stroke: {grid}; }} .line {{ stroke: {faint}; }}
  .name {{ paint-order: stroke; stroke: {ground}; stroke-width: 5px; stroke-linejoin: round; }}
  .lane {{ font-weight: 600; }} .faint {{ fill: {faint}; }} .pole {{ stroke: {fire}; }} .dot {{ fill: {event}; }}
  .wait {{ fill: {wait}; stroke: {event}; }} .window {{ fill: {window}; stroke: {fire}; stroke-dasharray: 5 4; }}
  .fire {{ fill: {fire}; }} .fired {{ fill: {on}; font-weight: 600; }}
  .miss {{ fill: {ground}; stroke: {miss}; }} .missed {{ fill: {miss}; }} .stump {{ stroke: {miss}; }}
"""


def style() -> str:
    """Give the style: light, and dark where the reader's system is dark."""
    light, dark = (
        STYLE.format(font=FONT, **{name: pair[at] for name, pair in INKS.items()}) for at in (0, 1)
    )
    return f"{light}  @media (prefers-color-scheme: dark) {{{dark}  }}\n"


def seconds(text: str) -> int:
    """Read a time such as ``14m`` or ``1d2h``."""
    parts = re.findall(r"(\d+)([smhd])", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text} is no time; write it as 90s, 15m, 24h or 1d2h")
    return sum(int(number) * UNITS[unit] for number, unit in parts)


@dataclass
class Lane:
    """One row of the picture: marks on its line, bars below it."""

    title: str
    marks: list[tuple[str, str, str]] = field(default_factory=list)
    bars: list[tuple[str, str, str, str]] = field(default_factory=list)

    @property
    def rows(self) -> list[int]:
        """Give the row of each bar: the first that is free again when it begins."""
        ends: list[int] = []
        rows = []
        for _, begin, end, _ in self.bars:
            row = next((at for at, last in enumerate(ends) if last <= seconds(begin)), len(ends))
            ends[row : row + 1] = [seconds(end)]
            rows.append(row)
        return rows

    @property
    def height(self) -> int:
        """Give the room it takes."""
        return HEAD + max((row + 1 for row in self.rows), default=0) * BAR + PADDING


@dataclass
class Timeline:
    """The axis and the lanes, and the pieces drawn so far."""

    label: str
    axis: list[str] = field(default_factory=list)
    lanes: list[Lane] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    def read(self, line: str) -> None:
        """Take over one line of the text."""
        head, _, text = (part.strip() for part in line.partition("|"))
        kind, *times = head.split()
        if kind == "axis":
            self.axis = times
        elif kind == "lane":
            self.lanes.append(Lane(text))
        elif kind in ("event", "fire", "miss"):
            self.lanes[-1].marks.append((kind, times[0], text))
        elif kind in ("wait", "window"):
            self.lanes[-1].bars.append((kind, times[0], times[1], text))
        else:
            raise ValueError(f"there is no {kind}; use axis, lane, event, fire, miss, wait or window")

    @property
    def height(self) -> int:
        """Give the height of it all."""
        return MARGIN + sum(lane.height for lane in self.lanes) + AXIS

    def x(self, time: str) -> int:
        """Place a time."""
        first, last = seconds(self.axis[0]), seconds(self.axis[-1])
        share = (seconds(time) - first) / (last - first)
        if not 0 <= share <= 1:
            raise ValueError(f"{time} lies outside the axis")
        return round(LEFT + share * (WIDTH - LEFT - RIGHT))

    def draw(self) -> str:
        """Give the finished picture."""
        top = MARGIN
        for time in self.axis:
            self.line("grid", self.x(time), MARGIN, self.x(time), self.height - AXIS + 6)
            self.text("faint", self.x(time), self.height - 16, time)
        for lane in self.lanes:
            self.lane(lane, top)
            top += lane.height
        return self.svg()

    def lane(self, lane: Lane, top: int) -> None:
        """Draw one row."""
        base = top + HEAD - 8
        for at, words in enumerate(lane.title.split("/")):
            kind = "faint" if at else "lane"
            self.text(kind, MARGIN, base + 5 + 18 * at, words.strip(), anchor="start")
        self.line("line", LEFT - 14, base, WIDTH - MARGIN, base)
        for row, (kind, begin, end, text) in zip(lane.rows, lane.bars, strict=True):
            self.bar(kind, base + 11 + row * BAR, self.x(begin), self.x(end), text)
        # Flags first: the names of events stand over their poles.
        for kind, time, text in sorted(lane.marks, key=lambda mark: mark[0] == "event"):
            (self.dot if kind == "event" else self.flag)(kind, self.x(time), base, text)

    def dot(self, _: str, x: int, base: int, text: str) -> None:
        """Draw an event."""
        self.pieces.append(f'<circle class="dot" cx="{x}" cy="{base}" r="6"/>')
        self.text("name", max(x, LEFT - 14 + round(3.6 * len(text))), base - 13, text)

    def flag(self, kind: str, x: int, base: int, text: str) -> None:
        """Draw where the trigger fires, or where somebody might think that it does."""
        width = 18 + round((7.5 if kind == "fire" else 6.9) * len(text))
        left = min(max(x - width // 2, LEFT - 14), WIDTH - MARGIN - width)
        self.line("pole" if kind == "fire" else "stump", x, base, x, base - 34)
        self.pieces.append(
            f'<rect class="{kind}" x="{left}" y="{base - 54}" width="{width}" height="22" rx="11"/>'
        )
        self.text("fired" if kind == "fire" else "missed", left + width // 2, base - 38, text)

    def bar(self, kind: str, top: int, left: int, right: int, text: str) -> None:
        """Draw a span of time; a text that does not fit into it stands behind it."""
        self.pieces.append(
            f'<rect class="{kind}" x="{left}" y="{top}" width="{right - left}" height="20" rx="5"/>'
        )
        if 7 * len(text) < right - left:
            self.text("faint", (left + right) // 2, top + 14, text)
        else:
            self.text("faint", right + 8, top + 14, text, anchor="start")

    def line(self, kind: str, left: int, top: int, right: int, bottom: int) -> None:
        """Draw a straight line."""
        self.pieces.append(f'<path class="{kind}" d="M{left} {top}L{right} {bottom}"/>')

    def text(self, kind: str, x: int, y: int, text: str, anchor: str = "middle") -> None:
        """Write one line."""
        self.pieces.append(
            f'<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
        )

    def svg(self) -> str:
        """Give the document."""
        size = f'width="{WIDTH}" height="{self.height}" viewBox="0 0 {WIDTH} {self.height}"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(self.label)}">'
        frame = f'x="0.5" y="0.5" width="{WIDTH - 1}" height="{self.height - 1}" rx="12"'
        return "\n".join(
            [head, f"<style>{style()}</style>", f'<rect class="ground" {frame}/>', *self.pieces, "</svg>", ""]
        )


def draw(text: str) -> str:
    """Turn the text into an SVG document; its first line is what a screen reader says."""
    timeline = Timeline(text.partition("\n")[0].lstrip("# "))
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            timeline.read(line)
    return timeline.draw()


if __name__ == "__main__":
    for source in FOLDER.glob("*.txt"):
        source.with_suffix(".svg").write_text(draw(source.read_text()))
