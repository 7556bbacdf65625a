"""Redrive: let deliveries that ended without arriving begin anew, at a rate, judged again when their turn comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from core.dispatch.outcome import keep_doubt, unsure_since
from core.engine.digest import first_id
from core.engine.instant import iso
from core.ports import (
    OPEN,
    ActionSpec,
    Clock,
    DeliveryRow,
    DestinationSpec,
    Oldest,
    Repeats,
    Status,
    Store,
    Transaction,
)

#: What may begin anew; what is cancelled was taken back on purpose.
REDRIVABLE = (Status.DEAD, Status.REJECTED, Status.EXPIRED, Status.UNKNOWN, Status.SUPPRESSED)

#: Refusals that are judged again at intent; others (an exit event, a field without a value) stay as they are.
JUDGED_AGAIN = ("consent:", "caps:", "quiet_hours:", "code:", "redirect mode:")

#: Deliveries of one call at most, and of one transaction.
MOST = 10_000
SLICE = 200

SECOND = 1_000

#: The specs of the destinations that there are now, by name.
Specs = Callable[[], Mapping[str, DestinationSpec]]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which deliveries are to begin anew, how fast, and what the operator takes on.

    ``per_second`` is for each destination. ``valid_for`` gives messages that are over a new end, counted from their
    turn. ``confirm_unknown`` sends also what may have arrived already.
    """

    statuses: tuple[Status, ...] = (Status.DEAD,)
    destination: str = ""
    trigger: str = ""
    since: int | None = None
    ids: tuple[str, ...] = ()
    per_second: float = 10.0
    valid_for: int | None = None
    confirm_unknown: bool = False
    is_dry_run: bool = False
    limit: int = MOST


@dataclass(slots=True)
class Redriven:
    """What came of it: how many matched and will be sent, why others will not, and when the turns are.

    ``has_more`` says that the limit was met before the end.
    """

    matched: int = 0
    redriven: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    first_due_at: int | None = None
    last_due_at: int | None = None
    has_more: bool = False

    def count(self, due: int) -> None:
        """Count one that will be sent."""
        self.redriven += 1
        self.first_due_at = due if self.first_due_at is None else min(due, self.first_due_at)
        self.last_due_at = due if self.last_due_at is None else max(due, self.last_due_at)


class Redrive:
    """Reopens deliveries in small transactions; ``woken`` is called when their turns are planned."""

    def __init__(self, store: Store, clock: Clock, specs: Specs, woken: Callable[[], None]) -> None:
        self._store = store
        self._clock = clock
        self._specs = specs
        self._woken = woken

    def run(self, wanted: Selection) -> Redriven:
        """Give every delivery that is wanted and may begin anew its turn, the oldest first."""
        found = Redriven()
        run = _Run(wanted, self._specs(), self._clock.now(), found)
        place: tuple[int, int] | None = (-1, -1)
        while place is not None:
            place = self._store.write(partial(run.take, place=place))
        if found.redriven and not wanted.is_dry_run:
            self._woken()
        return found


