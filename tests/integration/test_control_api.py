"""Acts of an operator over HTTP: the kill switch, open journeys, triggers that the guard has paused."""

from __future__ import annotations

from typing import Any

import pytest
from edge.described import check
from edge.doubles import BEARER
from embedded.published import person, publish
from embedded.web import Web
from embedded.world import MINUTE, NOW, World

from core.dispatch.intent import NothingDue, claim
from core.engine.governance import Permit
from core.engine.instant import iso
from core.pipeline import Pipeline
from core.ports import DeliveryRow, Filter
from core.runners.control import Control

HOUR = 60 * MINUTE
DAY = 24 * HOUR

CHASE = """
trigger: chase
status: live
when: {event: Cart Left, key: =properties.cart}
do:
  - braze.track_event: {external_id: =profile.id, name: First}
  - wait: 24h
  - braze.track_event: {external_id: =profile.id, name: Second}
"""
SEEN = """
trigger: seen
status: live
when: {event: Seen}
group: one
do: [{braze.track_event: {external_id: =profile.id, name: Seen}}]
"""
TYPED = """
trigger: typed
status: live
when: {event: Typed}
limits: {debounce: {for: 1h, edge: trailing}}
do: [{braze.track_event: {external_id: =profile.id, name: Typed}}]
"""
FILES = {
    "policy.yaml": "groups: {one: {times: 1, per: 1h, loser: hold}}\n",
    "triggers/chase.yaml": CHASE,
    "triggers/seen.yaml": SEEN,
    "triggers/typed.yaml": TYPED,
}


@pytest.fixture
def web(world: World) -> Web:
    """Give the API over a published set of triggers."""
    publish(world, FILES)
    return Web(world)


def claimed(world: World) -> list[str]:
    """Claim what is due, as a lane does."""
    try:
        found = world.store.write(
            lambda tx: claim(tx, "braze", now=world.clock.time, limit=50, may_send=lambda *_: Permit())
        )
    except NothingDue:
        return []
    return [row.fields["name"] for row in found.sending]


def rows(world: World) -> list[DeliveryRow]:
    """Read all deliveries, the first one first."""
    return list(reversed(world.store.read.deliveries(Filter(limit=500)).rows))


def endings(world: World) -> list[dict[str, Any]]:
    """Give the reasons of what was ended by hand."""
    found = world.store.read.decisions(Filter(limit=500)).rows
    reasons = [reason for row in found for reason in row.reasons]
    return [reason for reason in reasons if reason["expression"] == "cancelled by API"]


def test_a_stop_lets_nothing_leave_until_it_is_lifted(web: Web, world: World) -> None:
    """What is due waits; the lanes are woken when it may leave."""
    assert web.get("stop") == {"stopped": False, "since": None, "reason": None}
    assert world.send(world.call("Cart Left", properties={"cart": "c1"})) == ["applied"]
    state = web.post("stop", {"reason": "the wrong\nprice"})
    check("StopState", state)
    assert state == {"stopped": True, "since": iso(NOW), "reason": "the wrong price"} == web.get("stop")
    assert claimed(world) == []
    assert web.woken == 0
    assert web.delete("stop") == {"stopped": False, "since": None, "reason": None}
    assert web.woken == 1
    assert claimed(world) == ["First"]


def test_a_stop_is_kept_over_a_restart_and_shown_where_one_looks(web: Web, world: World) -> None:
    """Readiness says so openly, the reason is behind the key."""
    assert web.client.post("/api/stop", headers=BEARER).status_code == 200
    assert Control(world.store, world.pipeline, world.clock, lambda: None).stopped is not None
    assert web.client.get("/readyz").json == {"status": "ready", "mode": "live", "sends": "stopped"}
    assert "sends stopped" in web.client.get("/console/signin").text
    web.delete("stop")
    assert web.client.get("/readyz").json["sends"] == "on"
    assert "sends stopped" not in web.client.get("/console/signin").text


