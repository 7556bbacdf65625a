"""What the tests of one vendor's traps share."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core.ports import DeliveryRow

NOW = 1_800_000_000_000


class MovingClock:
    """Moves only when told."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> int:
        """Give the made-up time."""
        return self.at


def delivery(identifier: str, /, **fields: Any) -> DeliveryRow:
    """Build a delivery of an upsert."""
    return DeliveryRow(
        id=identifier,
        decision_id="dec_1",
        trigger="new_lead",
        step=0,
        destination="crm",
        action="upsert_contact",
        fields=fields,
        profile_id="p1",
        status="sending",
        due_at=NOW,
        created_at=NOW,
    )


@contextmanager
def silent() -> Iterator[str]:
    """Accept connections and never answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
