"""The intent to send: consent, caps and quiet hours asked in its transaction, and what is remembered of it."""

from __future__ import annotations

from datetime import date

from governing import EMAIL, NIGHT, ORDER, PROMO, SMS, at, got, someone, under
from hypothesis import given, settings
from hypothesis import strategies as st
from one_person import DAY, HOUR, START, Person, rules

from core.engine.decision import Reason
from core.engine.governance import Permit, permit
from core.engine.instant import moment
from core.engine.places import zone_named
from core.engine.policy import Message, MessageCap
from core.engine.profile import SENT_LIMIT, Consent, Moment, Sent, Waiting
from core.engine.quiet import is_quiet
from core.engine.rule import EventAnchor, Pattern, Trigger, Wait


def test_a_send_is_remembered_once_however_often_it_is_tried() -> None:
    """A retry asks again, counts once, and stands at its last time."""
    found, mine = under(MessageCap(1, DAY)), Sent(0, "a", "email", "marketing")
    first = permit(someone(), found, mine, START)
    assert first.profile is not None
    again = permit(first.profile, found, mine, START + HOUR)
    assert again.profile is not None
    assert [(one.id, one.at) for one in again.profile.sent] == [("a", START + HOUR)]
    other = permit(again.profile, found, replace_id(mine, "b"), START + HOUR)
    full = Reason("caps", False, "cap all messages 1 per 1d", saw=2, needed="at most 1", step=0)
    assert other == Permit(refusal="caps: cap all messages 1 per 1d, saw 2", stops=(full,))


def replace_id(one: Sent, name: str) -> Sent:
    """Give a message another id."""
    return Sent(one.at, name, one.channel, one.purpose, one.tags)


def test_consent_is_asked_first() -> None:
    """A withdrawal between the decision and the intent is the reason, whatever else would refuse."""
    profile = someone(*got(START))
    profile.consent = {"marketing/": Consent(False, 0, "segment")}
    asked = permit(profile, under(MessageCap(1, DAY)), Sent(0, "a", "email", "marketing"), START)
    assert asked == Permit(
        "consent: marketing by email: withdrawn", is_unusable=True, stops=(no("withdrawn"),)
    )
    profile.consent = {}
    asked = permit(profile, under(), Sent(0, "a", "email", "marketing"), START)
    assert asked == Permit(
        "consent: marketing by email: no statement", is_unusable=True, stops=(no("no statement"),)
    )


def no(saw: str) -> Reason:
    """Give what the gate says of whoever has not agreed."""
    return Reason("consent", False, "marketing by email", saw=saw, needed="granted consent", step=0)


def test_a_message_at_night_is_postponed_and_nothing_is_remembered() -> None:
    """It asks again at the free moment, and counts from then."""
    found, night = under(quiet=NIGHT), at("2026-03-02T22:00:00Z")
    asked = permit(someone(), found, Sent(0, "a", "email", "marketing"), night)
    why = "quiet_hours: quiet from 21:00 to 08:00, saw quiet in Europe/Berlin, held until 2026-03-03T07:00:00.000Z"
    assert asked == Permit(why, until=at("2026-03-03T07:00:00Z"))
    assert permit(someone(), found, Sent(0, "a", "email", "transactional"), night).profile is not None


def test_a_profile_forgets_no_message_that_a_cap_still_counts() -> None:
    """However many others come between, what makes a cap full stays known."""
    found, profile = under(MessageCap(1, DAY, channel="sms"), MessageCap(2, DAY, tag="x")), someone()
    (sms,) = got(START, message=Message("sms", "transactional"))
    profile.sent = [sms, *got(*range(START + 1, START + SENT_LIMIT), message=ORDER)]
    for more in range(3):
        done = permit(profile, found, Sent(0, f"m{more}", "email", "transactional"), START + HOUR)
        assert done.profile is not None
        profile = done.profile
    assert len(profile.sent) == SENT_LIMIT + 1
    assert permit(profile, found, Sent(0, "a", "sms", "marketing"), START + HOUR).refusal.startswith("caps: ")


