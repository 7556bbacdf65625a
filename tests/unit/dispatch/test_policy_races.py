"""Caps, quiet hours and the stop under fire: rules change, events come, the store is reopened, while messages leave."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from crowded import DAY, PEOPLE, QUEUED, a_moment, crowd
from dispatch_world import START, ManualClock, World, eventually
from firing_crowd import THREADS, Fire, closing, decisions, firing, shop

from core.dispatch import StopSwitch
from core.engine.policy import Group, MessageCap, Policy, QuietHours
from core.ports import Status

HOUR = 3_600_000


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let thousands of messages take their time, and not be logged: thousands of lines would tell nothing."""
    monkeypatch.setattr("core.dispatch.attempt.log.info", lambda *_, **__: None)
    monkeypatch.setattr("dispatch_world.PATIENCE", 120.0 + QUEUED / 100)


def test_a_cap_that_is_lowered_stops_all_that_has_not_left(world: World) -> None:
    """Whoever has had as many gets no more; the others get as many as the new cap says."""
    made = crowd(world, Policy(caps=(MessageCap(12, DAY),)))
    made.run()
    made.has_sent(PEOPLE * 2)
    made.pipeline.publish(replace(made.pipeline.rules, policy=Policy(caps=(MessageCap(3, DAY),))))
    had = Counter(row.profile_id for row in made.committed())
    made.is_done()
    got = Counter(row.profile_id for row in made.rows() if row.status == Status.DELIVERED)
    assert got == Counter({f"p{number}": max(3, had[f"p{number}"]) for number in range(PEOPLE)})


def test_nothing_leaves_once_quiet_hours_have_begun(world: World) -> None:
    """The clock passes into them while messages leave; what is left leaves from their end on, and none is lost."""
    clock = world.clock
    assert isinstance(clock, ManualClock)
    minute = START % DAY // 60_000
    quiet = QuietHours(minute + 1, minute + 61, zones=())
    made = crowd(world, Policy(quiet=quiet))
    made.run()
    made.has_sent(QUEUED // 20)
    world.pass_time(60_000)
    eventually(made.is_settled)
    waiting = {row.due_at for row in made.rows() if row.status == Status.SCHEDULED}
    end = (START // 60_000 + 61) * 60_000
    assert waiting == {end}
    world.pass_time(end - clock.now())
    made.is_done()
    begun = {attempt.started_at for row in made.rows() for attempt in row.attempts}
    assert begun == {START, end}
    assert len(made.calls()) == len(set(made.calls())) == QUEUED


def test_caps_and_groups_hold_for_firings_by_threads_while_others_leave(tmp_path: Path) -> None:
    """Events come by four threads while both lanes send; in the middle everything is closed and opened again."""
    caps = (MessageCap(3, DAY), MessageCap(2, "day", channel="sms"))
    rules = firing(Policy(caps=caps, groups={"g": Group(5, HOUR)}))
    sent: list[str] = []
    for part in range(2):
        made = shop(tmp_path, rules)
        made.run()
        fire = Fire(made, part * THREADS)
        made.has_sent(20 if part == 0 else 0)
        fire.join()
        if part:
            made.is_done()
        made.world.close()
        sent += made.calls()
        found = [row for row in made.rows() if row.status == Status.DELIVERED]
        fired = Counter(row.profile_id for row in decisions(made) if row.outcome == "fired")
        made.world.store.close()
    assert sorted(sent) == sorted(row.id for row in found)
    got = Counter(row.profile_id for row in found)
    assert set(got.values()) == {3}
    assert len(got) == PEOPLE
    assert max(Counter(row.profile_id for row in found if row.channel == "sms").values()) <= 2
    assert max(fired.values()) <= 5


def test_nothing_that_fires_after_the_stop_leaves_before_it_is_lifted(tmp_path: Path) -> None:
    """Events go on being judged; their messages wait through a restart, and leave once each."""
    rules = firing(Policy(groups={"g": Group(2, HOUR)}))
    made = shop(tmp_path, rules)
    made.run()
    fire = Fire(made)
    made.has_sent(20)
    StopSwitch(made.world.store, made.world.clock, lambda: None).stop("enough")
    allowed = {row.id for row in made.committed()}
    fire.join()
    a_moment()
    assert set(made.calls()) <= allowed
    closing(made)
    again = shop(tmp_path, rules)
    running = again.run()
    a_moment()
    assert again.calls() == []
    assert StopSwitch(again.world.store, again.world.clock, running.notify).resume()
    again.is_done()
    left = made.calls() + again.calls()
    assert len(left) == len(set(left))
    assert set(left) == {row.id for row in again.rows()}
    closing(again)
