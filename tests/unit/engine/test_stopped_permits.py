"""What is stopped at the intent to send: each gate says what it saw and needed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from governing import EMAIL, NIGHT, got, someone, under
from msgspec import Raw
from one_person import DAY, HOUR, START
from stopping import AGREES, EVENING, HELD, MORNING, act

from core.engine.governance import Permit, permit
from core.engine.instant import iso
from core.engine.policy import MessageCap
from core.engine.profile import Consent, Moment, Sent, Waiting
from core.engine.rule import EventAnchor, Pattern, Trigger

SENDING = Sent(0, "a", *EMAIL)
LATE = START + EVENING
DENIED = {"marketing/": True, "marketing/email": False}
HOLD, DROPPING = MessageCap(1, DAY, over="hold"), replace(NIGHT, held="drop")
FULL = f"2, held until {iso(LATE - HOUR + DAY + 1)}"
BY = f"free by {iso(LATE + HOUR)}"
PERMITS = (
    ("withdrawn", {"marketing/": False}, (), None, None, "consent", "withdrawn", AGREES),
    ("denied by its channel", DENIED, (), None, None, "consent", "withdrawn", AGREES),
    ("never given", {}, (), None, None, "consent", "no statement", AGREES),
    ("a cap that drops", None, (MessageCap(1, DAY),), None, None, "caps", 2, "at most 1"),
    ("a cap that holds for too long", None, (HOLD,), None, LATE + HOUR, "caps", FULL, BY),
    ("quiet hours that drop", None, (), DROPPING, None, "quiet_hours", "quiet in Europe/Berlin", "not quiet"),
    ("quiet hours that last too long", None, (), NIGHT, LATE + HOUR, "quiet_hours", HELD, BY),
)


@pytest.mark.parametrize(("name", "said", "caps", "quiet", "expires", "gate", "saw", "needed"), PERMITS)
def test_each_gate_that_stops_a_message_at_its_intent_says_what_it_saw(
    name: str,
    said: dict[str, bool] | None,
    caps: tuple[MessageCap, ...],
    quiet: Any,
    expires: int | None,
    gate: str,
    saw: Any,
    needed: str,
) -> None:
    """With the step; and nothing is remembered of the person."""
    profile = someone(*got(LATE - HOUR))
    if said is not None:
        profile.consent = {slot: Consent(granted, 0, "segment") for slot, granted in said.items()}
    found = permit(profile, under(*caps, quiet=quiet), SENDING, LATE, expires_at=expires, step=3)
    (stop,) = found.stops
    assert (stop.gate, stop.passed, stop.step, stop.saw, stop.needed) == (gate, False, 3, saw, needed), name
    assert found.refusal.startswith(f"{gate}: {stop.expression}") and found.profile is None


def test_an_exit_event_that_stops_a_message_at_its_intent_is_named() -> None:
    """It came before the free moment for which the message would wait anew."""
    trigger = Trigger(
        "t", EventAnchor((Pattern("Added"),)), (act(),), status="live", exit_on=(Pattern("Ordered"),)
    )
    found = replace(under(quiet=NIGHT), triggers={"t": trigger})
    profile = someone()
    profile.timeline = [Moment(LATE + 1, 2, "ordered", "Ordered", "segment", Raw(b"\x80"))]
    anchor = Moment(LATE - HOUR, 1, "added", "Added", "segment", Raw(b"\x80"))
    profile.waiting = {"t": [Waiting("a", "", anchor, LATE, LATE - 1)]}
    (stop,) = permit(profile, found, SENDING, LATE, step=0).stops
    seen = f"Ordered (ordered) at {iso(LATE + 1)}"
    assert (stop.gate, stop.expression, stop.saw, stop.step) == ("anchor", "exit_on", seen, 0)


def test_what_waits_or_leaves_at_its_intent_is_not_stopped() -> None:
    """Held until the morning, in time or without an end; and free."""
    night = under(quiet=NIGHT)
    for expires in (None, MORNING):
        found = permit(someone(), night, SENDING, LATE, expires_at=expires)
        assert (found.stops, found.until) == ((), MORNING)
    left = permit(someone(), night, SENDING, START)
    assert left.stops == () and left.profile is not None and left != Permit()
