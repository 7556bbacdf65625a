"""What the API needs from outside itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from core.config.problem import Problem
from core.engine.rule import RuleSet
from core.errors import Busy


class TriggerPort(Protocol):
    """Fires a named trigger for a person, its anchor taken as met."""

    def fire(
        self,
        trigger: str,
        identifiers: Mapping[str, str],
        metadata: Mapping[str, Any],
        *,
        idempotency_key: str | None,
        raw: bytes,
    ) -> str:
        """Store and judge it, and give the id of the stored event; ``raw`` is the body as it came.

        Raises NotFound for an unknown or draft trigger and Conflict for a key that came with another body.
        """


class AuditPort(Protocol):
    """Looks for what should have fired and did not."""

    @property
    def is_running(self) -> bool:
        """Tell whether a run is under way."""

    def last(self) -> dict[str, Any] | None:
        """Give the last report; None before the first."""

    def ask(self, *, since: int | None = None, trigger: str = "", repair: bool = False) -> None:
        """Begin a run; raises Busy while one is under way."""


class NoAudit:
    """Never runs: for an app without a store behind it."""

    is_running = False

    def last(self) -> dict[str, Any] | None:
        """Give nothing."""
        return None

    def ask(self, *, since: int | None = None, trigger: str = "", repair: bool = False) -> None:
        """Refuse."""
        raise Busy("There is nothing to audit here.", hint="Ask the server that holds the store.")


class Compiled(NamedTuple):
    """What a set of mapping files comes to: ``rules`` is None when there is any error."""

    rules: RuleSet | None
    problems: Sequence[Problem]


class CompileMappings(Protocol):
    """Compiles mapping files that are not in force, with the shipped ones where they have none."""

    def __call__(self, files: Mapping[str, str]) -> Compiled:
        """Compile the files, given by their paths in the folder."""
