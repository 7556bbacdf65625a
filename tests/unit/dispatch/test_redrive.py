"""Dead letters begin anew: at a rate, judged again, with the ids and attempts they have."""

from __future__ import annotations

from typing import Any

import pytest
from dispatch_world import DOWN, HOUR, SECOND, START, Scripted, World, delivery

from core.dispatch import Redrive, Redriven, Selection
from core.dispatch.outcome import recover
from core.dispatch.redrive import SLICE
from core.ports import Attempt, Destination, Outcome, Rejected, RetryLater, Status

DAY = 24 * HOUR


def redrive(world: World, **wanted: Any) -> Redriven:
    """Redrive what is wanted, by default what is dead."""
    specs = {"vendor": Scripted().spec, "other": Scripted("other").spec}
    return Redrive(world.store, world.clock, lambda: specs, world.look).run(Selection(**wanted))


def ended(identifier: str, status: str, **changes: Any) -> Any:
    """Make a delivery that ended after one attempt."""
    attempts = [Attempt(1, START - DAY, START - DAY + 5, "retrying", "no connection")]
    return delivery(identifier, status=status, **{"attempts": attempts, "created_at": START - DAY, **changes})


def test_a_dead_letter_is_sent_with_its_id_and_attempts(world: World) -> None:
    """Only what is dead, when nothing else is said."""
    vendor = Scripted()
    world.add(ended("d1", "dead", reason="no connection"), ended("r1", "rejected"), ended("ok", "delivered"))
    found = redrive(world)
    assert (found.matched, found.redriven, dict(found.refused)) == (1, 1, {})
    assert world.row("d1").reason.endswith("before: no connection")
    world.drive(world.lane(vendor))
    row = world.row("d1")
    assert vendor.calls == ["d1"]
    assert (row.status, [one.number for one in row.attempts]) == ("delivered", [1, 2])


def test_turns_are_spread_by_the_rate_oldest_first(world: World) -> None:
    """Two a second; the lane sends no earlier, whatever its own pace."""
    vendor = Scripted()
    world.add(*(ended(f"d{i}", "dead", created_at=START - DAY - i) for i in range(5)))
    found = redrive(world, per_second=2.0)
    assert (found.first_due_at, found.last_due_at) == (START, START + 2 * SECOND)
    lane = world.lane(vendor)
    assert world.drive(lane) == 0.5
    assert vendor.calls == ["d4"]
    world.pass_time(SECOND)
    world.drive(lane)
    assert vendor.calls == ["d4", "d3", "d2"]


def test_a_second_redrive_keeps_the_rate_of_the_first(world: World) -> None:
    """Its turns stand behind those that are planned, of the same destination only."""
    world.add(*(ended(f"d{i}", "dead") for i in range(4)))
    redrive(world, per_second=1.0)
    world.add(ended("late", "dead"), ended("else", "dead", destination="other"))
    redrive(world, per_second=1.0)
    assert world.row("late").due_at == START + 4 * SECOND
    assert world.row("else").due_at == START


