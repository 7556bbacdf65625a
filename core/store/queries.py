"""Named SQL: each file of ``sql/`` holds one family's statements under ``-- name:`` lines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parent / "sql"
HEADING = "-- name: "


def load(family: str) -> Mapping[str, str]:
    """Give a family's statements by name."""
    text = (FOLDER / f"{family}.sql").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for part in text.split(HEADING)[1:]:
        name, _, body = part.partition("\n")
        found[name.strip()] = statement(body)
    return found


def statement(body: str) -> str:
    """Take the comment lines and the closing semicolon off."""
    lines = (line for line in body.splitlines() if not line.startswith("--"))
    return "\n".join(lines).strip().removesuffix(";")
