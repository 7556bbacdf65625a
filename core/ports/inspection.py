"""What a destination can say of itself before anything is sent: what it was asked, and what is missing there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

#: The fields that the mappings write, by action: each map is one step or message, a computed value is None.
Written = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Inspected:
    """One thing that was asked; ``problem`` is empty where all is well.

    ``mend`` is the command or call that makes what is missing. ``is_doubt`` says that it could not be told for sure.
    """

    what: str
    problem: str = ""
    mend: str = ""
    is_doubt: bool = False


@runtime_checkable
class Inspects(Protocol):
    """A destination that can be asked whether it is ready; it only reads."""

    def inspect(self, written: Written) -> list[Inspected]:
        """Ask for the rights of our key, and for what the mappings write; raises what sending raises."""

    def read_error(self, error: Exception) -> Any:
        """Say as an outcome what a failure means."""