class _Run:
    """One redrive; each slice is a transaction, so that a stop in between leaves whole deliveries only."""

    def __init__(
        self, wanted: Selection, specs: Mapping[str, DestinationSpec], now: int, found: Redriven
    ) -> None:
        self.wanted = wanted
        self.specs = specs
        self.now = now
        self.found = found
        self._turns: dict[str, float] = {}

    def take(self, tx: Transaction, place: tuple[int, int]) -> tuple[int, int] | None:
        """Reopen one slice behind a place; give the place at which the next begins."""
        turns, before = dict(self._turns), self.found.matched
        rows = self._rows(tx, place)
        room = self.wanted.limit - before
        self.found.has_more = len(rows) > room
        for row in rows[:room]:
            self.found.matched += 1
            self._reopen(tx, row)
        if not self.wanted.is_dry_run:
            for name in [name for name, turn in self._turns.items() if turns.get(name) != turn]:
                tx.keys.put(_key(name), str(round(self._turns[name])), self.now)
        if self.wanted.ids or len(rows) < SLICE or self.found.has_more:
            return None
        return rows[-1].created_at, rows[-1].position

    def _rows(self, tx: Transaction, place: tuple[int, int]) -> list[DeliveryRow]:
        wanted = self.wanted
        if wanted.ids:
            found = [row for one in dict.fromkeys(wanted.ids) if (row := tx.deliveries.get(one))]
            return sorted(found, key=_place)
        narrow = Oldest(wanted.destination, wanted.trigger, wanted.since, place, SLICE)
        return sorted(
            (row for status in wanted.statuses for row in tx.deliveries.oldest(status, narrow)), key=_place
        )[:SLICE]

    def _reopen(self, tx: Transaction, row: DeliveryRow) -> None:
        turn = self._turn(tx, row.destination)
        due = round(turn)
        why = self._refusal(row, due) or _taken_elsewhere(tx, row)
        if why:
            self.found.refused[why] += 1
            return
        self._turns[row.destination] = turn + SECOND / self.wanted.per_second
        self.found.count(due)
        if self.wanted.is_dry_run:
            return
        reopen(row, due, self.now)
        tx.deliveries.save(row)
        if self.wanted.valid_for is not None and row.expires_at is not None:
            tx.deliveries.prolong(row.id, max(row.expires_at, due + self.wanted.valid_for))

    def _turn(self, tx: Transaction, destination: str) -> float:
        """Give the next turn of a destination, behind those that an earlier redrive has planned."""
        if destination not in self._turns:
            planned = tx.keys.get(_key(destination))
            self._turns[destination] = max(float(self.now), float(planned or 0))
        return self._turns[destination]

    def _refusal(self, row: DeliveryRow, due: int) -> str:
        """Say why a delivery stays as it is; empty when it may begin anew."""
        if row.status not in REDRIVABLE:
            return f"it is {row.status}"
        if not row.profile_id:
            return "the person was erased"
        spec = self.specs.get(row.destination)
        if spec is None or row.action not in spec.actions:
            return f"there is no {row.destination}.{row.action} any more"
        if row.status == Status.SUPPRESSED and not row.reason.startswith(JUDGED_AGAIN):
            return f"it was suppressed for what does not change: {row.reason.partition(':')[0]}"
        if not self.wanted.confirm_unknown and may_double(row, spec.actions[row.action], due):
            return "it may have arrived, and a second send would double it: confirm_unknown sends it all the same"
        if row.expires_at is not None and due > row.expires_at and self.wanted.valid_for is None:
            return "it is valid no longer: valid_for gives it a new end"
        return ""


def may_double(row: DeliveryRow, spec: ActionSpec, due: int) -> bool:
    """Tell whether a send at ``due`` could be a second one: it may have arrived, and its key is known no longer.

    An action's horizon is within the time for which its key is known.
    """
    since = unsure_since(row.attempts)
    if row.status == Status.UNKNOWN and since is None:
        since = row.attempts[0].started_at if row.attempts else row.created_at
    if since is None or spec.repeats is Repeats.IDEMPOTENT:
        return False
    return spec.repeats is not Repeats.KEYED or due > since + spec.horizon


def reopen(row: DeliveryRow, due: int, now: int) -> None:
    """Schedule a delivery anew; its attempts stay, and the horizon begins with the next one."""
    keep_doubt(row, is_lost=row.status == Status.UNKNOWN)
    if row.attempts:
        row.attempts[-1].redriven_at = now
    row.status, row.due_at = Status.SCHEDULED, due
    row.reason = f"redriven {iso(now)}; before: {row.reason}" if row.reason else f"redriven {iso(now)}"


def _taken_elsewhere(tx: Transaction, row: DeliveryRow) -> str:
    """Say that the message went, or will go, by another channel; empty where it did not."""
    first = first_id(row.id)
    others: Sequence[DeliveryRow | None] = (tx.deliveries.get(first), *tx.deliveries.alternatives(first))
    gone = (*OPEN, Status.DELIVERED, Status.UNKNOWN)
    for one in others:
        if one is not None and one.id != row.id and one.status in gone:
            return f"its message went by another channel: {one.channel}"
    return ""


def _place(row: DeliveryRow) -> tuple[int, int]:
    return row.created_at, row.position


def _key(destination: str) -> str:
    """Name the value that holds until when turns of a destination are planned."""
    return f"redrive:{destination}"
