"""Keys that belong one level deeper than they were written."""

from __future__ import annotations

from collections.abc import Mapping as MappingABC

from core.config.node import Mapping
from core.config.schema import Reading


def refuse_misplaced(node: Mapping, homes: MappingABC[str, str], reading: Reading) -> bool:
    """Report the first key that belongs inside another one; ``homes`` shows for each how that is written."""
    found = [key for key, _ in node.entries if key.text in homes]
    for key in found[:1]:
        reading.error(key.mark, f"`{key.text}` does not belong on this level", f"write `{homes[key.text]}`")
    return bool(found)
