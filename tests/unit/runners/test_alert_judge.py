"""What is wrong and what is not: each bound of the judge of alerts, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from core.engine.notify import DAY, HOUR, MINUTE, Notify
from core.runners.alerts.judge import FIRINGS, SETTLING, SOURCE_RHYTHM, Lane, Picture, judge
from core.runners.alerts.rhythm import Span, heard

NOW = 1_800_000_000_000
NOTIFY = Notify()
PICTURE = Picture(NOW, NOW - DAY)


def told(**parts: Any) -> list[tuple[str, str, str, bool]]:
    """Judge a picture that is well but for some parts."""
    return [(*one.key, one.sure) for one in judge(replace(PICTURE, **parts), NOTIFY)]


def sure(**parts: Any) -> list[str]:
    """Name what opens an alert."""
    return [one.name for one in judge(replace(PICTURE, **parts), NOTIFY) if one.sure]


def hourly(days: int, until: int, *, rest: Sequence[int] = (), number: int = 1) -> tuple[Span, ...]:
    """Make arrivals in the middle of each hour up to one, but for some hours of the day."""
    hours = [until - n * HOUR for n in range(days * 24, -1, -1)]
    return tuple(Span(at, at, number) for at in hours if at == until or at // HOUR % 24 not in rest)


def daily(days: int, until: int, number: int = 1) -> tuple[Span, ...]:
    """Make firings on each day up to one."""
    return tuple(Span((until // DAY - n) * DAY, until - n * DAY, number) for n in range(days, -1, -1))


def test_nothing_is_wrong_with_a_server_that_does_nothing() -> None:
    """No sources, no triggers, no destinations."""
    assert told() == []


def test_a_source_is_silent_from_its_bound_on() -> None:
    """To the millisecond."""
    assert told(sources={"shop": hourly(5, NOW - 6 * HOUR + 1)}) == []
    assert told(sources={"shop": hourly(5, NOW - 6 * HOUR)}) == [("silent", "source", "shop", True)]


def test_a_source_that_never_was_regular_is_never_silent() -> None:
    """Too short, too little, or with pauses as long as the one that would be told."""
    last = NOW - 7 * HOUR
    assert told(sources={"shop": ()}) == []
    assert sure(sources={"new": hourly(2, last)}) == []
    few = tuple(
        Span(last - n * 5 * HOUR, last - n * 5 * HOUR, 1) for n in range(SOURCE_RHYTHM.number - 2, -1, -1)
    )
    assert sure(sources={"few": few}) == []
    assert told(sources={"enough": (Span(few[0].first_at - HOUR, few[0].first_at - HOUR, 1), *few)}) != []
    assert sure(sources={"nightly": hourly(6, last, rest=range(7))}) == []


def test_two_pauses_in_a_week_do_not_make_a_source_irregular() -> None:
    """It had an outage on two days of the week; the third one is told again, and a fourth day is a habit."""
    spans = hourly(6, NOW - 8 * HOUR)

    def without(*days: int) -> tuple[Span, ...]:
        gone = {(NOW - day * DAY) // DAY for day in days}
        return tuple(s for s in spans if s.first_at // DAY not in gone or s.first_at // HOUR % 24 > 8)

    assert told(sources={"shop": without(2, 4)}) == [("silent", "source", "shop", True)]
    assert sure(sources={"shop": without(2, 3, 4)}) == []


def test_a_silence_that_goes_on_stays_told() -> None:
    """Of what was regular once nothing is left to see after weeks; that alone is no sign of life."""
    old = (Span(NOW - 30 * DAY, NOW - 30 * DAY, 1),)
    assert told(sources={"shop": old}) == [("silent", "source", "shop", False)]
    assert told(triggers={"cart": old}) == [("silent", "trigger", "cart", False)]


def test_the_servers_own_absence_is_nobodys_silence() -> None:
    """What it could not hear is taken off, before and after."""
    spans = hourly(5, NOW - 7 * HOUR)
    assert told(sources={"shop": spans}) != []
    assert told(sources={"shop": spans}, outages=[(NOW - 3 * HOUR, NOW - HOUR)]) == []
    assert told(sources={"shop": spans}, outages=[(NOW - 3 * HOUR, NOW - 2 * HOUR)]) != []
    assert heard(0, 100, [(-50, 10), (20, 30), (90, 200), (300, 400)]) == 70


def test_a_trigger_has_gone_quiet_from_its_span_on() -> None:
    """It fired every day for weeks, and then not for seven days."""
    assert told(triggers={"cart": daily(20, NOW - 7 * DAY + 1)}) == []
    assert told(triggers={"cart": daily(20, NOW - 7 * DAY)}) == [("silent", "trigger", "cart", True)]


def test_a_trigger_that_seldom_fires_does_not_go_quiet() -> None:
    """Too few firings, too short a time, or with such pauses before."""
    last = NOW - 8 * DAY
    assert sure(triggers={"cart": daily(13, last)}) == []
    weekly = tuple(Span(at, at, 3) for at in range(last - 27 * DAY, last + 1, 9 * DAY))
    assert sure(triggers={"sale": weekly}) == []
    few = (Span(last - 20 * DAY, last - 14 * DAY, FIRINGS - 2), Span(last - 12 * DAY, last, 1))
    assert sure(triggers={"few": few}) == []
    assert sure(triggers={"enough": (few[0], few[1]._replace(number=2))}) == ["enough"]


def test_a_trigger_that_is_paused_is_not_also_quiet() -> None:
    """One cause, one message."""
    found = told(triggers={"cart": daily(20, NOW - 9 * DAY)}, paused={"cart": "fired 11 times"})
    assert found == [("paused", "trigger", "cart", True)]


LANE = Lane("twilio", has_answered=True)


@pytest.mark.parametrize(
    ("lane", "expected"),
    [
        (LANE, None),
        (replace(LANE, first_due=NOW), None),
        (replace(LANE, is_closed=False, since=NOW, needs_operator=True), True),
        (replace(LANE, is_closed=False, since=NOW - 5 * MINUTE + 1), False),
        (replace(LANE, is_closed=False, since=NOW - 5 * MINUTE), True),
        (replace(LANE, missing=["CUEWIRE_TWILIO_AUTH_TOKEN"]), None),
        (replace(LANE, missing=["CUEWIRE_TWILIO_AUTH_TOKEN"], first_due=NOW + 1), None),
        (replace(LANE, missing=["CUEWIRE_TWILIO_AUTH_TOKEN"], first_due=NOW), True),
        (replace(LANE, has_answered=False), None),
        (replace(LANE, has_answered=False, first_due=NOW + DAY), False),
    ],
    ids=[
        "well",
        "due now",
        "key refused",
        "fails, not for long",
        "fails for long",
        "no key, nothing to send",
        "no key, nothing due yet",
        "no key, and something is due",
        "not asked yet, nothing waits",
        "not asked yet, something waits",
    ],
)
def test_a_destination_is_paused(lane: Lane, expected: bool | None) -> None:
    """At once where only an operator can help; what is not known yet opens nothing and clears nothing."""
    found = told(lanes=[lane])
    assert found == ([] if expected is None else [("paused", "destination", "twilio", expected)])


def test_stopped_sends_are_told_and_excuse_the_queues() -> None:
    """The stop says all."""
    late = replace(LANE, first_due=NOW - HOUR)
    assert told(lanes=[late]) == [("late", "destination", "twilio", True)]
    assert told(lanes=[late], stopped=(NOW, "wrong price")) == [("paused", "server", "sends", True)]


@pytest.mark.parametrize("part", ["timers", "delay"])
def test_late_is_what_passes_the_bound(part: str) -> None:
    """By more than it; and not sure of a server that has just started."""
    name = {"timers": "timers", "delay": "decisions"}[part]
    assert told(**{part: 5 * MINUTE}) == []
    assert told(**{part: 5 * MINUTE + 1}) == [("late", "server", name, True)]
    assert told(**{part: 5 * MINUTE + 1}, started_at=NOW - SETTLING + 1) == [("late", "server", name, False)]
    assert told(**{part: 5 * MINUTE + 1}, started_at=NOW - SETTLING) == [("late", "server", name, True)]


def test_a_queue_is_late_when_its_next_delivery_is() -> None:
    """By more than the bound; not where the destination is paused, which is told already."""
    assert told(lanes=[replace(LANE, first_due=NOW - 5 * MINUTE)]) == []
    late = replace(LANE, first_due=NOW - 5 * MINUTE - 1)
    assert told(lanes=[late]) == [("late", "destination", "twilio", True)]
    paused = replace(late, is_closed=False, since=NOW, needs_operator=True)
    assert [kind for kind, *_ in told(lanes=[paused])] == ["paused"]
    without = replace(late, missing=["CUEWIRE_TWILIO_AUTH_TOKEN"])
    assert [kind for kind, *_ in told(lanes=[without])] == ["paused"]


def test_each_finding_says_what_it_saw_and_what_to_do() -> None:
    """The words of a message."""
    found = judge(
        replace(
            PICTURE,
            sources={"shop": hourly(5, NOW - 7 * HOUR - 5)},
            triggers={"cart": daily(20, NOW - 9 * DAY)},
            lanes=[replace(LANE, missing=["A", "B"], first_due=NOW)],
            stopped=(NOW, ""),
            timers=7 * MINUTE + 500,
        ),
        NOTIFY,
    )
    reasons = {one.key: one.reason for one in found}
    assert reasons == {
        ("paused", "server", "sends"): "all sends are stopped since 2027-01-15T08:00:00.000Z",
        ("paused", "destination", "twilio"): "deliveries wait: A and B are not set",
        ("silent", "source", "shop"): "nothing came for 7h, the last at 2027-01-15T00:59:59.995Z",
        ("silent", "trigger", "cart"): "it has not fired for 9d, the last time at 2027-01-06T08:00:00.000Z",
        ("late", "server", "timers"): "timers are overdue by 7m",
    }
    assert all(one.hint for one in found)
