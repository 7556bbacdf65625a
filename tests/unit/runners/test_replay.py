"""A replay tells what comes of each event and timer, and in which turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.engine.decision import Decision
from core.engine.event import Event, Identifier
from core.engine.profile import Profile
from core.engine.rule import RuleSet
from core.ports import DeliveryRow
from core.runners.replay import APPLIED, DUPLICATE, Replay
from cuewire.wiring import load_mappings

MINUTE = 60_000
START = 1_772_445_600_000


class Heard:
    """Notes what a replay tells."""

    def __init__(self) -> None:
        self.decisions: list[tuple[str, int]] = []
        self.turns: list[tuple[int, int, str]] = []
        self.rows: list[DeliveryRow] = []
        self.events: list[str] = []
        self.replay: Replay

    def applied(self, event: Event, profile: Profile) -> None:
        """Note an event with the identifiers of its person."""
        self.events.append(f"{event.name} {len(profile.identifiers)}")

    def decided(self, decision: Decision, profile: Profile) -> None:
        """Note a decision's outcome and minute, and its turn."""
        self.decisions.append((decision.outcome, (decision.at - START) // MINUTE))
        self.turns.append(self.replay.turn)

    def settled(self, row: DeliveryRow) -> None:
        """Note what became of a delivery."""
        self.rows.append(row)


@pytest.fixture
def heard(tmp_path: Path) -> Heard:
    """Give a replay of an absence trigger, by its witness."""
    (tmp_path / "triggers").mkdir()
    (tmp_path / "triggers" / "t.yaml").write_text(
        "trigger: t\nstatus: live\n"
        "when: {event: Added, not_followed_by: Ordered, within: 15m}\n"
        "do: [braze.track_event: {name: Left}]\n"
    )
    rules: RuleSet | None = load_mappings(tmp_path).rules
    assert rules is not None
    made = Heard()
    made.replay = Replay(rules, made)
    return made


def event(name: str, at: int, who: str = "ann", *, arrived: int | None = None, id_: str = "") -> Event:
    """Give an event so many minutes after the start."""
    time, arrival = START + at * MINUTE, START + (at if arrived is None else arrived) * MINUTE
    data = {"type": "track", "event": name, "messageId": id_ or f"{name}{at}{who}"}
    identifiers = (Identifier("user_id", who),)
    return Event(data["messageId"], 0, "segment", "track", name, time, arrival, data, identifiers)


def test_events_and_timers_are_told_in_their_turns(heard: Heard) -> None:
    """Timers stand before the events of the same moment; what an event made overdue stands right behind it."""
    replay = heard.replay
    replay.hear(event("Added", 0), "0")
    replay.hear(event("Added", 5, "bo", arrived=40), "1")
    replay.hear(event("Ordered", 50, "bo"), "2")
    assert heard.decisions == [("fired", 15), ("fired", 20)]
    ann, bo = heard.turns
    assert ann[:2] == (START + 15 * MINUTE + 1, 0)
    assert bo[:2] == (START + 40 * MINUTE, 1) and bo[2].startswith("1 ")
    assert heard.events == ["Added 1", "Added 1", "Ordered 1"]
    assert [row.status for row in heard.rows] == ["delivered", "delivered"]


def test_the_same_id_has_no_second_effect_for_seven_days(heard: Heard) -> None:
    """It still lets the clock go on, so that timers fire before it."""
    replay = heard.replay
    assert replay.hear(event("Added", 0, id_="m")) == APPLIED
    assert replay.hear(event("Added", 60, id_="m")) == DUPLICATE
    assert heard.decisions == [("fired", 15)]
    assert replay.hear(event("Added", 7 * 24 * 60, id_="m")) == DUPLICATE
    assert replay.hear(event("Added", 7 * 24 * 60 + 1, id_="m")) == APPLIED


def test_what_fires_when_no_event_comes_any_more_comes_after_the_history(heard: Heard) -> None:
    """However near it is to the last event."""
    heard.replay.hear(event("Added", 0))
    assert not heard.replay.is_over and heard.decisions == []
    heard.replay.finish()
    assert heard.replay.is_over and heard.decisions == [("fired", 15)]


def test_whom_the_engine_fails_for_costs_the_others_nothing(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their timers are left alone, what failed is told, and the run comes to its end."""
    from core.pipeline import working

    real = working.wake

    def wake(profile: Profile, now: int, rules: RuleSet) -> object:
        if "ann" in profile.identifiers["user_id"]:
            raise ValueError("planted")
        return real(profile, now, rules)

    monkeypatch.setattr(working, "wake", wake)
    heard.replay.hear(event("Added", 0))
    heard.replay.hear(event("Added", 1, "bo"))
    heard.replay.finish()
    assert heard.decisions == [("fired", 16)]
    [fault] = heard.replay.faults
    assert fault.startswith("timers of ") and fault.endswith("planted")