@pytest.mark.parametrize(
    ("body", "field"),
    [({"raeson": "x"}, "raeson"), ({"reason": 5}, "reason"), ({"reason": "x" * 501}, "reason")],
)
def test_a_wrong_stop_is_refused_with_its_field(web: Web, body: dict[str, Any], field: str) -> None:
    """And stops nothing: who means it sends it again."""
    assert web.post("stop", body, 400)["error"]["field"] == field
    assert web.get("stop")["stopped"] is False


def test_open_journeys_are_listed_the_next_due_first(web: Web, world: World) -> None:
    """Steps that wait, matches that a group holds, and the last of a burst."""
    for name in ("Seen", "Seen", "Typed"):
        world.clock.time += MINUTE
        assert world.send(world.call(name)) == ["applied"]
    assert world.send(world.call("Cart Left", "u2", properties={"cart": "c1"})) == ["applied"]
    page = web.get("journeys")
    check("Journeys", page)
    assert page["next"] is None
    found = [(one["kind"], one["trigger"], one["key"], one["step"]) for one in page["journeys"]]
    assert found == [
        ("group", "seen", None, None),
        ("burst", "typed", None, None),
        ("wait", "chase", "c1", 2),
    ]
    group, burst, wait = page["journeys"]
    assert wait["due_at"] == iso(NOW + 3 * MINUTE + DAY)
    assert burst["due_at"] == iso(NOW + 3 * MINUTE + HOUR)
    assert (
        web.get(f"decisions?profile={group['profile_id']}&status=held")["decisions"][0]["id"] == group["id"]
    )
    assert web.get("journeys?trigger=chase")["journeys"] == [wait]
    assert web.get("journeys?profile=user_id:u1")["journeys"] == [group, burst]
    assert web.get("journeys?profile=user_id:nobody")["journeys"] == []


def test_pages_of_journeys_neither_skip_nor_repeat(web: Web, world: World) -> None:
    """Also where a page ends in the middle of one person's."""
    for user in ("u1", "u2"):
        for cart in range(5):
            assert world.send(world.call("Cart Left", user, properties={"cart": f"c{cart}"})) == ["applied"]
    whole = [one["id"] for one in web.get("journeys")["journeys"]]
    paged, cursor = [], ""
    while cursor is not None:
        page = web.get(f"journeys?limit=3&cursor={cursor}")
        paged += [one["id"] for one in page["journeys"]]
        cursor = page["next"]
    assert len(whole) == 10
    assert paged == whole
    assert web.get("journeys?cursor=mine", 400)["error"]["field"] == "cursor"


def test_a_journey_is_cancelled_with_a_decision(web: Web, world: World) -> None:
    """Its next step never comes, what it handed over and nobody tried is taken back, and a repeat finds nothing."""
    assert world.send(world.call("Cart Left", properties={"cart": "c1"})) == ["applied"]
    (journey,) = web.get("journeys")["journeys"]
    world.clock.time += MINUTE
    check("JourneyCancelled", web.delete(f"journeys/{journey['id']}"))
    assert web.get("journeys")["journeys"] == []
    assert [(row.status, row.reason) for row in rows(world)] == [("cancelled", "cancelled by API")]
    (reason,) = endings(world)
    assert reason["saw"] == iso(NOW + MINUTE)
    world.clock.time += 2 * DAY
    world.store.write(world.pipeline.wake)
    assert len(rows(world)) == 1
    assert web.delete(f"journeys/{journey['id']}", 404)["error"]["field"] == "id"
    assert world.send(world.call("Cart Left", properties={"cart": "c1"})) == ["applied"]
    assert world.outcomes("chase").count("fired") == 2


def test_what_was_tried_already_is_not_taken_back(web: Web, world: World) -> None:
    """A cancelled journey ends; its first message has left."""
    assert world.send(world.call("Cart Left", properties={"cart": "c1"})) == ["applied"]
    assert claimed(world) == ["First"]
    (journey,) = web.get("journeys")["journeys"]
    web.delete(f"journeys/{journey['id']}")
    assert [row.status for row in rows(world)] == ["sending"]


