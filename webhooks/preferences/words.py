"""What the pages say, in the language that the reader's browser asks for; all texts stand in ``words.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from werkzeug.datastructures import LanguageAccept

TEXTS: dict[str, dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "words.toml").read_text(encoding="utf-8")
)

#: For whoever asks for a language that is not there, or for none.
FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language."""

    language: str

    def say(self, name: str, **values: str) -> str:
        """Give a text, filled in."""
        text: str = TEXTS[self.language][name]
        return text.format(**values)

    def channel(self, name: str) -> str:
        """Call a channel as people do; an empty one means all of them."""
        known: dict[str, str] = TEXTS[self.language]["channels"]
        return known.get(name or "all") or name.capitalize()

    def purpose(self, name: str) -> str:
        """Call a purpose as people do: one of the admin's own by its name."""
        known: dict[str, str] = TEXTS[self.language]["purposes"]
        return known.get(name) or name.replace("_", " ").replace("-", " ").capitalize()

    def purposes(self, names: Iterable[str]) -> str:
        """List purposes."""
        return ", ".join(map(self.purpose, names))


def words_for(asked: LanguageAccept) -> Words:
    """Give the words that suit a browser best: ``de-AT`` is served by ``de``."""
    # Werkzeug's own choice passes over ``de-AT`` for an ``en`` that is asked for less.
    wanted = (tag.partition("-")[0].lower() for tag, weight in asked if weight > 0)
    return Words(next((one for one in wanted if one in TEXTS), FALLBACK))
