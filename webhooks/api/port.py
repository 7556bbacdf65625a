"""What the API needs from outside itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from core.config.problem import Problem
from core.dispatch import Stop
from core.engine.rule import RuleSet
from core.errors import Busy
from core.pipeline.consenting import Heard, Stated
from core.pipeline.pools import Dated


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


class ConsentPort(Protocol):
    """Takes statements about consent that are no part of a source's events."""

    def state(self, stated: Stated) -> str:
        """Record a statement about one person, and give the id of the event it became.

        Raises BadRequest for a purpose that is not there and Conflict for a key that came with another body.
        """

    def hear(self, heard: Heard) -> int:
        """Let a number speak for everyone who has it, once for each message; gives how many people that were."""


class NoConsents:
    """Takes none: for an app without a store behind it."""

    def state(self, stated: Stated) -> str:
        """Refuse."""
        raise Busy("Nothing is recorded here.", hint="Ask the server that holds the store.")

    def hear(self, heard: Heard) -> int:
        """Refuse."""
        raise Busy("Nothing is recorded here.", hint="Ask the server that holds the store.")


class CodePort(Protocol):
    """Loads pools of codes."""

    def load(self, pool: str, codes: Sequence[Dated]) -> int:
        """Add codes to a pool, and give how many are new there; raises BadRequest for what is no code."""


class NoCodes:
    """Loads none: for an app without a store behind it."""

    def load(self, pool: str, codes: Sequence[Dated]) -> int:
        """Refuse."""
        raise Busy("Nothing is kept here.", hint="Ask the server that holds the store.")


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


class ControlPort(Protocol):
    """Acts on the running engine."""

    @property
    def stopped(self) -> Stop | None:
        """Tell since when nothing leaves, and why; None while deliveries leave."""

    def stop(self, reason: str) -> Stop:
        """Let nothing leave from now on."""

    def go_on(self) -> bool:
        """Let deliveries leave again, and tell whether they had been stopped."""

    def resume(self, trigger: str) -> bool:
        """Let a paused trigger go on, and tell whether it was paused."""

    def cancel(self, journey_id: str) -> bool:
        """End a journey, and tell whether there was one."""


class NoControl:
    """Does nothing: for an app without an engine behind it."""

    stopped = None

    def stop(self, reason: str) -> Stop:
        """Refuse."""
        raise Busy("Nothing is sent from here.", hint="Ask the server that holds the store.")

    def go_on(self) -> bool:
        """Say that nothing was stopped."""
        return False

    def resume(self, trigger: str) -> bool:
        """Say that nothing was paused."""
        return False

    def cancel(self, journey_id: str) -> bool:
        """Say that there was no journey."""
        return False


class Compiled(NamedTuple):
    """What a set of mapping files comes to: ``rules`` is None when there is any error."""

    rules: RuleSet | None
    problems: Sequence[Problem]


class CompileMappings(Protocol):
    """Compiles mapping files that are not in force, with the shipped ones where they have none."""

    def __call__(self, files: Mapping[str, str]) -> Compiled:
        """Compile the files, given by their paths in the folder."""