@pytest.mark.parametrize("names", [("Seen", "Seen"), ("Typed",)], ids=["group", "burst"])
def test_a_held_match_is_cancelled(web: Web, world: World, names: tuple[str, ...]) -> None:
    """It is not judged when its time comes."""
    for name in names:
        world.clock.time += MINUTE
        assert world.send(world.call(name)) == ["applied"]
    (journey,) = web.get("journeys")["journeys"]
    before = len(rows(world))
    web.delete(f"journeys/{journey['id']}")
    assert len(endings(world)) == 1
    assert person(world).held == {}
    world.clock.time += DAY
    world.store.write(world.pipeline.wake)
    assert len(rows(world)) == before


GUARDED = {
    "policy.yaml": "guard: {firings: 3, per: 1h}\n",
    "triggers/seen.yaml": SEEN.replace("group: one\n", ""),
}


def see(world: World, people: int) -> None:
    """Let people be seen, all in one request."""
    calls = [world.call("Seen", f"u{number}") for number in range(people)]
    assert world.send(*calls) == ["applied"] * people


def test_a_trigger_that_fires_too_often_is_paused_within_the_request(web: Web, world: World) -> None:
    """The one that is too many still fires, none behind it does; each says why."""
    publish(world, GUARDED)
    see(world, 10)
    outcomes = world.outcomes("seen")
    assert (outcomes.count("fired"), outcomes.count("suppressed")) == (4, 6)
    one = web.get("triggers/seen")
    check("TriggerNumbers", one)
    assert one["paused"] == f"fired 4 times by {iso(NOW)}; the guard allows 3 per 1h"
    refused = web.get("decisions?status=suppressed&limit=1")["decisions"][0]
    (reason,) = [one for one in refused["reasons"] if not one["passed"]]
    assert (reason["gate"], reason["expression"], reason["saw"]) == ("limits", "paused", one["paused"])


def test_a_pause_is_lifted_by_hand_and_counts_anew(web: Web, world: World) -> None:
    """Else the next firing would pause it again."""
    publish(world, GUARDED)
    see(world, 10)
    assert web.delete("triggers/seen/pause") == {"name": "seen", "resumed": True}
    assert web.get("triggers/seen")["paused"] is None
    see(world, 3)
    assert world.outcomes("seen").count("fired") == 7
    assert web.delete("triggers/seen/pause") == {"name": "seen", "resumed": False}
    assert web.delete("triggers/sen/pause", 404)["error"]["hint"] == "did you mean `seen`?"


def test_counts_and_pauses_outlive_a_restart(web: Web, world: World) -> None:
    """Three before it and one behind it are four."""
    rules = publish(world, GUARDED)
    see(world, 3)
    world.pipeline = Pipeline(world.store, world.clock, rules)
    assert not world.pipeline.rules.paused
    see(world, 1)
    assert list(world.pipeline.rules.paused) == ["seen"]
    assert list(Pipeline(world.store, world.clock, rules).rules.paused) == ["seen"]


def test_a_changed_file_lets_a_paused_trigger_go_on(web: Web, world: World) -> None:
    """The same file published again does not."""
    publish(world, GUARDED)
    see(world, 10)
    publish(world, GUARDED)
    assert web.get("triggers/seen")["paused"] is not None
    publish(world, {**GUARDED, "triggers/seen.yaml": GUARDED["triggers/seen.yaml"] + "title: mended\n"})
    assert web.get("triggers/seen")["paused"] is None
    see(world, 3)
    assert world.outcomes("seen").count("fired") == 7


def test_firings_leave_the_window(web: Web, world: World) -> None:
    """Three an hour, hour after hour, are never too many; those of two hours together would be."""
    publish(world, GUARDED)
    for _ in range(3):
        see(world, 3)
        world.clock.time += HOUR + MINUTE
    assert web.get("triggers/seen")["paused"] is None
    see(world, 3)
    world.clock.time += HOUR - MINUTE
    see(world, 1)
    assert web.get("triggers/seen")["paused"] is not None


def test_shadows_are_not_counted(web: Web, world: World) -> None:
    """They send nothing, so that nobody is hurt."""
    publish(world, {**GUARDED, "triggers/seen.yaml": GUARDED["triggers/seen.yaml"].replace("live", "shadow")})
    see(world, 10)
    assert world.outcomes("seen") == ["fired"] * 10
