"""What the anchors that match at an event share: what is read of it, and how a match is told."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from core.engine.clean import event_key
from core.engine.digest import derive
from core.engine.profile import Mark
from core.engine.scope import whole_numbers
from core.engine.when import Pattern, trigger_of

#: Every mark carries its key first.
KEY = 0

#: Longer texts are kept as their beginning and a hash: a profile holds many marks.
_LONGEST = 200

# No text of an event holds it, so that a list never passes for the text that writes it.
_STRUCTURE = "\0"

_encoder = msgspec.json.Encoder(order="deterministic")


class Reading(NamedTuple):
    """What an anchor may look at of an event besides its fields; ``kind`` is the call's type."""

    kind: str
    id: str
    name: str
    source: str
    quiet: bool
    lateness: int = 0


class Hit(NamedTuple):
    """A mark at which an anchor matches, its key, and the events that make the match up, its own last.

    ``seqs`` are their arrival numbers; ``saw`` is what the reason shows.
    """

    mark: Mark
    key: str
    seqs: tuple[int, ...]
    saw: Any


def value_text(value: Any) -> str:
    """Write a value so that equal ones read equal; empty for what is no value."""
    if isinstance(value, list | dict):
        text = _STRUCTURE + _encoder.encode(whole_numbers(value)).decode()
    else:
        text = event_key(value) or ""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]}…{derive('v', text)}"


def shown(text: str) -> str:
    """Give such a text as a reason shows it."""
    return text.removeprefix(_STRUCTURE)


def names_of(patterns: tuple[Pattern, ...]) -> str:
    """Name the events of some patterns, and the triggers that stand in for them."""
    return " or ".join(dict.fromkeys(trigger_of(pattern.name) or pattern.name for pattern in patterns))
