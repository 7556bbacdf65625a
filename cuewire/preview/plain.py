"""HTML told in plain text, as far as a terminal can show it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

#: However much of it there is, it is one blank.
_BLANKS = re.compile(r"\s+")

#: Elements that begin a line of their own, and those whose text nobody sees.
_BLOCKS = frozenset(
    (
        "p",
        "div",
        "br",
        "tr",
        "table",
        "ul",
        "ol",
        "li",
        "h1",
        "h2",
        "h3",
        "h4",
        "section",
        "header",
        "footer",
        "hr",
    )
)
_HIDDEN = frozenset(("style", "script", "title", "head"))


class _Teller(HTMLParser):
    """Gathers the visible text, with the address of each image and link."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden = 0
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line, and tell images."""
        given = dict(attrs)
        self.hidden += tag in _HIDDEN
        if tag in _BLOCKS:
            self.parts.append("\n")
        if tag == "img" and not self.hidden:
            self.parts.append(f"[image {given.get('alt') or ''}: {given.get('src') or ''}] ")
        if tag == "a":
            self.links.append(given.get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        """Tell where a link leads, behind its text."""
        self.hidden -= tag in _HIDDEN and self.hidden > 0
        if tag in _BLOCKS:
            self.parts.append("\n")
        if tag == "a" and self.links:
            self.parts.append(f" <{self.links.pop()}>")

    def handle_data(self, data: str) -> None:
        """Take a text."""
        if not self.hidden:
            self.parts.append(_BLANKS.sub(" ", data))


def plain(html: str) -> str:
    """Give the visible text of HTML, without empty lines."""
    teller = _Teller()
    teller.feed(html)
    lines = (" ".join(line.split()) for line in "".join(teller.parts).split("\n"))
    return "\n".join(line for line in lines if line)
