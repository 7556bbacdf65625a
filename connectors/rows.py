"""Deliveries that a vendor takes together: which of them share a request, and answers in their places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from core.ports import DeliveryRow, Outcome, Rejected

Rows = list[DeliveryRow]


@dataclass(frozen=True, slots=True)
class Together:
    """How rows travel: ``call`` sends some in one request, ``read_error`` says what its failure means.

    ``key`` names what a row writes to: vendors refuse a request that names one thing twice. Rows of another
    ``group`` need a request of their own.
    """

    call: Callable[[Rows], list[Outcome]]
    read_error: Callable[[Exception], Outcome]
    key: Callable[[DeliveryRow], Hashable]
    group: Callable[[DeliveryRow], Hashable] = lambda _row: ""
    #: Whether a refusal of all may be about some of them alone.
    by_halves: bool = True


def send_together(batch: Sequence[DeliveryRow], how: Together) -> list[Outcome]:
    """Send rows in as few requests as there may be, and give their outcomes in the order of the rows."""
    outcomes: dict[int, Outcome] = {}
    for places in requests_of(batch, how):
        found = _send([batch[place] for place in places], how)
        outcomes.update(zip(places, found, strict=True))
    return [outcomes[place] for place in range(len(batch))]


def requests_of(batch: Sequence[DeliveryRow], how: Together) -> list[list[int]]:
    """Divide the places of rows: one group each, no key twice, and the earlier row of a key goes first."""
    seen: Counter[Hashable] = Counter()
    requests: dict[Hashable, list[int]] = {}
    for place, row in enumerate(batch):
        name = (how.group(row), how.key(row))
        requests.setdefault((how.group(row), seen[name]), []).append(place)
        seen[name] += 1
    return list(requests.values())


def carry_on(
    batch: Sequence[DeliveryRow],
    found: Sequence[str | Outcome],
    call: Callable[[dict[str, str]], dict[str, Outcome]],
) -> list[Outcome]:
    """Go on with those rows whose id was found, by delivery; the others keep their outcome."""
    ready = {row.id: one for row, one in zip(batch, found, strict=True) if isinstance(one, str)}
    done = call(ready) if ready else {}
    return [done[row.id] if isinstance(one, str) else one for row, one in zip(batch, found, strict=True)]


def _send(rows: Rows, how: Together) -> list[Outcome]:
    """Send one request; where a refusal is about all of them, find the rows it is about by halves."""
    try:
        return how.call(rows)
    # SDKs raise anything, and what rows before these came to must not be lost.
    except Exception as error:  # noqa: BLE001
        outcome = how.read_error(error)
    if not how.by_halves or not isinstance(outcome, Rejected) or len(rows) == 1:
        return [outcome] * len(rows)
    middle = len(rows) // 2
    return [*_send(rows[:middle], how), *_send(rows[middle:], how)]
