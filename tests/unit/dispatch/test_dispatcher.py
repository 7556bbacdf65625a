"""The dispatcher with its threads running: what starts, stops, crashes and stays apart."""

from __future__ import annotations

import threading

import pytest
from dispatch_world import PATIENCE, SECOND, START, Scripted, World, delivery, eventually
from structlog.testing import capture_logs

from core.dispatch import Dispatcher, Pace
from core.ports import Attempt, RetryLater, Unknown


def test_deliveries_leave_as_soon_as_the_dispatcher_is_told(world: World) -> None:
    """No polling: the clock stands still, and only the notice wakes the lane."""
    vendor = Scripted()
    world.run(vendor)
    world.add(*(delivery(f"d{i}") for i in range(20)))
    for i in range(20):
        world.reaches(f"d{i}", "delivered")
    assert len(vendor.calls) == 20


def test_a_dispatcher_that_hears_of_every_commit_comes_to_rest(world: World) -> None:
    """Its own commits wake it too, but a look that finds nothing is not one."""
    vendor = Scripted()
    dispatcher = world.run(vendor)
    world.store.on_commit.append(dispatcher.notify)  # type: ignore[attr-defined]  # the embedded store's
    world.add(delivery("d1", person="ada"), delivery("d2", person="ada"))
    world.reaches("d2", "delivered")
    assert vendor.calls == ["d1", "d2"]


def test_a_destination_that_hangs_slows_no_other(world: World) -> None:
    """All senders of one are stuck while the other delivers everything."""
    release = threading.Event()
    stuck = Scripted("stuck", before=lambda _row: release.wait(PATIENCE))
    lively = Scripted("lively")
    try:
        world.run(stuck, lively)
        world.add(*(delivery(f"s{i}", destination="stuck") for i in range(8)))
        eventually(lambda: len(stuck.calls) == 4)
        world.add(*(delivery(f"l{i}", destination="lively") for i in range(40)))
        for i in range(40):
            world.reaches(f"l{i}", "delivered")
        assert len(stuck.calls) == 4
        assert not any(world.row(f"s{i}").status == "delivered" for i in range(8))
    finally:
        release.set()


def test_stopping_waits_for_answers_and_claims_nothing_more(world: World) -> None:
    """What is under way ends well; what waits stays scheduled."""
    entered, release = threading.Event(), threading.Event()

    def hold(_row: object) -> None:
        entered.set()
        release.wait(PATIENCE)

    vendor = Scripted(before=hold)
    dispatcher = world.run(vendor, pace=Pace(concurrency=1))
    world.add(delivery("d1"), delivery("d2"))
    assert entered.wait(PATIENCE)
    # Told before the answer comes, for else the next one might be claimed first.
    assert not dispatcher.stop(grace=0)
    release.set()
    assert dispatcher.stop(grace=PATIENCE)
    assert (world.row("d1").status, world.row("d2").status) == ("delivered", "scheduled")


def test_stopping_before_an_answer_leaves_the_intent_for_the_next_start(world: World) -> None:
    """It is known to have been under way, and so becomes unknown, never sent twice."""
    entered, release = threading.Event(), threading.Event()

    def hold(_row: object) -> None:
        entered.set()
        release.wait(PATIENCE)

    vendor = Scripted(before=hold)
    try:
        dispatcher = world.run(vendor)
        world.add(delivery("d1"))
        assert entered.wait(PATIENCE)
        assert not dispatcher.stop(grace=0.01)
        assert world.row("d1").status == "sending"
        again = Scripted()
        world.run(again)
        assert world.row("d1").status == "unknown"
        assert again.calls == []
    finally:
        release.set()


def test_a_dispatcher_that_was_never_started_stops(world: World) -> None:
    """A server may fail between making and starting it."""
    dispatcher = Dispatcher(world.store, {"vendor": Scripted()}, world.clock, world.may_send)
    assert dispatcher.stop(grace=PATIENCE)


def test_new_mappings_bring_those_that_are_there_another_pace(world: World) -> None:
    """At once, and with what they have learnt; one that says nothing of it any more has the usual one again."""
    entered, release = threading.Semaphore(0), threading.Event()

    def hold(_row: object) -> None:
        entered.release()
        release.wait(PATIENCE)

    vendor = Scripted(before=hold)
    try:
        dispatcher = world.run(vendor, pace=Pace(concurrency=1))
        world.add(*(delivery(f"d{i}") for i in range(9)))
        assert entered.acquire(timeout=PATIENCE)
        dispatcher.add({"vendor": vendor}, {"vendor": Pace(concurrency=6)})
        eventually(lambda: len(vendor.calls) == 6)
    finally:
        release.set()
    world.reaches("d8", "delivered")
    assert vendor.most_at_once == 6
    dispatcher.add({"vendor": vendor})
    assert dispatcher.metrics()["destinations"]["vendor"]["budget"] is None


def test_a_destination_that_comes_with_new_mappings_gets_its_lane(world: World) -> None:
    """Those there are keep theirs, with what they have learnt."""
    vendor, replaced, later = Scripted(), Scripted(), Scripted("later")
    dispatcher = world.run(vendor)
    world.add(delivery("d1", destination="later"))
    dispatcher.add({"vendor": replaced, "later": later})
    world.add(delivery("d2"))
    world.reaches("d1", "delivered")
    world.reaches("d2", "delivered")
    assert (vendor.calls, replaced.calls, later.calls) == (["d2"], [], ["d1"])


