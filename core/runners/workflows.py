"""Workflows of a CRM that wait for what becomes of a trigger they fired: told once all is settled, across restarts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from time import monotonic
from typing import Any, NamedTuple

import msgspec
import structlog

from core.engine.decision import FIRED, HELD
from core.engine.digest import derive
from core.errors import CuewireError
from core.pipeline.item import ECHO
from core.ports import OPEN, Clock, DecisionRow, DeliveryRow, EventRow, Reader, Status, Store, Transaction

#: Under keys that begin so stand those that wait, by account and the CRM's own id of the waiting.
PREFIX = "blocked:"

#: The action of the account's destination that tells a workflow, and whether a kind of destination has it.
ACTION = "complete_action"

#: A workflow that has waited for so long, in milliseconds, is told how things stand; the CRM itself waits longer.
LONGEST = 2 * 24 * 3_600_000

#: Without news the thread still looks this often, in seconds; after news it rests at least as long as the other.
LOOK_EVERY, REST = 30.0, 0.2

#: Which of several deliveries tells most: what is not yet settled, then what went wrong, then what went well.
TELLING = (
    *(Status.RETRYING, Status.SENDING, Status.SCHEDULED),
    *(Status.UNKNOWN, Status.DEAD, Status.REJECTED, Status.EXPIRED, Status.CANCELLED, Status.SUPPRESSED),
    Status.DELIVERED,
)
NONE, PENDING = "none", "pending"

log = structlog.get_logger()


class Told(NamedTuple):
    """What a workflow is told of its call."""

    decision: str
    reason: str
    delivery_status: str
    is_settled: bool
    profile_id: str = ""
    trigger: str = ""


class Blocked(msgspec.Struct):
    """One workflow's step that waits; times in milliseconds."""

    account: str
    callback_id: str
    call_id: str
    until: int


def tell(reader: Reader, call_id: str) -> Told:
    """Say how things stand with a call: its decision, the first reason against it, and its deliveries."""
    decisions = reader.decisions_of_event(call_id)
    if not decisions:
        return undecided(reader.event(call_id))
    decision = next((one for one in decisions if one.outcome == FIRED), decisions[-1])
    latest: dict[int, DeliveryRow] = {}
    for row in sorted(reader.deliveries_of([decision.id]), key=lambda row: row.position):
        latest[row.step] = row
    states = {row.status for row in latest.values()}
    status = next((one.value for one in TELLING if one in states), NONE)
    is_settled = decision.outcome != HELD and not states.intersection(OPEN)
    return Told(decision.outcome, why(decision), status, is_settled, decision.profile_id, decision.trigger)


def undecided(call: EventRow | None) -> Told:
    """Say what there is no decision for yet, or never will be: what our own sends led to."""
    if call is not None and call.status == ECHO:
        return Told(ECHO, call.reason, NONE, True)
    return Told(PENDING, "", NONE, False)


def why(decision: DecisionRow) -> str:
    """Give the gate that failed and what it asked; empty where the trigger fired."""
    if decision.outcome == FIRED:
        return ""
    failed: list[Mapping[str, Any]] = [one for one in decision.reasons if not one.get("passed")]
    first = next((one for one in failed if one.get("gate") == decision.gate), None) or next(iter(failed), {})
    return ": ".join(str(part) for part in (decision.gate, first.get("expression")) if part)


class Workflows:
    """Keeps who waits, and hands over what each is told to the dispatcher, whose retries then hold for it.

    Who waits is remembered here too, so that a commit costs nothing while nobody does.
    """

    def __init__(self, store: Store, clock: Clock, told: Callable[[], None]) -> None:
        self._store = store
        self._clock = clock
        self._told = told
        self._waiting: dict[str, Blocked] = {}
        self._news = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="workflows", daemon=True)

    def start(self) -> None:
        """Take up those who waited when the server stopped, and begin."""
        kept = self._store.write(lambda tx: tx.keys.starting(PREFIX))
        for key, text in kept.items():
            self._waiting[key] = msgspec.json.decode(text, type=Blocked)
        self._store.on_commit.append(self._hear)
        self._news.set()
        self._thread.start()

    def stop(self) -> None:
        """End after the look under way."""
        self._stopped.set()
        self._news.set()
        if self._thread.is_alive():
            self._thread.join()

    def told(self, call_id: str) -> Told:
        """Say how things stand with a call."""
        return tell(self._store.read, call_id)

    def block(self, account: str, callback_id: str, call_id: str) -> None:
        """Let a workflow wait for a call; the same one waits once."""
        now = self._clock.now()
        one = Blocked(account, callback_id, call_id, now + LONGEST)
        key = f"{PREFIX}{account}:{callback_id}"
        text = msgspec.json.encode(one).decode()
        self._store.write(lambda tx: tx.keys.put(key, text, now))
        self._waiting[key] = one
        self._news.set()

    def look(self) -> None:
        """Hand over what can be told now."""
        now = self._clock.now()
        for key, one in list(self._waiting.items()):
            found = self.told(one.call_id)
            if found.is_settled or now >= one.until:
                self._store.write(partial(hand_over, key=key, one=one, told=found, now=now))
                self._waiting.pop(key, None)
                self._told()

    def _hear(self) -> None:
        if self._waiting:
            self._news.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._news.wait(LOOK_EVERY)
            self._news.clear()
            began = monotonic()
            try:
                self.look()
            except CuewireError as problem:
                log.error("workflows_failed", reason=problem.message)
            self._stopped.wait(max(REST, monotonic() - began))


def hand_over(tx: Transaction, *, key: str, one: Blocked, told: Told, now: int) -> None:
    """Make a delivery of what a workflow is told, and let it wait no more."""
    tx.keys.drop(key)
    fields = {
        "callback_id": one.callback_id,
        "decision": told.decision,
        "reason": told.reason,
        "delivery_status": told.delivery_status,
    }
    row = DeliveryRow(
        id=derive("a", "workflow", one.account, one.callback_id),
        decision_id="",
        trigger=told.trigger,
        step=0,
        destination=one.account,
        action=ACTION,
        fields=fields,
        profile_id=told.profile_id,
        status=Status.SCHEDULED,
        due_at=now,
        created_at=now,
    )
    tx.deliveries.add([row])
