"""Digests in the order of things: of the firings that one event makes, and of digests that wait for one moment."""

from __future__ import annotations

from dataclasses import replace

from digesting import add, alert, gathering, sent, someone, texts
from governing import NIGHT
from one_person import DAY, HOUR, MINUTE, Person

from core.engine.policy import Policy
from core.engine.rule import Send

#: 20:30 and, the next morning, 8:00 in Berlin.
EVENING, MORNING = 9 * HOUR + 30 * MINUTE, 21 * HOUR


def test_what_one_event_lets_go_is_told_by_trigger_key_and_step() -> None:
    """Their ids say nothing of who is the oldest of them."""
    names = ("delta", "alpha", "gamma", "beta", "epsilon")
    person = someone(*(alert(name, steps=(gathering(), gathering())) for name in names))
    add(person, "a", 0)
    person.until(DAY)
    told = [f"{name}:a {name}:a" for name in sorted(names)]
    assert texts(person) == [" ".join(told)]
    assert [(one.trigger, one.step) for one in person.actions] == [
        (name, step) for name in sorted(names) for step in (0, 1)
    ]


def offer() -> Send:
    """Gather the firings of an hour into another message."""
    act = gathering().channels[0]
    return Send("offer", (replace(act, message="offer"),), digest=HOUR)


def test_of_digests_that_wait_for_one_morning_the_higher_priority_is_first() -> None:
    """Whose digest was due before the other counts no more: both are judged as of the same moment."""
    low, high = alert("low", priority=1), alert("high", priority=9, steps=(offer(),))
    person: Person = someone(low, policy=Policy((), NIGHT))
    both = {one.name: one for one in (low, high)}
    add(person, "a", EVENING)
    person.rules = replace(person.rules, triggers=both)
    person.event("Added", EVENING + MINUTE, {"cart": "b"})
    person.until(DAY)
    assert [one.message for one in sent(person)] == ["offer", "news"]
    assert {one.due_at for one in sent(person)} == {sent(person)[0].due_at}
