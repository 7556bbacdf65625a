"""Find a person's identifiers in bytes that could not be read, or were not believed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote_plus

from core.engine.event import Identifier

#: A shorter identifier stands in the bytes of many.
SHORTEST = 5

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|/)")


class Mentions:
    """Tells whether bytes name somebody, as plain text, in a form or an address, or with JSON's escapes.

    With ``by_word`` short identifiers count as well where they stand as a word of their own.
    """

    def __init__(self, identifiers: Iterable[Identifier], *, by_word: bool = False) -> None:
        texts = {one.value for one in identifiers}
        found = [re.escape(one) for one in texts if len(one) >= SHORTEST]
        if by_word:
            found += [rf"(?<!\w){re.escape(one)}(?!\w)" for one in texts if 0 < len(one) < SHORTEST]
        self._pattern = re.compile("|".join(sorted(found)), re.IGNORECASE) if found else None

    def are_in(self, body: bytes) -> bool:
        """Look for each of the identifiers, in any case of its letters."""
        pattern = self._pattern
        return pattern is not None and any(pattern.search(text) for text in spellings(body))


def spellings(body: bytes) -> Iterator[str]:
    """Yield a body as text, and what its escapes stand for."""
    text = body.decode("utf-8", "replace")
    yield text
    if "%" in text:
        yield unquote_plus(text)
    if "\\" in text:
        yield _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else "/", text)