def test_the_horizon_begins_with_the_first_attempt_after_the_redrive(world: World) -> None:
    """A day of retries again, and the backoff from its beginning."""
    vendor = Scripted(always=DOWN)
    world.add(ended("d1", "dead"))
    redrive(world)
    lane = world.lane(vendor)
    lane.gate.breaker.threshold = 10_000
    world.drive(lane)
    row = world.row("d1")
    assert row.status == "retrying"
    assert START <= row.due_at <= START + SECOND
    for _ in range(200):
        world.pass_time(HOUR // 4)
        world.drive(lane)
    row = world.row("d1")
    assert row.status == "dead"
    assert DAY <= (row.attempts[-1].started_at - START) <= DAY + HOUR
    assert row.attempts[0].redriven_at == START
    assert row.attempts[1].started_at == START


def test_what_may_have_arrived_needs_a_word_of_its_own(world: World) -> None:
    """An unknown message is not doubled by a filter that happens to match it."""
    world.add(
        ended("d1", "unknown"),
        ended("d2", "unknown", action="lookup"),
        ended("d3", "unknown", action="keyed"),
    )
    found = redrive(world, statuses=(Status.UNKNOWN,))
    assert (found.matched, found.redriven) == (3, 1)
    assert "confirm_unknown" in next(iter(found.refused))
    assert [world.row(f"d{i}").status for i in (1, 2, 3)] == ["unknown", "unknown", "scheduled"]
    redrive(world, statuses=(Status.UNKNOWN,), confirm_unknown=True)
    assert [world.row(f"d{i}").status for i in (1, 2, 3)] == ["scheduled"] * 3


LOST = RetryLater("no answer", may_have_arrived=True)


def test_a_key_that_has_lapsed_needs_the_same_word(world: World) -> None:
    """After a day of lost answers no vendor knows the key any more; what surely never arrived goes as it is."""
    answers: dict[str, list[Outcome | Exception]] = {"lost": [LOST, *[DOWN] * 300], "never": [DOWN] * 300}
    answers["same"] = [LOST] * 300
    lane = world.lane(Scripted(script=answers))
    lane.gate.breaker.threshold = 10_000
    world.add(
        *(delivery(one, action="keyed") for one in ("lost", "never")), delivery("same", action="idempotent")
    )
    for _ in range(120):
        world.drive(lane)
        world.pass_time(HOUR // 4)
    assert {world.row(one).status for one in answers} == {"dead"}
    found = redrive(world)
    assert (found.matched, found.redriven) == (3, 2)
    assert "confirm_unknown" in next(iter(found.refused))
    assert world.row("lost").status == "dead"
    assert redrive(world, confirm_unknown=True).redriven == 1


def test_a_key_that_is_still_known_makes_a_second_send_harmless(world: World) -> None:
    """It was refused after a lost answer, an hour ago."""
    vendor = Scripted(script={"d1": [LOST, Rejected("no such campaign")]})
    lane = world.lane(vendor)
    world.add(delivery("d1", action="keyed"))
    for _ in range(2):
        world.drive(lane)
        world.pass_time(HOUR)
    assert world.row("d1").status == "rejected"
    assert redrive(world, statuses=(Status.REJECTED,)).redriven == 1


def test_a_word_that_was_given_once_is_asked_for_again(world: World) -> None:
    """The second try fell through before it left; the first may still have arrived."""
    world.add(ended("d1", "unknown"))
    redrive(world, statuses=(Status.UNKNOWN,), confirm_unknown=True)
    world.refusals["d1"] = "consent: withdrawn"
    world.drive(world.lane(Scripted()))
    assert world.row("d1").status == "suppressed"
    assert redrive(world, statuses=(Status.SUPPRESSED,)).redriven == 0
    assert redrive(world, statuses=(Status.SUPPRESSED,), confirm_unknown=True).redriven == 1


def test_what_was_interrupted_may_have_arrived(world: World) -> None:
    """A process that stopped before the answer leaves the same doubt."""
    destinations: dict[str, Destination] = {"vendor": Scripted()}
    world.add(ended("d1", "sending", action="keyed", attempts=[Attempt(1, START - 2 * DAY)]))
    world.store.write(lambda tx: recover(tx, destinations, now=START - DAY))
    world.drive(world.lane(Scripted(always=Rejected("no"))))
    assert world.row("d1").status == "rejected"
    assert redrive(world, statuses=(Status.REJECTED,)).redriven == 0


def test_consent_is_judged_again_when_the_turn_comes(world: World) -> None:
    """What may not leave any more ends as suppressed."""
    vendor = Scripted()
    world.add(ended("d1", "dead"), ended("d2", "suppressed", reason="consent: marketing by sms, saw none"))
    redrive(world, statuses=(Status.DEAD, Status.SUPPRESSED))
    world.refusals["d1"] = "consent: withdrawn"
    world.pass_time(SECOND)
    world.drive(world.lane(vendor))
    assert (world.row("d1").status, world.row("d2").status) == ("suppressed", "delivered")
    assert vendor.calls == ["d2"]


def test_what_is_over_needs_a_new_end(world: World) -> None:
    """Else it would only expire again."""
    world.add(ended("d1", "expired", expires_at=START - 1), ended("d2", "dead", expires_at=START + DAY))
    found = redrive(world, statuses=(Status.EXPIRED, Status.DEAD))
    assert list(found.refused) == ["it is valid no longer: valid_for gives it a new end"]
    assert world.row("d2").status == "scheduled"
    redrive(world, statuses=(Status.EXPIRED,), valid_for=HOUR)
    assert world.row("d1").expires_at == world.row("d1").due_at + HOUR
    vendor = Scripted()
    world.pass_time(SECOND)
    world.drive(world.lane(vendor))
    assert sorted(vendor.calls) == ["d1", "d2"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"status": "delivered"}, "it is delivered"),
        ({"status": "cancelled"}, "it is cancelled"),
        ({"status": "retrying"}, "it is retrying"),
        ({"status": "dead", "profile_id": ""}, "the person was erased"),
        ({"status": "dead", "destination": "gone"}, "there is no gone.at_most_once any more"),
        ({"status": "dead", "action": "gone"}, "there is no vendor.gone any more"),
        (
            {"status": "suppressed", "reason": "exit_on: Order Completed (e1)"},
            "for what does not change: exit_on",
        ),
    ],
)
def test_what_may_not_begin_anew_stays_and_says_why(world: World, changes: dict[str, Any], why: str) -> None:
    """Named by its id it is refused all the same."""
    world.add(ended("d1", **changes))
    before = world.row("d1")
    found = redrive(world, ids=("d1", "nobody"))
    assert (found.matched, found.redriven) == (1, 0)
    assert why in next(iter(found.refused))
    assert world.row("d1") == before


