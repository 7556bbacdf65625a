"""What is wrong in a mapping file, where, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.config.node import Mark

#: Where a problem stands that concerns a whole file.
TOP = Mark(1, 1)


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding; its text is ``file:line:column: message (hint)``."""

    file: str
    line: int
    column: int
    message: str
    hint: str = ""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        label = "warning: " if self.severity == "warning" else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.file}:{self.line}:{self.column}: {label}{self.message}{hint}"


def order(problems: list[Problem]) -> list[Problem]:
    """Sort by place and leave out what is said twice (an alias repeats its anchor)."""
    return sorted(set(problems), key=lambda one: (one.file, one.line, one.column, one.severity, one.message))
