"""What is said of the vendors' samples, one file for each source."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

TOLD = Path(__file__).parents[1] / "fixtures" / "samples"
SAMPLES = Path(__file__).parents[3] / "shared/samples/inbound"
SOURCES = sorted(path.stem for path in TOLD.glob("*.json"))
FOLDERS = ("captured", *SOURCES)


@cache
def told(source: str) -> dict[str, Any]:
    """Read what is said of a source's samples."""
    found: dict[str, Any] = json.loads((TOLD / f"{source}.json").read_text())
    return found
