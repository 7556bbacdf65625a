"""Alerts over a store and a clock that the test moves: what opens, what clears, who is told and how often."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from edge.described import check
from embedded.published import publish
from embedded.web import Web
from embedded.world import MINUTE, World

from core.dispatch import Stop
from core.engine.instant import iso
from core.engine.notify import DAY, HOUR
from core.ports import AlertRow, Delivered, Notice, Outcome, RawEvent, Rejected, RetryLater
from core.runners.alerts.notice import notice
from core.runners.alerts.picture import Camera
from core.runners.alerts.speaker import HORIZON, Speaker
from core.runners.alerts.watch import KEPT, Watch

SEEN = """
trigger: seen
status: live
owner: owner@example.com
when: {event: Seen}
limits: {cap: {times: 100, per: 1d}}
do: [{braze.track_event: {external_id: =profile.id, name: Seen}}]
"""
TO = "to: [{email: ops@example.com}]"

Wait = Callable[[Callable[[], bool]], None]


class Desk:
    """A watch over a world, which may be taken away and come back."""

    def __init__(self, world: World, notify: str = TO) -> None:
        self.world = world
        publish(world, {"triggers/seen.yaml": SEEN, "policy.yaml": f"notify: {{{notify}}}\n"})
        self.stopped: Stop | None = None
        self.timers = 0
        self.watch = self.come()

    def come(self) -> Watch:
        """Start to watch."""
        camera = Camera(
            self.world.store.read,
            lambda: {"attempts_total": {}, "destinations": {}},
            timers=lambda: self.timers,
            delay=self.world.pipeline.delays.high,
            stopped=lambda: self.stopped,
        )
        self.watch = Watch(
            self.world.store, self.world.clock, lambda: self.world.pipeline.rules, camera.take, lambda: None
        )
        return self.watch

    def look(self, after: int = 0) -> list[tuple[str, str]]:
        """Look after a time, and name what is open then."""
        self.world.clock.time += after
        self.watch.look()
        return [(one.kind, one.name) for one in self.rows("open")]

    def rows(self, status: str = "") -> list[AlertRow]:
        """Read the alerts."""
        return self.world.store.read.alerts(status, 50)

    def seen(self, *, hours: int, every: int = 1) -> None:
        """Let somebody see something every hour."""
        for _ in range(hours):
            self.world.clock.time += every * HOUR
            assert self.world.send(self.world.call("Seen")) == ["applied"]


def occasions(row: AlertRow) -> list[tuple[str, str]]:
    """Give who is told of what."""
    return [(one.to, one.occasion) for one in row.tellings]


def test_a_source_that_falls_silent_is_told_once_until_it_speaks(world: World) -> None:
    """Also when the server was away for a while, and when it comes back before the source does."""
    desk = Desk(world)
    desk.seen(hours=80)
    assert desk.look(6 * HOUR - 1) == []
    assert desk.look(1) == [("silent", "segment")]
    assert desk.look(HOUR) == [("silent", "segment")]
    world.clock.time += 20 * HOUR
    desk.come()
    assert desk.look() == [("silent", "segment")]
    assert desk.look(30 * DAY) == [("silent", "segment")]
    world.send(world.call("Seen"))
    assert ("silent", "segment") not in desk.look()
    (row,) = [one for one in desk.rows() if one.name == "segment"]
    assert occasions(row) == [("email:ops@example.com", "opened"), ("email:ops@example.com", "cleared")]


def test_what_the_server_did_not_hear_is_no_silence(world: World) -> None:
    """It was away for ten hours: the source gets its six from then on."""
    desk = Desk(world)
    desk.seen(hours=80)
    desk.look()
    world.clock.time += 10 * HOUR
    desk.come()
    assert desk.look() == []
    assert desk.look(6 * HOUR - 1) == []
    assert desk.look(1) == [("silent", "segment")]


def test_imported_history_and_sources_without_a_file_are_not_missed(world: World) -> None:
    """What is imported now says nothing of who sends now."""
    desk = Desk(world)
    desk.seen(hours=1)
    before = world.store.read.arrivals()
    call = world.call("Seen")
    world.pipeline.recall("segment", [RawEvent(b"{}", call)], [world.clock.time]).result()
    assert world.store.read.arrivals() == before
    assert [(row.source, row.number) for row in before] == [("segment", 1)]


def test_a_trigger_that_stops_firing_is_told_to_its_owner_too(world: World) -> None:
    """Seven days after its last firing, when it had fired for two weeks; the next firing clears it."""
    desk = Desk(world)
    desk.seen(hours=15, every=24)
    assert desk.look(7 * DAY - 1) == []
    assert desk.look(1) == [("silent", "seen")]
    world.send(world.call("Seen"))
    assert desk.look() == []
    (row,) = desk.rows()
    to = ["email:ops@example.com", "email:owner@example.com"]
    assert occasions(row) == [(one, what) for what in ("opened", "cleared") for one in to]


def test_alerts_of_other_kinds_are_kept_and_told_nobody(world: World) -> None:
    """``on`` names what is worth a message; the list shows all."""
    desk = Desk(world, TO + ", on: [silent]")
    desk.stopped = Stop(world.clock.time, "")
    assert desk.look() == [("paused", "sends")]
    assert occasions(desk.rows()[0]) == []


def test_decisions_and_timers_that_come_late_are_told(world: World) -> None:
    """A request that waited for minutes before it was judged; the bound is the policy's."""
    desk = Desk(world, TO + ", late: 2m")
    world.clock.time += 2 * MINUTE
    late = world.clock.time - 2 * MINUTE
    assert world.pipeline.delays.high(world.clock.time) == 0

    def send(at: int) -> None:
        call = world.call("Seen")
        assert world.pipeline.accept("segment", [RawEvent(b"{}", call)], at) == ["applied"]

    send(late)
    assert desk.look() == []
    send(late - 1)
    assert desk.look() == [("late", "decisions")]
    assert desk.look(10 * MINUTE + 1) == []
    desk.timers = 2 * MINUTE + 1
    assert desk.look() == [("late", "timers")]


