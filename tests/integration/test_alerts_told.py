"""Who is told of an alert, in which order and how often, whatever goes wrong on the way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from edge.described import check
from embedded.watched import Desk
from embedded.web import Web
from embedded.world import MINUTE, World

from core.dispatch import Stop
from core.engine.notify import HOUR
from core.ports import AlertRow, Delivered, Notice, Outcome, Rejected, RetryLater
from core.runners.alerts.notice import notice
from core.runners.alerts.speaker import HORIZON, Speaker

Wait = Callable[[Callable[[], bool]], None]


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
            assert self.hold[to].wait(60)
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
