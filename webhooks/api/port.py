"""What the API needs from outside itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from core.config.problem import Problem
from core.dispatch import Redriven, Selection, Stop
from core.engine.rule import RuleSet
from core.errors import Busy
from core.pipeline.consenting import Heard, Stated
from core.pipeline.keyring import Wanted
from core.pipeline.pools import Dated
from core.ports.access import AccessKey
from core.ports.privacy import PrivacyRequest
from core.runners.workflows import Told


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


class WorkflowPort(Protocol):
    """Tells a CRM's workflows what came of the triggers they fired."""

    def told(self, call_id: str) -> Told:
        """Say how things stand with a call."""

    def block(self, account: str, callback_id: str, call_id: str) -> None:
        """Let a workflow wait until a call is settled, across restarts."""


class NoWorkflows:
    """Lets none wait: for an app without a dispatcher behind it."""

    def told(self, call_id: str) -> Told:
        """Refuse."""
        raise Busy("Nothing is sent from here.", hint="Ask the server that holds the store.")

    def block(self, account: str, callback_id: str, call_id: str) -> None:
        """Refuse."""
        raise Busy("Nothing is sent from here.", hint="Ask the server that holds the store.")


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


class KeyPort(Protocol):
    """Makes, finds and revokes keys."""

    def create(self, wanted: Wanted, sources: Sequence[str]) -> tuple[AccessKey, str]:
        """Make a key, and give it with its text; raises BadRequest for one that would open nothing."""

    def revoke(self, key_id: str) -> AccessKey:
        """Let a key open nothing any more; raises NotFound for one that is not there."""

    def all(self) -> list[AccessKey]:
        """Give every key, the newest first."""

    def last_used(self, key_id: str) -> int | None:
        """Tell when a key was last used since the server began to run."""

    def find(self, text: str) -> AccessKey | None:
        """Give the key that a text is, while it is good."""

    def spend(self, key: AccessKey, count: int = 1) -> None:
        """Count events or calls against a key's quota; raises Throttled where it is used up."""


class NoKeys:
    """Knows none: for an app without a store behind it."""

    def create(self, wanted: Wanted, sources: Sequence[str]) -> tuple[AccessKey, str]:
        """Refuse."""
        raise Busy("Nothing is kept here.", hint="Ask the server that holds the store.")

    def revoke(self, key_id: str) -> AccessKey:
        """Refuse."""
        raise Busy("Nothing is kept here.", hint="Ask the server that holds the store.")

    def all(self) -> list[AccessKey]:
        """Give none."""
        return []

    def last_used(self, key_id: str) -> int | None:
        """Know of no use."""
        return None

    def find(self, text: str) -> AccessKey | None:
        """Find none."""
        return None

    def spend(self, key: AccessKey, count: int = 1) -> None:
        """Count nothing: there are no keys."""


class PrivacyPort(Protocol):
    """Sees to what people ask of their data."""

    def all(self) -> list[PrivacyRequest]:
        """Give every request, the last to come first."""

    def close(self, request_id: str, note: str) -> PrivacyRequest:
        """End a request; raises NotFound for none, Conflict for a closed one and BadRequest for no note."""

    def erase(self, request_id: str) -> PrivacyRequest:
        """Erase whom a request is about; raises Busy while a message to them is leaving."""


class NoPrivacy:
    """Knows none: for an app without a store behind it."""

    def all(self) -> list[PrivacyRequest]:
        """Give none."""
        return []

    def close(self, request_id: str, note: str) -> PrivacyRequest:
        """Refuse."""
        raise Busy("Nothing is kept here.", hint="Ask the server that holds the store.")

    def erase(self, request_id: str) -> PrivacyRequest:
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


class RedrivePort(Protocol):
    """Lets deliveries begin anew."""

    def run(self, wanted: Selection) -> Redriven:
        """Give what is wanted its turns, and tell what came of it."""


class NoRedrive:
    """Lets none: for an app without a dispatcher behind it."""

    def run(self, wanted: Selection) -> Redriven:
        """Refuse."""
        raise Busy("Nothing is sent from here.", hint="Ask the server that holds the store.")


class Compiled(NamedTuple):
    """What a set of mapping files comes to: ``rules`` is None when there is any error."""

    rules: RuleSet | None
    problems: Sequence[Problem]


class CompileMappings(Protocol):
    """Compiles mapping files that are not in force, with the shipped ones where they have none."""

    def __call__(self, files: Mapping[str, str]) -> Compiled:
        """Compile the files, given by their paths in the folder."""
