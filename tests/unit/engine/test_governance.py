"""Caps and quiet hours: what each counts, and the first moment that all of them leave free."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from governing import EMAIL, NIGHT, ORDER, PROMO, SMS, at, got, someone, under
from one_person import DAY, HOUR, MINUTE, START

from core.engine import Profile
from core.engine.governance import govern, permit, refused_by
from core.engine.policy import Message, MessageCap, QuietHours
from core.engine.profile import Sent
from core.engine.rule import Purpose, RuleSet


def free(profile: Profile, found: RuleSet, message: Message, when: int) -> int | None:
    """Tell when a message may go."""
    return govern(profile, found, message, when).free_at


@pytest.mark.parametrize(
    ("cap", "before", "asked", "fits"),
    [
        (MessageCap(1, DAY, channel="email"), EMAIL, EMAIL, False),
        (MessageCap(1, DAY, channel="email"), SMS, EMAIL, True),
        (MessageCap(1, DAY, channel="email"), EMAIL, SMS, True),
        (MessageCap(1, DAY, tag="promo"), PROMO, PROMO, False),
        (MessageCap(1, DAY, tag="promo"), EMAIL, PROMO, True),
        (MessageCap(1, DAY, tag="promo"), PROMO, EMAIL, True),
        (MessageCap(1, DAY, purpose="marketing"), SMS, EMAIL, False),
        (MessageCap(1, DAY, purpose="news"), EMAIL, EMAIL, True),
        (MessageCap(1, DAY), SMS, EMAIL, False),
        # What passes all caps is counted by them all the same.
        (MessageCap(1, DAY), ORDER, EMAIL, False),
        (MessageCap(1, DAY), EMAIL, ORDER, True),
        (MessageCap(2, DAY), EMAIL, EMAIL, True),
    ],
)
def test_a_cap_counts_its_channel_tag_or_purpose_or_everything(
    cap: MessageCap, before: Message, asked: Message, fits: bool
) -> None:
    """Count what the cap names, whatever the message that asks is besides."""
    profile = someone(*got(START, message=before))
    assert (free(profile, under(cap), asked, START + MINUTE) is not None) is fits


def test_a_purpose_may_pass_the_caps_and_still_rest_at_night() -> None:
    """Each purpose says for itself which of the two hold for it."""
    found = under(
        MessageCap(1, DAY),
        quiet=NIGHT,
        alarm=Purpose("alarm", caps=False),
        news=Purpose("news", quiet_hours=False),
    )
    night = at("2026-03-02T22:00:00Z")
    profile = someone(*got(night - MINUTE))
    assert free(profile, found, Message("email", "alarm"), night) == at("2026-03-03T07:00:00Z")
    assert free(profile, found, Message("email", "news"), night) is None
    assert free(someone(), found, Message("email", "news"), night) == night
    assert free(profile, found, ORDER, night) == night


def test_a_purpose_that_nobody_declared_obeys_everything() -> None:
    """What the policy does not name is asked for consent, caps and quiet hours."""
    found, night = under(MessageCap(1, DAY), quiet=NIGHT), at("2026-03-02T22:00:00Z")
    assert free(someone(), found, Message("email", "unheard"), night) == at("2026-03-03T07:00:00Z")
    assert free(someone(*got(night)), found, Message("email", "unheard"), night) is None
    assert permit(someone(), found, Sent(0, "a", "email", "unheard"), START).refusal.startswith("consent: ")


@pytest.mark.parametrize(
    ("after", "fits"), [(0, False), (DAY, False), (DAY + 1, True), (-DAY, False), (-DAY - 1, True)]
)
def test_a_rolling_window_includes_both_its_ends(after: int, fits: bool) -> None:
    """Count a message exactly one window before or behind, and none a millisecond further."""
    found = under(MessageCap(1, DAY))
    assert (free(someone(*got(START)), found, EMAIL, START + after) is not None) is fits


@pytest.mark.parametrize(
    ("per", "first", "last", "free_at"),
    [
        # 23 hours on 29 March, 25 on 25 October, in Berlin.
        ("day", "2026-03-28T23:00:00Z", "2026-03-29T21:59:59.999Z", "2026-03-29T22:00:00Z"),
        ("day", "2026-10-24T22:00:00Z", "2026-10-25T22:59:59.999Z", "2026-10-25T23:00:00Z"),
        ("week", "2026-03-22T23:00:00Z", "2026-03-29T21:59:59.999Z", "2026-03-29T22:00:00Z"),
        ("week", "2026-10-18T22:00:00Z", "2026-10-25T22:59:59.999Z", "2026-10-25T23:00:00Z"),
    ],
)
def test_a_calendar_cap_counts_the_day_or_week_of_the_person(
    per: Any, first: str, last: str, free_at: str
) -> None:
    """From its first moment to its last the day or week is one, and the next begins anew."""
    cap = MessageCap(1, per, over="hold")
    for sent, asked in ((first, last), (last, first), (first, first)):
        assert free(someone(*got(sent)), under(cap), EMAIL, at(asked)) == at(free_at)
    assert free(someone(*got(at(first) - 1)), under(cap), EMAIL, at(first)) == at(first)
    assert free(someone(*got(last)), under(cap), EMAIL, at(free_at)) == at(free_at)


def test_the_zone_of_a_calendar_cap_is_found_like_that_of_the_person() -> None:
    """The same two moments are one day in Berlin and two in New York."""
    found, first, second = under(MessageCap(1, "day")), "2026-03-02T03:00:00Z", at("2026-03-02T12:00:00Z")
    assert free(someone(*got(first)), found, EMAIL, second) is None
    assert free(someone(*got(first), timezone="America/New_York"), found, EMAIL, second) == second


def test_held_messages_wait_until_every_cap_has_room() -> None:
    """Of several full caps the last to have room decides, and a window that fills again is waited for too."""
    hourly, daily = MessageCap(1, HOUR, over="hold"), MessageCap(2, DAY, channel="email", over="hold")
    profile = someone(*got(START - 3 * HOUR, START - MINUTE))
    assert free(profile, under(hourly), EMAIL, START) == START - MINUTE + HOUR + 1
    assert free(profile, under(hourly, daily), EMAIL, START) == START - 3 * HOUR + DAY + 1
    assert free(profile, under(hourly, daily), SMS, START) == START - MINUTE + HOUR + 1


def test_one_full_cap_that_drops_stops_what_others_would_hold() -> None:
    """Nothing waits for a moment at which it would be refused."""
    hold, drop = MessageCap(1, HOUR, over="hold"), MessageCap(1, DAY)
    ruling = govern(someone(*got(START - MINUTE)), under(hold, drop), EMAIL, START)
    assert ruling.free_at is None
    assert refused_by(ruling) == "caps: cap all messages 1 per 1h, saw 2"
    assert [reason.passed for reason in ruling.reasons] == [False, False]


def test_what_a_cap_holds_waits_for_the_end_of_the_night_too() -> None:
    """The free moment is the first that both caps and quiet hours leave."""
    found = under(MessageCap(1, 12 * HOUR, over="hold"), MessageCap(1, "day", over="hold"), quiet=NIGHT)
    noon = at("2026-03-02T11:00:00Z")  # In Berlin; the window ends at midnight there, so does the day.
    assert free(someone(*got(noon)), found, EMAIL, noon + MINUTE) == at("2026-03-03T07:00:00Z")
    late = at(
        "2026-03-02T20:30:00Z"
    )  # Quiet already; the window is full until half past nine in the morning.
    assert free(someone(*got(late)), found, EMAIL, late) == late + 12 * HOUR + 1


def test_quiet_hours_that_drop_refuse_at_night_and_not_by_day() -> None:
    """What a cap moves to the next day was not written at night."""
    found = under(MessageCap(1, 12 * HOUR, over="hold"), quiet=replace(NIGHT, held="drop"))
    noon, night = at("2026-03-02T11:00:00Z"), at("2026-03-02T22:00:00Z")
    assert free(someone(*got(noon)), found, EMAIL, noon) == at("2026-03-03T07:00:00Z")
    ruling = govern(someone(), found, EMAIL, night)
    assert ruling.free_at is None
    assert refused_by(ruling) == "quiet_hours: quiet from 21:00 to 08:00, saw quiet in Europe/Berlin"


def test_a_message_that_never_has_a_free_moment_is_refused() -> None:
    """Quiet hours all day, or caps and nights that never leave room together, end the search."""
    always = under(quiet=QuietHours(0, 24 * 60))
    assert free(someone(), always, EMAIL, START) is None
    assert govern(someone(), always, EMAIL, START).reasons[0].passed is False


def test_a_cap_and_nights_that_take_turns_are_given_up() -> None:
    """Where each free moment of the one is full by the other, the search ends after a few weeks of them."""
    # A message each evening within an hour of the only free minute of the day.
    hour = QuietHours(12 * 60 + 1, 12 * 60, zones=NIGHT.zones)
    noons = [at("2026-03-02T11:00:00Z") + day * DAY for day in range(25)]
    found = under(MessageCap(1, HOUR, over="hold"), quiet=hour)
    ruling = govern(someone(*got(*noons)), found, EMAIL, noons[0])
    assert ruling.free_at is None
    assert refused_by(ruling).startswith("caps: cap all messages 1 per 1h, saw 2")


def test_reasons_say_what_was_counted_and_until_when_it_waits() -> None:
    """Each cap and the quiet hours say what they saw, needed and did."""
    caps = (
        MessageCap(2, DAY, channel="email"),
        MessageCap(1, "week", tag="promo", over="hold"),
        MessageCap(9, HOUR, purpose="marketing"),
        MessageCap(9, "day"),
    )
    night = at("2026-03-02T22:00:00Z")
    ruling = govern(someone(*got(night, message=PROMO)), under(*caps, quiet=NIGHT), PROMO, night, step=3)
    told = [(one.gate, one.passed, one.expression, one.saw, one.needed, one.step) for one in ruling.reasons]
    held = "held until 2026-03-09T07:00:00.000Z"
    assert told == [
        ("caps", True, "cap email 2 per 1d", 2, "at most 2", 3),
        ("caps", True, "cap tag promo 1 per week", f"2, {held}", "at most 1", 3),
        ("caps", True, "cap marketing 9 per 1h", 2, "at most 9", 3),
        ("caps", True, "cap all messages 9 per day", 2, "at most 9", 3),
        ("quiet_hours", True, "quiet from 21:00 to 08:00", f"quiet in Europe/Berlin, {held}", "not quiet", 3),
    ]
    by_day = govern(someone(), under(quiet=NIGHT), EMAIL, night - 12 * HOUR)
    assert [(one.passed, one.saw) for one in by_day.reasons] == [(True, "free in Europe/Berlin")]


def test_without_caps_and_quiet_hours_nothing_is_asked() -> None:
    """An empty policy gives no reasons."""
    assert govern(someone(), under(), EMAIL, START) == ((), START)
