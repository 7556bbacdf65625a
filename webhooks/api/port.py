"""What ``/api/trigger`` needs from the core."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


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