def test_an_exit_event_reaches_a_message_for_as_long_as_it_is_postponed() -> None:
    """What is held anew at its intent waits until then; what has left is out of reach."""
    found, profile = under(quiet=NIGHT), someone()
    waits = Waiting("a", "", some_event(), START, START)
    profile.waiting = {"t": [Waiting("b", "", some_event(), START, START)], "u": [waits]}
    night = at("2026-03-02T22:00:00Z")
    postponed = permit(profile, found, Sent(0, "a", "email", "marketing"), night).profile
    assert postponed is not None
    (held,) = postponed.waiting["u"]
    assert (held.due, held.is_held, postponed.sent) == (at("2026-03-03T07:00:00Z"), True, [])
    left = permit(postponed, found, Sent(0, "a", "email", "marketing"), held.due).profile
    assert left is not None
    assert list(left.waiting) == ["t"]


def some_event() -> Moment:
    """Make some event."""
    person = Person(rules(Trigger("t", EventAnchor((Pattern("Added"),)), (Wait(1),), status="live")))
    person.event("Added", 0)
    return person.profile.timeline[0]


WORLD = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
CAPS = (
    MessageCap(2, DAY, channel="email"),
    MessageCap(3, "day", over="hold"),
    MessageCap(5, "week", purpose="marketing", over="hold"),
    MessageCap(1, 6 * HOUR, tag="promo"),
    MessageCap(4, 3 * DAY, over="hold"),
)
Left = dict[str, tuple[int, Message]]


@settings(max_examples=120, deadline=None)
@given(
    caps=st.lists(st.sampled_from(CAPS), unique=True, max_size=4),
    where=st.sampled_from(WORLD),
    begin=st.sampled_from(
        (at("2026-03-27T00:00:00Z"), at("2026-10-23T12:00:00Z"), at("2026-04-03T00:00:00Z"))
    ),
    asked=st.lists(
        st.tuples(st.integers(0, 8 * HOUR), st.sampled_from((EMAIL, SMS, PROMO, ORDER)), st.integers(0, 20)),
        max_size=40,
    ),
)
def test_no_run_of_sends_passes_a_cap_or_leaves_at_night(
    caps: list[MessageCap], where: str, begin: int, asked: list[tuple[int, Message, int]]
) -> None:
    """Ask for random messages, and for held ones again when they may go: each answer is that of a plain count."""
    found, profile, left = under(*caps, quiet=NIGHT), someone(timezone=where), Left()
    times = [begin + sum(gap for gap, _, _ in asked[: number + 1]) for number in range(len(asked))]
    queue = [
        (now, number, f"d{name}", message)
        for number, (now, (_, message, name)) in enumerate(zip(times, asked, strict=True))
    ]
    while queue:
        now, number, name, message = queue.pop(0)
        ruled = permit(profile, found, Sent(0, name, message.channel, message.purpose, message.tags), now)
        assert outcome(ruled) == expected(caps, where, left, name, message, now)
        if ruled.until is not None:
            assert ruled.until > now
            assert expected(caps, where, left, name, message, ruled.until) == "leaves"
            assert expected(caps, where, left, name, message, ruled.until - 1) != "leaves"
            queue = sorted([*queue, (ruled.until, number, name, message)], key=lambda one: one[:2])
        if ruled.profile is not None:
            profile, left[name] = ruled.profile, (now, message)
    assert {one.id: one.at for one in profile.sent} == {name: when for name, (when, _) in left.items()}


def outcome(ruled: Permit) -> str:
    """Name what was ruled."""
    if ruled.profile is not None:
        return "leaves"
    return "waits" if ruled.until is not None else "refused"


def expected(caps: list[MessageCap], where: str, left: Left, name: str, message: Message, now: int) -> str:
    """Judge a message by counting all that have left."""
    if message == ORDER:
        return "leaves"
    before = [(when, one) for other, (when, one) in left.items() if other != name]
    full = [cap for cap in caps if cap.covers(message) and counted(cap, where, before, now) >= cap.times]
    if any(cap.over == "drop" for cap in full):
        return "refused"
    zone = zone_named(where)
    assert zone is not None
    return "waits" if full or is_quiet(NIGHT, zone, now) else "leaves"


def counted(cap: MessageCap, where: str, before: list[tuple[int, Message]], now: int) -> int:
    """Count what a cap covers in the window that ends now, or on the same day or in the same week."""
    times = [when for when, one in before if cap.covers(one)]
    if isinstance(cap.per, int):
        return sum(now - cap.per <= when <= now for when in times)
    return sum(unit(cap, when, where) == unit(cap, now, where) for when in times)


def unit(cap: MessageCap, when: int, where: str) -> date | tuple[int, int]:
    """Give the day or the week of a moment."""
    day = moment(when).astimezone(zone_named(where)).date()
    return day if cap.per == "day" else day.isocalendar()[:2]
