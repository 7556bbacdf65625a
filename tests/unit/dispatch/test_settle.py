"""Callbacks against attempts: whoever comes first, the delivery ends right and never goes back."""

from __future__ import annotations

import pytest
from dispatch_world import SECOND, START, Scripted, World, delivery

from core.dispatch import settle
from core.ports import Attempt, Delivered, DeliveryRow, Outcome, RetryLater, Status, Unknown

LOST = Unknown("the connection broke")


def call_back(world: World, status: Status, reason: str = "told", *, reference: str = "SM1") -> bool:
    """Let the vendor report on d1."""
    return world.store.write(
        lambda tx: settle(tx, "d1", status=status, reason=reason, reference=reference, at=START + SECOND)
    )


def stored(world: World, status: str, *, attempts: int = 1) -> None:
    """Store d1 in a status."""
    made = [Attempt(number=n + 1, started_at=START) for n in range(attempts)]
    world.add(delivery("d1", status=status, attempts=made))


@pytest.mark.parametrize("status", [Status.DELIVERED, Status.REJECTED])
def test_a_lost_answer_is_settled_by_the_report_that_comes_after_it(world: World, status: Status) -> None:
    """Unknown first, then known; never sent again."""
    vendor = Scripted(script={"d1": [LOST]})
    world.add(delivery("d1"))
    lane = world.lane(vendor)
    world.drive(lane)
    assert world.row("d1").status == "unknown"
    assert call_back(world, status)
    row = world.row("d1")
    assert (row.status, row.reason, row.reference) == (status.value, "told", "SM1")
    assert row.attempts[0].outcome == "unknown"
    world.drive(lane)
    assert vendor.calls == ["d1"]


@pytest.mark.parametrize("status", [Status.DELIVERED, Status.REJECTED])
@pytest.mark.parametrize("answer", [LOST, RetryLater("no connection"), Delivered("queued", reference="SM1")])
def test_a_report_that_comes_before_the_answer_stands(world: World, status: Status, answer: Outcome) -> None:
    """The vendor's report overtakes its own answer to the request."""

    def overtake(_row: DeliveryRow) -> None:
        assert call_back(world, status, reference="")

    vendor = Scripted(script={"d1": [answer]}, before=overtake)
    world.add(delivery("d1"))
    lane = world.lane(vendor)
    world.drive(lane)
    row = world.row("d1")
    assert (row.status, row.reason) == (status.value, "told")
    assert row.reference == ("SM1" if isinstance(answer, Delivered) else "")
    assert (row.attempts[0].outcome, row.attempts[0].ended_at) == (status.value, START + SECOND)
    world.pass_time(3600 * SECOND)
    world.drive(lane)
    assert vendor.calls == ["d1"]


def test_a_report_ends_the_retries_of_what_had_arrived_all_the_same(world: World) -> None:
    """The first attempt's answer was lost, its effect was not."""
    vendor = Scripted(script={"d1": [RetryLater("timeout")]})
    world.add(delivery("d1", action="keyed"))
    lane = world.lane(vendor)
    world.drive(lane)
    assert call_back(world, Status.DELIVERED)
    world.pass_time(3600 * SECOND)
    world.drive(lane)
    assert vendor.calls == ["d1"]
    assert world.row("d1").status == "delivered"


def test_what_was_accepted_may_turn_out_undeliverable_but_never_the_other_way(world: World) -> None:
    """Delivered, then rejected, then for good."""
    stored(world, "delivered")
    assert call_back(world, Status.REJECTED, "30005: unknown destination handset")
    assert world.row("d1").status == "rejected"
    assert not call_back(world, Status.DELIVERED)
    assert (world.row("d1").status, world.row("d1").reason) == (
        "rejected",
        "30005: unknown destination handset",
    )


@pytest.mark.parametrize("status", ["rejected", "dead", "expired", "cancelled", "suppressed"])
def test_a_final_state_is_never_moved(world: World, status: str) -> None:
    """Whatever is reported later."""
    stored(world, status)
    assert not call_back(world, Status.DELIVERED)
    assert (world.row("d1").status, world.row("d1").reference) == (status, "")


def test_nothing_can_be_reported_of_what_was_never_sent(world: World) -> None:
    """Neither of an unknown id nor of what still waits for its first attempt."""
    assert not call_back(world, Status.DELIVERED)
    stored(world, "retrying", attempts=0)
    assert not call_back(world, Status.DELIVERED)
    assert world.row("d1").status == "retrying"


def test_the_first_reference_is_kept(world: World) -> None:
    """A later report names the same message, or is not about it."""
    stored(world, "delivered")
    call_back(world, Status.DELIVERED, reference="SM1")
    call_back(world, Status.DELIVERED, "delivered", reference="SM2")
    assert (world.row("d1").reference, world.row("d1").reason) == ("SM1", "delivered")


def test_a_report_settles_as_delivered_or_rejected_only(world: World) -> None:
    """Anything else is the caller's mistake."""
    stored(world, "sending")
    with pytest.raises(ValueError, match="not as retrying"):
        call_back(world, Status.RETRYING)


def test_a_report_lets_the_persons_next_delivery_go(world: World) -> None:
    """A settled head holds nobody's queue."""
    stored(world, "retrying")
    world.add(delivery("d2", person="person-d1", due_at=START))
    vendor = Scripted()
    lane = world.lane(vendor)
    world.store.write(lambda tx: _push_back(tx.deliveries.get("d1"), tx))
    world.drive(lane)
    assert vendor.calls == []
    call_back(world, Status.DELIVERED)
    world.drive(lane)
    assert vendor.calls == ["d2"]


def _push_back(row: DeliveryRow | None, tx: object) -> None:
    """Let a delivery be due much later."""
    assert row is not None
    row.due_at = START + 3600 * SECOND
    tx.deliveries.save(row)  # type: ignore[attr-defined]  # a transaction of the store


def test_a_final_report_stands_against_those_that_come_out_of_order(world: World) -> None:
    """`sent` behind `delivered` is old news, and so is a failure that was overtaken."""
    stored(world, "unknown")
    told = [
        (Status.DELIVERED, "delivered", True),
        (Status.DELIVERED, "sent", False),
        (Status.REJECTED, "x", True),
    ]
    changed = [
        world.store.write(
            lambda tx, one=one: settle(
                tx, "d1", status=one[0], reason=one[1], at=START + SECOND, final=one[2]
            )
        )
        for one in told
    ]
    assert changed == [True, False, False]
    assert (world.row("d1").status, world.row("d1").reason) == ("delivered", "delivered")
