"""What Segment hears of by itself: coming and going in segments, computed traits, and decisions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from embedded.world import NOW, World

import connectors
from connectors import catalogue
from core.config.loader import Loaded, load
from core.engine.instant import iso
from core.ports import Delivered, DeliveryRow, Filter
from cuewire.check import PRESETS
from cuewire.sandbox import Sandbox

DAY = 24 * 3_600_000
PROFILE = """
computed:
  revenue_total: {sum: =properties.revenue, event: Order Completed}
  orders_7d: {count: {event: Order Completed, within: 7d}}
segments:
  vip: =profile.traits.revenue_total > 100
  recent: {count: {event: Order Completed, within: 7d, at_least: 1}}
"""
THANKS = """
trigger: thanks
status: STATUS
when: {event: {event: Order Completed, where: =properties.revenue > 10}}
limits: {cooldown: 1h}
do: [{braze.track_event: {external_id: =profile.id, name: Thanks}}]
"""
FIELDS = """
actions:
  identify: {fields: {user_id: '=profile.identifiers.user_id[0]', timestamp: =now}}
  track: {fields: {user_id: '=profile.identifiers.user_id[0]', timestamp: =now}}
"""


def loaded(folder: Path, tell: str, *, status: str = "live", name: str = "segment_out") -> Loaded:
    """Load a folder whose destination is told."""
    files = {
        "profile.yaml": PROFILE,
        "triggers/thanks.yaml": THANKS.replace("STATUS", status),
        f"destinations/{name}.yaml": f"destination: {name}\ntell: {tell}\n" + FIELDS,
    }
    for place, text in files.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(text)
    return load(folder, presets=PRESETS, catalogue=catalogue())


def told(world: World, tell: str, *, status: str = "live") -> World:
    """Publish rules under which Segment is told."""
    found = loaded(world.folder / "told", tell, status=status)
    assert found.rules is not None, found.problems
    world.pipeline.publish(found.rules)
    return world


def order(number: int, revenue: float, at: int = NOW, **ids: str) -> dict[str, Any]:
    """Write an order of one person."""
    return {
        "type": "track",
        "event": "Order Completed",
        "messageId": f"o{number}",
        "timestamp": iso(at),
        "properties": {"revenue": revenue},
        **(ids or {"userId": "u1"}),
    }


def heard(world: World) -> list[DeliveryRow]:
    """Give what Segment hears, oldest first."""
    rows = world.store.read.deliveries(Filter()).rows
    return [row for row in rows if row.destination == "segment_out"][::-1]


def fields(world: World, name: str) -> list[Any]:
    """Give one field of everything that Segment hears."""
    return [row.fields[name] for row in heard(world)]


def test_coming_into_a_segment_and_leaving_it_is_told_once(world: World) -> None:
    """With the person, by one call; an order that changes nothing says nothing."""
    told(world, "{segments: vip}")
    for number, revenue in enumerate((60, 60, 60)):
        world.send(order(number, revenue))
    (row,) = heard(world)
    assert (row.action, row.status, row.decision_id, row.trigger) == ("identify", "scheduled", "", "")
    assert row.fields == {"user_id": "u1", "timestamp": iso(NOW), "traits": {"vip": True}}
    assert row.due_at == NOW


def test_who_leaves_with_time_alone_is_told_too(world: World) -> None:
    """Nothing comes of the person any more."""
    told(world, "{segments: all}")
    world.send(order(1, 20))
    world.clock.time = NOW + 8 * DAY
    world.store.write(world.pipeline.wake)
    assert fields(world, "traits") == [{"recent": True}, {"recent": False}]


def test_a_computed_trait_is_told_when_it_changes(world: World) -> None:
    """What has left its window is told with the person's next event, and whole numbers as such."""
    told(world, "{computed: all}")
    world.send(order(1, 20))
    world.clock.time = NOW + 8 * DAY
    world.send(order(2, 22.5, at=NOW + 8 * DAY))
    world.clock.time = NOW + 16 * DAY
    world.send({**order(3, 1, at=NOW + 16 * DAY), "event": "Seen"})
    assert fields(world, "traits") == [
        {"revenue_total": 20, "orders_7d": 1},
        {"revenue_total": 42.5},
        {"orders_7d": 0},
    ]


