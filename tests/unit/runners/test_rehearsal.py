"""A rehearsal: several people on one made-up clock, in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.engine.event import Event, Identifier
from core.engine.rule import RuleSet
from core.runners.rehearsal import LONGEST, Rehearsal
from cuewire.wiring import load_mappings

MINUTE = 60_000
START = 1_772_445_600_000


@pytest.fixture
def rules(tmp_path: Path) -> RuleSet:
    """Give an absence trigger that calls Braze."""
    (tmp_path / "triggers").mkdir()
    (tmp_path / "triggers" / "t.yaml").write_text(
        "trigger: t\nstatus: live\n"
        "when: {event: Product Added, not_followed_by: Order Completed, within: 15m}\n"
        "do: [braze.track_event: {name: Left}]\n"
    )
    loaded = load_mappings(tmp_path)
    assert loaded.rules is not None
    return loaded.rules


def event(name: str, at: int, *who: tuple[str, str]) -> Event:
    """Give an event so many minutes after the start."""
    time = START + at * MINUTE
    identifiers = tuple(Identifier(*one) for one in who)
    data = {"type": "track", "event": name, "messageId": f"{name}{at}{who}"}
    return Event(data["messageId"], 0, "segment", "track", name, time, time, data, identifiers)


ANN, BO, COOKIE = ("user_id", "ann"), ("user_id", "bo"), ("anonymous_id", "x")


def test_people_are_woken_in_the_order_of_their_timers(rules: RuleSet) -> None:
    """Each at the moment it is due, before whatever arrives later."""
    rehearsal = Rehearsal(rules, START)
    rehearsal.accept(event("Product Added", 5, BO))
    rehearsal.accept(event("Product Added", 10, ANN))
    rehearsal.accept(event("Signed In", 22, ANN))
    assert [(row.due_at - START) // MINUTE for row in rehearsal.deliveries] == [20]
    rehearsal.finish()
    assert [(one.at - START) // MINUTE for one in rehearsal.decisions] == [20, 25]
    assert [row.status for row in rehearsal.deliveries] == ["delivered", "delivered"]


def test_a_visitor_and_a_customer_become_one(rules: RuleSet) -> None:
    """Identities join as they do live, and the order closes the visitor's case."""
    rehearsal = Rehearsal(rules, START)
    rehearsal.accept(event("Product Added", 0, COOKIE))
    rehearsal.accept(event("Order Completed", 5, ANN, COOKIE))
    rehearsal.finish()
    assert len(rehearsal.people.profiles) == 1
    assert [one.outcome for one in rehearsal.decisions] == ["not_met"]
    assert rehearsal.deliveries == []


def test_the_clock_moves_by_what_happens_and_not_back(rules: RuleSet) -> None:
    """A late arrival does not turn it."""
    rehearsal = Rehearsal(rules, START)
    rehearsal.accept(event("Signed In", 9, ANN))
    rehearsal.advance(START)
    assert rehearsal.now() == START + 9 * MINUTE


def test_a_rehearsal_ends(rules: RuleSet) -> None:
    """Without timers it stands still; with one it goes as far as that, and never beyond the bound."""
    rehearsal = Rehearsal(rules, START)
    rehearsal.finish()
    assert rehearsal.now() == START
    rehearsal.accept(event("Product Added", 0, ANN))
    rehearsal.finish()
    assert START + 15 * MINUTE <= rehearsal.now() < START + LONGEST