def test_a_message_that_went_by_another_channel_is_not_sent_by_the_first_too(world: World) -> None:
    """Its step has reached the person."""
    world.add(
        ended("d1", "rejected"), ended("d1-email", "delivered", channel="email"), ended("d2", "rejected")
    )
    found = redrive(world, statuses=(Status.REJECTED,))
    assert dict(found.refused) == {"its message went by another channel: email": 1}
    assert (world.row("d1").status, world.row("d2").status) == ("rejected", "scheduled")


def test_a_dry_run_counts_and_changes_nothing(world: World) -> None:
    """The same numbers, and the turns that there would be."""
    world.add(*(ended(f"d{i}", "dead") for i in range(3)), ended("x", "dead", expires_at=START - 1))
    dry = redrive(world, is_dry_run=True, per_second=1.0)
    assert (dry.matched, dry.redriven, dry.last_due_at) == (4, 3, START + 2 * SECOND)
    assert world.row("d0").status == "dead"
    wet = redrive(world, per_second=1.0)
    assert (wet.matched, wet.redriven, wet.last_due_at) == (4, 3, START + 2 * SECOND)


def test_filters_narrow_and_slices_miss_nothing(world: World) -> None:
    """More than one transaction's worth, many made at the same instant."""
    world.add(*(ended(f"d{i}", "dead", created_at=START + i // 50) for i in range(SLICE + 70)))
    world.add(ended("t", "dead", trigger="other"), ended("o", "dead", destination="other"))
    assert redrive(world, trigger="other", is_dry_run=True).matched == 1
    assert redrive(world, destination="other", is_dry_run=True).matched == 1
    assert redrive(world, since=START + 3, destination="vendor", is_dry_run=True).matched == SLICE + 70 - 150
    limited = redrive(world, limit=SLICE + 5, is_dry_run=True)
    assert (limited.matched, limited.has_more) == (SLICE + 5, True)
    whole = redrive(world)
    assert (whole.matched, whole.has_more) == (SLICE + 72, False)


def test_a_redriven_delivery_holds_up_nobody_and_goes_before_later_ones_that_are_due(world: World) -> None:
    """While it waits for its turn the person's new message leaves; at its turn it has its old place."""
    vendor = Scripted()
    world.add(ended("a0", "dead"), ended("old", "dead", person="ada"))
    redrive(world, per_second=0.1)
    world.add(delivery("new", person="ada"))
    lane = world.lane(vendor)
    world.drive(lane)
    assert vendor.calls == ["a0", "new"]
    world.add(delivery("newer", person="ada", due_at=START + 10 * SECOND))
    world.pass_time(10 * SECOND)
    world.drive(lane)
    assert vendor.calls[2:] == ["old", "newer"]


def test_a_redriven_one_that_is_refused_ends_as_any_other(world: World) -> None:
    """It can be listed and redriven once more."""
    vendor = Scripted(script={"d1": [RetryLater("busy"), Rejected("no such number")]})
    world.add(ended("d1", "dead"))
    redrive(world)
    lane = world.lane(vendor)
    for _ in range(2):
        world.drive(lane)
        world.pass_time(10 * SECOND)
    assert (world.row("d1").status, world.row("d1").reason) == ("rejected", "no such number")
    assert redrive(world, statuses=(Status.REJECTED,)).redriven == 1
