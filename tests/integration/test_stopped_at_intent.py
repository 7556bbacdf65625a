"""What is stopped as it is about to leave: a decision in the same transaction, once, whatever happens around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from edge.doubles import API_KEY
from embedded.stopping import (
    BRIEF,
    CAP,
    DROPPING,
    EITHER,
    FREE,
    HOLDING,
    HOUR,
    MESSAGE,
    QUIET,
    asks,
    begin,
    leave,
    rows,
    says,
    stops,
)
from embedded.web import Web
from embedded.world import MINUTE, NOW, World

from connectors import catalogue
from core.dispatch import Redrive, Selection
from core.dispatch.intent import claim
from core.engine.digest import stop_id
from core.engine.instant import iso
from core.ports import Status
from webhooks.api.explaining import explain


def withdrawn(world: World) -> None:
    """Let the person take their yes back."""
    says(world, granted=False)


def capped(world: World) -> None:
    """Let another message leave first."""
    asks(world)
    done = world.store.write(lambda tx: claim(tx, "twilio", now=NOW, limit=1, may_send=world.pipeline.permit))
    (first,) = done.sending
    first.status = Status.DELIVERED
    world.store.write(lambda tx: tx.deliveries.save(first))


def at_night(world: World) -> None:
    """Put quiet hours in force."""
    begin(world, QUIET, BRIEF)


def never_at_night(world: World) -> None:
    """Put quiet hours in force that drop."""
    begin(world, DROPPING)


@dataclass(frozen=True)
class Case:
    """How a message comes to be stopped at its intent, and what the decision on it says."""

    name: str
    gate: str
    expression: str
    saw: str
    needed: str
    meanwhile: Callable[[World], None]
    policy: str = FREE
    message: str = MESSAGE
    status: str = "suppressed"

    def __str__(self) -> str:
        return self.name


CAPPED, NIGHT = "cap all messages 1 per 1d", "quiet from 21:00 to 11:30"
IN_TIME = f"free by {iso(NOW + 2 * HOUR)}"
HELD = f"2, held until {iso(NOW + 24 * HOUR + 1)}"
IN_UTC = "quiet in UTC, held until 2027-01-15T11:30:00.000Z"
CASES = (
    Case("withdrawn", "consent", "marketing by sms", "withdrawn", "granted consent", withdrawn),
    Case("a cap that drops", "caps", CAPPED, "2", "at most 1", capped, CAP),
    Case("a cap that holds for too long", "caps", CAPPED, HELD, IN_TIME, capped, HOLDING, BRIEF, "expired"),
    Case("quiet hours that drop", "quiet_hours", NIGHT, "quiet in UTC", "not quiet", never_at_night),
    Case("too quiet", "quiet_hours", NIGHT, IN_UTC, IN_TIME, at_night, FREE, BRIEF, "expired"),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_gate_at_the_intent_leaves_a_decision(world: World, case: Case) -> None:
    """With the delivery's new status, under the event, key and rule of the decision that it goes back to."""
    begin(world, case.policy, case.message)
    says(world, granted=True)
    asks(world)
    case.meanwhile(world)
    assert leave(world) == []
    row = rows(world)[-1]
    (stop,) = stops(world)
    (reason,) = stop.reasons
    assert (row.status, stop.gate, reason["gate"], reason["passed"]) == (
        case.status,
        case.gate,
        case.gate,
        False,
    )
    assert (reason["expression"], str(reason["saw"])) == (case.expression, case.saw)
    assert (reason["needed"], reason["step"], bool(row.reason)) == (case.needed, 0, True)
    fired = world.store.read.decision(row.decision_id)
    assert fired is not None
    assert (stop.id, stop.at) == (stop_id(row.id, row.due_at), NOW)
    assert (stop.event_id, stop.key, stop.profile_id) == (fired.event_id, "c1", row.profile_id)
    assert (stop.version, stop.shadow, stop.trigger) == (fired.version, False, "asked")
    leave(world)
    assert len(stops(world)) == 1