def test_a_firing_by_the_clock_is_late_from_when_its_timer_was_due(world: World) -> None:
    """Not from when its event came."""
    at = iso(world.clock.time)
    call = world.call("Product Added", timestamp=at, properties={"cart_id": "c1"})
    assert world.pipeline.accept("segment", [RawEvent(b"{}", call)], world.clock.time) == ["applied"]
    world.clock.time += 15 * MINUTE + 7_000
    world.store.write(world.pipeline.wake)
    assert world.outcomes("cart") == ["fired"]
    assert world.pipeline.delays.high(world.clock.time) == 7_000


def test_one_late_decision_of_two_hundred_is_not_told(world: World) -> None:
    """Ninety-nine of a hundred are what counts."""
    desk = Desk(world, TO + ", late: 1m")
    world.clock.time += HOUR
    items = [world.call("Seen", user=f"u{n}") for n in range(200)]
    world.pipeline.accept("segment", [RawEvent(b"{}", one) for one in items[:199]], world.clock.time)
    world.pipeline.accept("segment", [RawEvent(b"{}", items[199])], world.clock.time - HOUR)
    assert desk.look() == []
    world.pipeline.accept("segment", [RawEvent(b"{}", world.call("Seen", user=f"v{n}")) for n in range(2)], 1)
    assert desk.look() == [("late", "decisions")]


def test_alerts_that_are_long_over_are_forgotten(world: World) -> None:
    """After ninety days."""
    desk = Desk(world)
    desk.stopped = Stop(world.clock.time, "")
    desk.look()
    desk.stopped = None
    assert desk.look() == []
    assert len(desk.rows()) == 1
    desk.look(KEPT)
    assert len(desk.rows()) == 1
    desk.look(HOUR)
    assert desk.rows() == []


@dataclass
class Told:
    """A teller that answers as it is told; ``hold`` keeps one recipient waiting."""

    answers: dict[str, list[Outcome | Exception]] = field(default_factory=dict)
    heard: list[tuple[str, str]] = field(default_factory=list)
    hold: dict[str, threading.Event] = field(default_factory=dict)

    def missing(self, to: str) -> list[str]:
        """Miss nothing."""
        return []

    def tell(self, to: str, notice: Notice) -> Outcome:
        """Answer by the script."""
        if to in self.hold:
            assert self.hold[to].wait(20)
        self.heard.append((to, notice.key.rpartition("-")[2]))
        answers = self.answers.get(to, [])
        answer = answers.pop(0) if answers else Delivered()
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def desk(world: World) -> Desk:
    """Give a watch with two recipients, and something that is wrong."""
    made = Desk(world, "to: [{email: a@example.com}, {email: b@example.com}]")
    made.stopped = Stop(world.clock.time, "")
    made.look()
    return made


