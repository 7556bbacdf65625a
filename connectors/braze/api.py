"""Braze's API: one session, requests that carry many deliveries, and what an answer says of each of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from connectors.braze.inspection import inspect
from connectors.rows import Rows, Together, send_together
from core.ports import Delivered, DeliveryRow, Inspected, Outcome, Rejected, Unknown, Written

if TYPE_CHECKING:
    import requests

#: 202 "queued" is Braze in maintenance: it has the data and applies it later.
TAKEN = ("success", "queued")


class Api:
    """One session for all threads."""

    def __init__(
        self, session: requests.Session, base_url: str, read_error: Callable[[Exception], Outcome]
    ) -> None:
        self._session = session
        self._base_url = base_url
        self.read_error = read_error

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Post an object and give the one that Braze answers with."""
        from connectors.transport import TIMEOUT, json_object  # requests is slow to import

        return json_object(self._session.post(f"{self._base_url}{path}", json=body, timeout=TIMEOUT))

    def inspect(self, written: Written) -> list[Inspected]:
        """Try the key on what only reads."""
        return inspect(self._session, written, self._base_url)

    def together(
        self,
        batch: Sequence[DeliveryRow],
        call: Callable[[Rows], list[Outcome]],
        *,
        limit: int,
        key: Callable[[DeliveryRow], Hashable],
        group: Callable[[DeliveryRow], Hashable] = lambda _row: "",
    ) -> list[Outcome]:
        """Send rows in as few requests as there may be; a 400 means that Braze took none of them."""
        how = Together(call, self.read_error, key=key, group=group)
        parts = [batch[start : start + limit] for start in range(0, len(batch), limit)]
        return [outcome for part in parts for outcome in send_together(part, how)]


def read_answer(body: Mapping[str, Any], array: str, count: int) -> list[Outcome]:
    """Tell which objects of an accepted request were refused: the others were processed."""
    if body.get("message") not in TAKEN:
        return [Unknown("Braze gave an answer that does not say success")] * count
    # A canvas that is paused takes everybody and starts nobody: only the notice says so.
    said = ": ".join(str(body[name]) for name in ("message", "notice") if body.get(name))
    outcomes: list[Outcome] = [Delivered(said, reference=str(body.get("dispatch_id") or ""))] * count
    errors = body.get("errors") or []
    for error in errors if isinstance(errors, list) else [errors]:
        detail = error if isinstance(error, Mapping) else {"type": error}
        index = refused_index(detail, array, count)
        if index is None:
            return [Unknown(f"Braze reported an error without saying for what: {detail.get('type')}")] * count
        outcomes[index] = Rejected(f"Braze refused it: {detail.get('type')}")
    return outcomes


def refused_index(error: Mapping[str, Any], array: str, count: int) -> int | None:
    """Find the object that an error is about."""
    if error.get("input_array", array) != array:
        return None
    index = error.get("index", 0 if count == 1 else None)
    return index if isinstance(index, int) and 0 <= index < count else None