def test_what_waits_and_what_leaves_leaves_no_decision(world: World) -> None:
    """Held until the quiet hours end, it is not stopped."""
    begin(world, FREE)
    says(world, granted=True)
    asks(world)
    begin(world, QUIET)
    assert leave(world) == []
    assert ([row.status for row in rows(world)], stops(world)) == (["scheduled"], [])
    world.clock.time = rows(world)[0].due_at
    assert len(leave(world)) == 1 and stops(world) == []


def test_explain_and_the_numbers_tell_of_it(world: World) -> None:
    """The event's story has both decisions; the trigger has fired as often as before."""
    begin(world, FREE)
    says(world, granted=True)
    event = asks(world)
    withdrawn(world)
    leave(world)
    story = explain(world.store.read, event)
    assert story is not None
    told = [
        (one["outcome"], one["reasons"][-1]["gate"], one["reasons"][-1]["passed"])
        for one in story["decisions"]
    ]
    assert told == [("fired", "consent", True), ("not_met", "consent", False)]
    days = {(one.outcome, one.gate): one.number for one in world.store.read.days(0)}
    assert days == {("fired", ""): 1, ("not_met", "consent"): 1}


def test_the_api_and_the_console_lead_from_one_to_the_other(world: World) -> None:
    """From the decision to what it stopped, and back; the trigger's numbers lose no firing."""
    begin(world, FREE)
    says(world, granted=True)
    asks(world)
    withdrawn(world)
    leave(world)
    (stop,), (row,) = stops(world), rows(world)
    web = Web(world)
    for subject in (stop.id, row.id, row.decision_id):
        story = web.get(f"explain/{subject}")
        assert {one["id"] for one in story["decisions"]} == {stop.id, row.decision_id}
        assert [one["id"] for one in story["deliveries"]] == [row.id]
    (listed,) = web.get("decisions?status=not_met&trigger=asked")["decisions"]
    (reason,) = listed["reasons"]
    told = {"gate": "consent", "passed": False, "expression": "marketing by sms"}
    assert reason == {**told, "saw": "withdrawn", "needed": "granted consent", "step": 0}
    numbers = web.get("triggers/asked")
    assert (numbers["outcomes"]["fired"], numbers["outcomes"]["suppressed"], numbers["gates"]) == (
        1,
        0,
        {"consent": 1},
    )
    web.client.post("/console/signin", data={"key": API_KEY})
    page = web.client.get(f"/console/decision?id={stop.id}").text
    assert "step 1 stopped" in page and f"delivery?id={row.id}" in page
    assert f"decision?id={stop.id}" in web.client.get(f"/console/decision?id={row.decision_id}").text
    page = web.client.get(f"/console/delivery?id={row.id}").text
    assert "Stopped by" in page and f"decision?id={stop.id}" in page
    assert "step 1 stopped" in web.client.get(f"/console/person?id={row.profile_id}").text


def test_what_is_redriven_and_stopped_again_has_a_decision_for_each_turn(world: World) -> None:
    """Each with the gate that it met then."""
    begin(world, FREE)
    says(world, granted=True)
    asks(world)
    withdrawn(world)
    leave(world)
    world.clock.time += MINUTE
    redrive = Redrive(world.store, world.clock, catalogue, lambda: None)
    assert redrive.run(Selection(statuses=(Status.SUPPRESSED,))).redriven == 1
    leave(world)
    assert [one.gate for one in stops(world)] == ["consent", "consent"]
    assert len({one.id for one in stops(world)}) == 2


def test_the_next_channel_follows_and_the_stop_is_told(world: World) -> None:
    """Of the channel that may not be used; each of them has its own."""
    begin(world, FREE, EITHER)
    says(world, granted=True)
    asks(world)
    withdrawn(world)
    leave(world)
    (stop,) = stops(world)
    assert stop.reasons[0]["expression"] == "marketing by sms"