def test_a_decision_is_told_with_its_outcome_and_gate(world: World) -> None:
    """What never met the rule is not; the call is due at once and says when it was decided."""
    told(world, "{decisions: thanks}")
    for number, revenue in enumerate((20, 30, 5)):
        world.send(order(number, revenue))
    fired, suppressed = heard(world)
    assert fired.action == "track"
    assert fired.fields["event"] == "Decision Made"
    assert fired.fields["timestamp"] == iso(NOW)
    assert fired.fields["properties"].keys() == {"decision_id", "trigger", "outcome", "version"}
    assert (fired.fields["properties"]["trigger"], fired.fields["properties"]["outcome"]) == (
        "thanks",
        "fired",
    )
    kept = suppressed.fields["properties"]
    assert (kept["outcome"], kept["gate"]) == ("suppressed", "limits")


def test_what_is_only_tried_is_not_told(world: World) -> None:
    """A trigger in shadow sends nothing, and nobody hears of it."""
    told(world, "{decisions: all}", status="shadow")
    world.send(order(1, 20))
    assert heard(world) == []


def test_who_has_no_name_there_is_not_told_of(world: World) -> None:
    """An e-mail address alone names nobody to Segment."""
    told(world, "{segments: all}")
    call = order(1, 20, anonymousId="a1")
    world.send(call)
    assert heard(world) == []


def test_history_and_a_new_segment_tell_nothing(world: World) -> None:
    """Whoever is in it already is not news: only what changes from then on."""
    world.send(order(1, 200))
    told(world, "{segments: all, computed: all}")
    world.send({**order(2, 0), "event": "Seen"})
    assert heard(world) == []
    world.send(order(3, 1))
    assert fields(world, "traits") == [{"revenue_total": 201, "orders_7d": 2}]


def test_the_same_event_again_tells_nothing_again(world: World) -> None:
    """Nor does it from another request."""
    told(world, "{segments: all, decisions: all}")
    for _ in range(2):
        world.send(order(1, 200))
    assert [row.action for row in heard(world)] == ["identify", "track"]


def test_what_is_told_arrives_once_and_is_known_again(world: World) -> None:
    """A second try has the same message id; what comes back by Segment is an echo."""
    told(world, "{segments: vip, decisions: all}")
    world.send(order(1, 200))
    with Sandbox() as fakes:
        environment = fakes.settings.as_environment(fakes.url)
        values = {
            "write_key": environment["CUEWIRE_SEGMENT_OUT_WRITE_KEY"],
            "base_url": environment["CUEWIRE_SEGMENT_OUT_BASE_URL"],
        }
        made = connectors.build("segment_out", "segment_out", values)
        for row in (*heard(world), *heard(world)):
            (outcome,) = made.send(row.action, [row])
            assert isinstance(outcome, Delivered)
        calls = fakes.state.calls.rows()
    assert [(call["type"], call["copies"]) for call in calls] == [("identify", 2), ("track", 2)]
    assert world.send(*calls) == ["echo", "echo"]


@pytest.mark.parametrize(
    ("tell", "said"),
    [
        ("{segments: vipp}", "unknown segment `vipp`"),
        ("{computed: revenue}", "unknown computed trait `revenue`"),
        ("{decisions: thank}", "unknown trigger `thank`"),
        ("{segment: vip}", "segment"),
    ],
)
def test_check_refuses_names_that_do_not_exist(tmp_path: Path, tell: str, said: str) -> None:
    """With the place and the nearest name."""
    problems = [str(one) for one in loaded(tmp_path, tell).errors]
    assert any(said in one and "segment_out.yaml:2" in one for one in problems)


def test_check_refuses_a_destination_that_cannot_be_told(tmp_path: Path) -> None:
    """The hint says what to do instead."""
    text = "destination: braze\ntell: {segments: all}\n"
    loaded(tmp_path, "{segments: all}")
    (tmp_path / "destinations" / "braze.yaml").write_text(text)
    (problem,) = load(tmp_path, presets=PRESETS, catalogue=catalogue()).errors
    assert "Braze takes no `tell:`" in str(problem)
    assert "trigger" in str(problem)
