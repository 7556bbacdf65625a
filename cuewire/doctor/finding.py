"""What the doctor finds: one line each, and how to mend it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Level = Literal["ok", "note", "warning", "problem"]

MARKS: dict[Level, str] = {"ok": "ok      ", "note": "note    ", "warning": "WARNING ", "problem": "PROBLEM "}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``part`` groups them, ``mend`` is empty where there is nothing to do."""

    part: str
    level: Level
    says: str
    mend: str = ""

    def lines(self) -> list[str]:
        """Write it down for people."""
        return [
            f"  {MARKS[self.level]}{self.says}",
            *(f"          {line}" for line in self.mend.splitlines()),
        ]

    def shape(self) -> dict[str, Any]:
        """Give it for machines."""
        return asdict(self)


def ok(part: str, says: str) -> Finding:
    """Say that something is well."""
    return Finding(part, "ok", says)


def problem(part: str, says: str, mend: str = "") -> Finding:
    """Say that something keeps this server from its work."""
    return Finding(part, "problem", says, mend)


def warning(part: str, says: str, mend: str = "") -> Finding:
    """Say that something will hurt some day."""
    return Finding(part, "warning", says, mend)


def note(part: str, says: str, mend: str = "") -> Finding:
    """Say what an operator should know and may well mean."""
    return Finding(part, "note", says, mend)
