"""Whose turn it is, against the rules written out plainly."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from stores.rows import START, ManualClock, add_deliveries, delivery

from core.ports import OPEN, DeliveryRow, Status, Transaction
from core.store.embedded import EmbeddedStore, open_store

PEOPLE = ("p1", "p2", "p3")
DESTINATIONS = ("twilio", "braze")
times = st.integers(START - 3, START + 3)


def ready(rows: list[DeliveryRow], destination: str, now: int) -> list[str]:
    """Say by the rules which may be sent: rows come in the order of their positions."""
    found = []
    for index, row in enumerate(rows):
        lane = [r for r in rows[:index] if (r.profile_id, r.destination) == (row.profile_id, row.destination)]
        is_due = row.status in ("scheduled", "retrying") and row.due_at <= now
        is_held = any(
            r.status in ("sending", "retrying") or (r.status == "scheduled" and r.due_at <= now) for r in lane
        )
        if row.destination == destination and is_due and not is_held:
            found.append((row.due_at, index, row.id))
    return [row_id for _, _, row_id in sorted(found)]


def first_due(rows: list[DeliveryRow], destination: str) -> int | None:
    """Say when something may be sent next if nothing changes."""
    moments = {r.due_at for r in rows if r.status in ("scheduled", "retrying")}
    return next((moment for moment in sorted(moments) if ready(rows, destination, moment)), None)


class Lanes(RuleBasedStateMachine):
    """Deliveries that are added, move between states in any way and change hands by merges."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = open_store(Path(self.folder.name), clock=ManualClock())
        self.rows: list[DeliveryRow] = []
        self.alias: dict[str, str] = {}

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @initialize()
    def begin_with_a_lane(self) -> None:
        for _ in range(3):
            self.add(PEOPLE[0], DESTINATIONS[0], START, Status.SCHEDULED)

    @rule(
        who=st.sampled_from(PEOPLE),
        destination=st.sampled_from(DESTINATIONS),
        due=times,
        status=st.sampled_from((Status.SCHEDULED, Status.SCHEDULED, Status.SUPPRESSED, Status.RETRYING)),
    )
    def add(self, who: str, destination: str, due: int, status: Status) -> None:
        name = f"x{len(self.rows)}"
        person = self.alias.get(who, who)
        row = delivery(name, status.value, profile_id=person, destination=destination, due_at=due)
        self.rows.append(row)
        add_deliveries(self.store, row)

    @precondition(lambda self: self.rows)
    @rule(pick=st.integers(0, 99), status=st.sampled_from(Status), due=times)
    def move(self, pick: int, status: Status, due: int) -> None:
        row = self.rows[pick % len(self.rows)]
        was_finished = row.status not in OPEN
        row.status, row.due_at = status.value, due
        if was_finished and status in OPEN:
            row.profile_id = self.alias.get(row.profile_id, row.profile_id)
        self.store.write(lambda tx: tx.deliveries.save(row))

    @rule(loser=st.sampled_from(PEOPLE), winner=st.sampled_from(PEOPLE))
    def merge(self, loser: str, winner: str) -> None:
        loser, winner = self.alias.get(loser, loser), self.alias.get(winner, winner)
        self.store.write(lambda tx: tx.profiles.merge(loser, winner))
        self.alias = {p: winner if self.alias.get(p, p) == loser else self.alias.get(p, p) for p in PEOPLE}
        for row in self.rows:
            if row.profile_id == loser and row.status in OPEN:
                row.profile_id = winner

    @invariant()
    def the_store_agrees_with_the_rules(self) -> None:
        for destination in DESTINATIONS:
            early, late, only, due = self.store.write(lambda tx, name=destination: ask(tx, name))
            assert early == ready(self.rows, destination, START - 1)
            assert late == ready(self.rows, destination, START + 3)
            assert only == late[:1]
            assert due == first_due(self.rows, destination)


def ask(tx: Transaction, destination: str) -> tuple[list[str], list[str], list[str], int | None]:
    """Ask the store what is ready early, late, and first, and when the next is due."""
    asked = ((START - 1, 99), (START + 3, 99), (START + 3, 1))
    early, late, only = ([row.id for row in tx.deliveries.ready(destination, *one)] for one in asked)
    return early, late, only, tx.deliveries.first_due(destination)


TestLanes = Lanes.TestCase
TestLanes.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


def test_a_delivery_that_is_not_due_yet_holds_nobody(store: EmbeddedStore) -> None:
    """A step behind a wait lets later ones pass."""
    add_deliveries(store, delivery("waits", due_at=START + 9), delivery("now"))
    found = store.write(lambda tx: tx.deliveries.ready("twilio", START, 9))
    assert [row.id for row in found] == ["now"]


def test_an_unknown_delivery_holds_nobody(store: EmbeddedStore) -> None:
    """It may be settled in a year."""
    add_deliveries(store, delivery("lost", "unknown"), delivery("now"))
    found = store.write(lambda tx: tx.deliveries.ready("twilio", START, 9))
    assert [row.id for row in found] == ["now"]


def test_looking_for_work_reads_no_finished_and_no_held_delivery(store: EmbeddedStore) -> None:
    """However many there are: the questions are answered from indexes that leave them out."""
    lane = [delivery(f"x{n}") for n in range(2000)]
    done = [delivery(f"y{n}", "delivered", profile_id=f"q{n}") for n in range(2000)]
    add_deliveries(store, delivery("head", "retrying", due_at=START + 9), *lane, *done)
    connection = store.write(lambda tx: tx.connection)
    steps = [0]

    def count() -> int:
        steps[0] += 1
        return 0

    connection.set_progress_handler(count, 1)
    asked = (
        lambda tx: tx.deliveries.ready("twilio", START, 9),
        lambda tx: tx.deliveries.first_due("twilio"),
        lambda tx: tx.deliveries.interrupted(),
    )
    answers = [store.write(question) for question in asked]
    assert answers == [[], START + 9, []]
    assert steps[0] < 1000
