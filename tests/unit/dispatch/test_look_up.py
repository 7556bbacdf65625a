"""After a lost answer the destination is asked what became of it: later, durably, and never by sending."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from dispatch_world import HOUR, SECOND, START, Scripted, World, delivery

from core.dispatch import settle
from core.dispatch.linked import Linked
from core.dispatch.opt_out import Heeded
from core.dispatch.redirect import Redirect, Redirected
from core.ports import (
    ActionSpec,
    Attempt,
    Delivered,
    DeliveryRow,
    DestinationSpec,
    Outcome,
    Rejected,
    Repeats,
    RetryLater,
    Status,
    Unknown,
)

MINUTE = 60 * SECOND
SETTLE = 2 * MINUTE
LOST = Unknown("the connection broke")
SPEC = DestinationSpec(
    "vendor",
    "Vendor",
    {one.value: ActionSpec(one.value, "Do it.", one, (), settle=SETTLE) for one in Repeats},
)


@dataclass
class Findable(Scripted):
    """A destination that loses every first answer and can be asked."""

    spec: DestinationSpec = SPEC
    knows: Outcome | Exception | None = None
    asked: list[str] = field(default_factory=list)

    def look_up(self, row: DeliveryRow) -> Outcome | None:
        """Answer as the test says."""
        self.asked.append(row.id)
        if isinstance(self.knows, Exception):
            raise self.knows
        return self.knows


def lost(world: World, vendor: Findable, action: str = "lookup") -> None:
    """Let the answer to d1 be lost."""
    vendor.script["d1"] = [LOST]
    world.add(delivery("d1", action=action))
    world.drive(world.lane(vendor))
    assert world.row("d1").status == "unknown"


@pytest.mark.parametrize("action", ["lookup", "at_most_once"])
@pytest.mark.parametrize(
    ("knows", "status", "reason"),
    [
        (Delivered("sent", reference="SM1"), "delivered", "looked up: sent"),
        (Rejected("blocked"), "rejected", "looked up: blocked"),
    ],
)
def test_what_the_destination_knows_settles_it_after_the_wait(
    world: World, action: str, knows: Outcome, status: str, reason: str
) -> None:
    """Not a millisecond before it has had the time to know, and also by another run of the program."""
    vendor = Findable(knows=knows)
    lost(world, vendor, action)
    later = world.lane(vendor)
    assert world.drive(later) == SETTLE / 1000
    world.pass_time(SETTLE - 1)
    world.drive(later)
    assert vendor.asked == []
    world.pass_time(1)
    world.drive(later)
    assert vendor.asked == ["d1"]
    row = world.row("d1")
    assert (row.status, row.reason) == (status, reason)
    assert row.reference == ("SM1" if status == "delivered" else "")
    world.pass_time(24 * HOUR)
    world.drive(later)
    assert (vendor.asked, vendor.calls) == (["d1"], ["d1"])


def test_what_is_surely_not_there_is_sent_again_where_its_class_allows(world: World) -> None:
    """And consent is judged again first."""
    vendor = Findable(knows=None)
    lost(world, vendor)
    world.pass_time(SETTLE)
    world.drive(world.lane(vendor))
    assert vendor.calls == ["d1", "d1"]
    assert world.row("d1").status == "delivered"


def test_what_must_not_be_doubled_stays_unknown_when_it_is_not_found(world: World) -> None:
    """An SMS that the list does not show yet may arrive all the same."""
    vendor = Findable(knows=None)
    lost(world, vendor, "at_most_once")
    lane = world.lane(vendor)
    for _ in range(40):
        world.pass_time(HOUR)
        world.drive(lane)
    assert (vendor.calls, vendor.asked) == (["d1"], ["d1"])
    assert world.row("d1").status == "unknown"
    assert "not sent again" in world.row("d1").reason


@pytest.mark.parametrize("knows", [RetryLater("no connection"), Unknown("timeout"), KeyError("x")])
def test_a_question_that_fails_is_put_again_ever_later_and_not_for_ever(
    world: World, knows: Outcome | Exception
) -> None:
    """Doubling waits, a day in all."""
    vendor = Findable(knows=knows)
    lost(world, vendor)
    lane = world.lane(vendor)
    asked: list[int] = []
    for minute in range(48 * 60):
        world.pass_time(MINUTE)
        world.drive(lane)
        asked += [minute + 1] * (len(vendor.asked) - len(asked))
    assert asked[:4] == [2, 4, 8, 16]
    assert len(asked) <= 12
    assert (world.row("d1").status, vendor.calls) == ("unknown", ["d1"])


def test_a_callback_that_comes_first_spares_the_question(world: World) -> None:
    """What is settled is not asked after."""
    vendor = Findable(knows=None)
    lost(world, vendor)
    assert world.store.write(lambda tx: settle(tx, "d1", status=Status.DELIVERED, at=START + SECOND))
    world.pass_time(SETTLE)
    world.drive(world.lane(vendor))
    assert (vendor.asked, world.row("d1").status) == ([], "delivered")


def test_what_a_crash_interrupted_is_asked_after_too(world: World) -> None:
    """The answer is as lost as by a broken connection."""
    vendor = Findable(knows=Delivered("sent"))
    world.add(delivery("d1", action="lookup", status="sending", attempts=[Attempt(1, START)]))
    world.run(vendor)
    assert world.row("d1").status == "unknown"
    world.pass_time(SETTLE)
    assert world.reaches("d1", "delivered").reason == "looked up: sent"
    assert vendor.calls == []


def test_a_destination_that_cannot_be_asked_is_not(world: World) -> None:
    """Its unknown deliveries wait for a callback or a person."""
    vendor = Scripted(script={"d1": [LOST]})
    world.add(delivery("d1", action="lookup"))
    lane = world.lane(vendor)
    world.drive(lane)
    world.pass_time(HOUR)
    assert world.drive(lane) == 30
    assert world.row("d1").status == "unknown"


def test_what_follows_from_a_refusal_follows_from_one_that_was_looked_up_too(world: World) -> None:
    """The message's next channel, and what the ledger of consent hears."""
    told: list[tuple[str, str]] = []
    vendor = Findable(knows=Rejected("opted out", opted_out=True))
    lost(world, vendor)
    lane = world.lane(Heeded(vendor, lambda row, why: told.append((row.id, why))))
    lane.desk = replace(lane.desk, refused=lambda _tx, row, _now: told.append((row.id, row.status)))
    world.pass_time(SETTLE)
    world.drive(lane)
    assert told == [("d1", "opted out"), ("d1", "rejected")]


def test_the_question_passes_through_whatever_wraps_a_destination() -> None:
    """Links, opt-outs and the redirect mode change what is sent, not what became of it."""
    vendor = Findable(knows=Delivered("sent"))
    wrapped = Heeded(Linked(vendor, lambda *_: ""), lambda *_: None)
    assert wrapped.look_up(delivery("d1")) == Delivered("sent")
    assert Redirected(wrapped, Redirect({})).look_up(delivery("d1")) == Delivered("sent")
    assert isinstance(Heeded(Scripted(), lambda *_: None).look_up(delivery("d1")), Unknown)


def test_in_redirect_mode_the_question_is_about_the_test_recipient() -> None:
    """It is there that the message went."""
    asked: list[str] = []

    class Asked(Findable):
        def look_up(self, row: DeliveryRow) -> Outcome | None:
            """Note whom the question is about."""
            asked.append(row.fields["to"])
            return None

    made = Redirected(Asked(), Redirect({"phone": ["+4930111111"]}))
    row = delivery("d1", channel="sms", fields={"to": "+4915112345678"})
    assert made.look_up(row) is None
    assert asked == ["+4930111111"]
