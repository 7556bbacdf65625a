"""Draw each ``NAME.svg`` from its ``NAME.txt``: run it after each change of a text."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

FOLDER = Path(__file__).parent
BOX_WIDTH, BOX_HEIGHT, GAP, MARGIN = 136, 92, 30, 22
BOX_TOP, BAND_TOP, BAND_HEIGHT = 66, 184, 58
HEIGHT = BAND_TOP + BAND_HEIGHT + MARGIN
FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"

#: The picture brings its own light ground, so that it reads the same on a dark page.
STYLE = f"""
  text {{ font-family: {FONT}; fill: #1f2933; }}
  .title {{ font-size: 15px; font-weight: 600; }} .line {{ font-size: 13px; fill: #52606d; }}
  .box {{ fill: #eef4ff; stroke: #3b6fd8; }} .outside {{ fill: #f5f5f4; stroke: #a8a29e; }}
  .band {{ fill: #f0faf3; stroke: #3f9c63; stroke-dasharray: 5 4; }}
  .arrow {{ fill: none; stroke: #3e4c59; stroke-width: 1.6; }} .head {{ fill: #3e4c59; }}
"""


@dataclass
class Picture:
    """Boxes by name in their order, and the pieces drawn so far."""

    places: dict[str, int] = field(default_factory=dict)
    pieces: list[str] = field(default_factory=list)

    def draw(self, kind: str, names: list[str], texts: list[str]) -> None:
        """Draw one line of the text."""
        if kind in ("box", "outside"):
            self.box(kind, names[0], texts)
        elif kind == "arrow":
            self.arrow(*names)
        elif kind == "band":
            self.band(*names, texts)
        elif kind == "back":
            self.back(*names, texts[0])
        else:
            raise ValueError(f"there is no {kind}; use box, outside, arrow, band or back")

    def left(self, name: str) -> int:
        """Give a box's left edge."""
        return MARGIN + self.places[name] * (BOX_WIDTH + GAP)

    def right(self, name: str) -> int:
        """Give a box's right edge."""
        return self.left(name) + BOX_WIDTH

    @property
    def width(self) -> int:
        """Give the width of it all."""
        return 2 * MARGIN + len(self.places) * (BOX_WIDTH + GAP) - GAP

    def box(self, kind: str, name: str, texts: list[str]) -> None:
        """Draw the next box to the right."""
        self.places[name] = len(self.places)
        left = self.left(name)
        self.frame(kind, left, BOX_TOP, BOX_WIDTH, BOX_HEIGHT)
        for index, text in enumerate(texts):
            self.text(left + BOX_WIDTH // 2, BOX_TOP + 30 + 21 * index, text, "line" if index else "title")

    def arrow(self, start: str, end: str) -> None:
        """Draw an arrow between neighbours."""
        y, tip = BOX_TOP + BOX_HEIGHT // 2, self.left(end) - 2
        self.pieces.append(f'<path class="arrow" d="M{self.right(start) + 2} {y}H{tip - 6}"/>')
        self.pieces.append(f'<path class="head" d="M{tip} {y}l-9 -5v10z"/>')

    def band(self, start: str, end: str, texts: list[str]) -> None:
        """Draw what lies under several boxes."""
        left, right = self.left(start), self.right(end)
        self.frame("band", left, BAND_TOP, right - left, BAND_HEIGHT)
        for index, text in enumerate(texts):
            self.text((left + right) // 2, BAND_TOP + 25 + 21 * index, text, "line" if index else "title")

    def back(self, start: str, end: str, text: str) -> None:
        """Draw the way back above the boxes."""
        begin, tip = (self.left(name) + BOX_WIDTH // 2 for name in (start, end))
        top, foot = BOX_TOP - 24, BOX_TOP - 2
        self.pieces.append(f'<path class="arrow" d="M{begin} {foot}V{top}H{tip}V{foot - 6}"/>')
        self.pieces.append(f'<path class="head" d="M{tip} {foot}l-5 -9h10z"/>')
        self.text((begin + tip) // 2, top - 10, text, "line")

    def frame(self, kind: str, left: int, top: int, width: int, height: int) -> None:
        """Draw a rounded rectangle."""
        self.pieces.append(
            f'<rect class="{kind}" x="{left}" y="{top}" width="{width}" height="{height}" rx="9"/>'
        )

    def text(self, x: int, y: int, text: str, kind: str) -> None:
        """Write one centred line."""
        self.pieces.append(f'<text class="{kind}" x="{x}" y="{y}" text-anchor="middle">{escape(text)}</text>')

    def svg(self, label: str) -> str:
        """Give the finished picture."""
        size = f'width="{self.width}" height="{HEIGHT}" viewBox="0 0 {self.width} {HEIGHT}"'
        ground = f'<rect width="{self.width}" height="{HEIGHT}" rx="12" fill="#ffffff" stroke="#d5d9de"/>'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(label)}">'
        return "\n".join([head, f"<style>{STYLE}</style>", ground, *self.pieces, "</svg>", ""])


def draw(text: str) -> str:
    """Turn the text into an SVG document."""
    picture = Picture()
    for line in text.splitlines():
        if line and not line.startswith("#"):
            head, *texts = (part.strip() for part in line.split("|"))
            kind, *names = head.split()
            picture.draw(kind, names, texts)
    label = text.lstrip("# ").partition(",")[0]
    return picture.svg(f"{label}: " + ", ".join(picture.places))


if __name__ == "__main__":
    for source in FOLDER.glob("*.txt"):
        source.with_suffix(".svg").write_text(draw(source.read_text()))