def speaker(world: World, told: Told) -> Speaker:
    """Make a speaker whose steps the test takes."""
    return Speaker(
        world.store, world.clock, told, lambda row, occasion: notice(row, occasion, server="", mode="live")
    )


def settled(made: Speaker, world: World, wait_until: Wait) -> None:
    """Take steps until nobody waits, moving the clock as far as it takes."""

    def done() -> bool:
        made.step()
        world.clock.time += 20 * MINUTE
        return not world.store.read.untold()

    wait_until(done)


def test_whatever_goes_wrong_is_tried_again(desk: Desk, world: World, wait_until: Wait) -> None:
    """A refusal, a lost answer or a bug: who never hears is worse than who hears twice."""
    told = Told({"email:a@example.com": [Rejected("no"), RetryLater("later"), ValueError("bug")]})
    made = speaker(world, told)
    settled(made, world, wait_until)
    (row,) = desk.rows()
    assert [(one.to[6], one.status, one.tries) for one in row.tellings] == [
        ("a", "told", 4),
        ("b", "told", 1),
    ]
    made.stop()


def test_a_recipient_that_never_answers_is_given_up_after_a_day(
    desk: Desk, world: World, wait_until: Wait
) -> None:
    """It hears no end of what it never heard of; the other one does."""
    told = Told({"email:a@example.com": [RetryLater("down")] * 5_000})
    made, began = speaker(world, told), world.clock.time
    settled(made, world, wait_until)
    assert world.clock.time - began >= HORIZON
    desk.stopped = None
    desk.look()
    settled(made, world, wait_until)
    (row,) = desk.rows()
    assert [(one.to[6], one.occasion, one.status) for one in row.tellings] == [
        ("a", "opened", "given_up"),
        ("b", "opened", "told"),
        ("b", "cleared", "told"),
    ]
    made.stop()


def test_a_slow_recipient_holds_up_nobody_and_keeps_its_order(
    desk: Desk, world: World, wait_until: Wait
) -> None:
    """While one does not answer the other hears that it began and that it is over."""
    slow = "email:a@example.com"
    told = Told(hold={slow: threading.Event()})
    made = speaker(world, told)
    made.step()
    wait_until(lambda: ("email:b@example.com", "opened") in told.heard)
    desk.stopped = None
    desk.look()
    wait_until(lambda: bool(made.step()) and ("email:b@example.com", "cleared") in told.heard)
    assert [to for to, _ in told.heard] == ["email:b@example.com"] * 2
    told.hold[slow].set()
    settled(made, world, wait_until)
    assert [what for to, what in told.heard if to == slow] == ["opened", "cleared"]
    made.stop()


def test_what_is_told_while_the_list_is_read_is_not_told_again(
    desk: Desk, world: World, wait_until: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list was read before the answer was stored, and is looked at after."""
    slow = "email:a@example.com"
    told = Told(hold={slow: threading.Event()})
    made = speaker(world, told)
    made.step()
    read = world.store.read.untold

    def late() -> list[AlertRow]:
        found = read()
        told.hold[slow].set()
        wait_until(lambda: not read())
        return found

    monkeypatch.setattr(world.store.read, "untold", late)
    made.step()
    made.stop()
    assert sorted(told.heard) == [(slow, "opened"), ("email:b@example.com", "opened")]


def test_the_api_lists_open_alerts_first(desk: Desk, world: World) -> None:
    """And narrows by status and number; the console shows what is open to who is signed in."""
    web = Web(world)
    desk.timers = HOUR
    desk.look(2 * MINUTE)
    desk.stopped = None
    desk.look()
    found: Any = web.get("alerts")
    check("Alerts", found)
    assert [(one["name"], one["cleared_at"] is None) for one in found["alerts"]] == [
        ("timers", True),
        ("sends", False),
    ]
    assert [one["name"] for one in web.get("alerts?status=cleared")["alerts"]] == ["sends"]
    assert len(web.get("alerts?limit=1")["alerts"]) == 1
    assert web.get("alerts?status=shut", 400)["error"]["field"] == "status"