@pytest.mark.parametrize(
    ("action", "destination", "status"),
    [
        ("idempotent", "vendor", "retrying"),
        ("keyed", "vendor", "retrying"),
        ("lookup", "vendor", "unknown"),
        ("at_most_once", "vendor", "unknown"),
        ("no_longer_there", "vendor", "unknown"),
        ("idempotent", "removed", "unknown"),
    ],
)
def test_what_a_crash_interrupted_is_settled_by_its_class(
    world: World, action: str, destination: str, status: str
) -> None:
    """Before the first lane starts, and at once."""
    row = delivery("d1", action=action, destination=destination, status="sending")
    row.attempts = [Attempt(number=1, started_at=START - SECOND)]
    world.add(row)
    vendor = Scripted(missing=["CUEWIRE_VENDOR_KEY"])
    world.run(vendor)
    row = world.row("d1")
    assert (row.status, row.reason) == (status, "the process stopped before the answer")
    assert row.due_at == START
    (attempt,) = row.attempts
    assert (attempt.ended_at, attempt.outcome) == (START, status)


def test_after_a_crash_the_repeatable_is_sent_again_and_the_rest_holds_nobody_up(world: World) -> None:
    """The person's next delivery goes out behind the unknown one."""
    unknown = delivery("d1", person="ada", status="sending", attempts=[Attempt(number=1, started_at=START)])
    again = delivery("d3", action="keyed", status="sending", attempts=[Attempt(number=1, started_at=START)])
    world.add(unknown, delivery("d2", person="ada"), again)
    vendor = Scripted()
    world.run(vendor)
    world.reaches("d2", "delivered")
    world.reaches("d3", "delivered")
    assert sorted(vendor.calls) == ["d2", "d3"]
    assert world.row("d1").status == "unknown"


def test_the_counters_tell_attempts_by_outcome_and_each_destinations_state(world: World) -> None:
    """What the metrics page shows."""
    vendor = Scripted(script={"d1": [RetryLater("down")], "d2": [Unknown("lost")]})
    dispatcher = world.run(vendor, Scripted("waiting", missing=["CUEWIRE_WAITING_KEY"]))
    world.add(delivery("d1"), delivery("d2"), delivery("d3"))
    for identifier, status in (("d1", "retrying"), ("d2", "unknown"), ("d3", "delivered")):
        world.reaches(identifier, status)
    metrics = dispatcher.metrics()
    assert metrics["attempts_total"] == {
        ("vendor", "retrying"): 1,
        ("vendor", "unknown"): 1,
        ("vendor", "delivered"): 1,
    }
    assert metrics["destinations"]["waiting"]["missing_settings"] == ["CUEWIRE_WAITING_KEY"]
    assert metrics["destinations"]["vendor"]["breaker"] == "closed"


def test_the_log_tells_what_happened_and_never_to_whom(world: World) -> None:
    """Ids and outcomes only: a reason may quote a phone number."""
    quoted = "no such number +4915112345678"
    vendor = Scripted(script={"d1": [RetryLater(quoted)], "d2": [Unknown(quoted)], "d3": [KeyError(quoted)]})
    with capture_logs() as logs:
        lane = world.lane(vendor)
        world.add(
            delivery("d1"), delivery("d2"), delivery("d3"), delivery("d4"), delivery("d5", expires_at=0)
        )
        world.drive(lane)
    events = {(entry.get("delivery"), entry["event"]) for entry in logs}
    assert {
        ("d1", "delivery_retried"),
        ("d2", "delivery_unknown"),
        ("d3", "destination_failed"),
        ("d4", "delivery_sent"),
        ("d5", "delivery_expired"),
    } <= events
    assert all(entry["destination"] == "vendor" for entry in logs)
    assert "+49" not in str(logs)
    assert not any("exc_info" in entry for entry in logs)


def test_a_pause_and_its_end_are_logged_once_each(world: World) -> None:
    """The operator reads the reason, and that it is over."""
    vendor = Scripted(script={"d1": [RetryLater("answered 401 (check CUEWIRE_VENDOR_KEY)", pause=True)]})
    world.add(delivery("d1"))
    with capture_logs() as logs:
        lane = world.lane(vendor)
        world.drive(lane)
        world.pass_time(60 * SECOND)
        world.drive(lane)
    told = [
        (entry["event"], entry.get("reason")) for entry in logs if entry["event"].startswith("destination")
    ]
    assert told == [
        ("destination_paused", "answered 401 (check CUEWIRE_VENDOR_KEY)"),
        ("destination_resumed", None),
    ]


def test_missing_settings_are_logged_once(world: World) -> None:
    """Not at every look."""
    with capture_logs() as logs:
        lane = world.lane(Scripted(missing=["CUEWIRE_VENDOR_KEY"]))
        for _ in range(3):
            lane.step()
    assert [(entry["event"], entry["missing"]) for entry in logs] == [
        ("destination_waits_for_settings", ["CUEWIRE_VENDOR_KEY"])
    ]
