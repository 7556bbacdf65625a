"""What became of each trigger, over HTTP: counted as decisions are made, live and shadow alike."""

from __future__ import annotations

import pytest
from edge.described import check
from embedded.published import publish
from embedded.web import Web
from embedded.world import MINUTE, NOW, World

from core.engine.instant import iso

DAY = 24 * 60 * MINUTE

BIG = """
trigger: big
title: Thank for a large order
status: live
when: {event: Order Completed}
only_if: =properties.revenue > 50
limits: {cooldown: 1h}
do: [{braze.track_event: {external_id: =profile.id, name: Big}}]
"""


@pytest.fixture
def web(world: World) -> Web:
    """Give two days of orders before one trigger that is live, one in shadow and a draft."""
    shadow, draft = (
        BIG.replace("big", name).replace("live", name).replace("revenue > 50", "revenue > 5")
        for name in ("shadow", "draft")
    )
    publish(world, {"triggers/big.yaml": BIG, "triggers/shadow.yaml": shadow, "triggers/draft.yaml": draft})
    for day in range(2):
        world.clock.time = NOW + day * DAY
        world.send(world.call("Order Completed", properties={"revenue": 60}))
        world.send(world.call("Order Completed", properties={"revenue": 70}))
        world.send(world.call("Order Completed", properties={"revenue": 10}))
        world.send(world.call("Order Completed"))
    return Web(world)


def test_the_list_gives_outcomes_gates_and_days(web: Web) -> None:
    """The newest day first; a draft is counted nowhere."""
    page = web.get("triggers")
    check("Triggers", page)
    big, draft, shadow = page["triggers"]
    assert (big["name"], big["title"], big["status"]) == ("big", "Thank for a large order", "live")
    assert big["since"] == iso(NOW)
    assert big["outcomes"] == {"fired": 2, "held": 0, "suppressed": 2, "not_met": 4}
    assert big["gates"] == {"limits": 2, "only_if": 4}
    day = {"fired": 1, "held": 0, "suppressed": 1, "not_met": 2}
    assert big["days"] == [{"day": "2027-01-16", **day}, {"day": "2027-01-15", **day}]
    assert big["last_fired_at"] == iso(NOW + DAY)
    assert (draft["status"], draft["since"], draft["days"], draft["last_fired_at"]) == (
        "draft",
        None,
        [],
        None,
    )
    assert (shadow["status"], shadow["outcomes"]["suppressed"]) == ("shadow", 4)


def test_only_the_days_asked_for_are_counted(web: Web) -> None:
    """Today among them; the last firing is told whenever it was."""
    one = web.get("triggers/big?days=1")
    check("TriggerNumbers", one)
    assert (one["outcomes"]["fired"], [day["day"] for day in one["days"]]) == (1, ["2027-01-16"])
    assert web.get("triggers/big") == {**web.get("triggers")["triggers"][0], "steps": []}


def test_the_list_is_paged_by_name(web: Web) -> None:
    """Each trigger once."""
    first = web.get("triggers?limit=2")
    second = web.get(f"triggers?limit=2&cursor={first['next']}")
    assert [one["name"] for one in first["triggers"] + second["triggers"]] == ["big", "draft", "shadow"]
    assert second["next"] is None


def test_an_unknown_trigger_and_a_wrong_parameter_are_refused(web: Web) -> None:
    """With the nearest name, or the field."""
    assert "shadow" in web.get("triggers/shadows", 404)["error"]["hint"]
    for query, field in (
        ("days=0", "days"),
        ("days=400", "days"),
        ("cursor=x", "cursor"),
        ("since=1", "since"),
    ):
        assert web.get(f"triggers?{query}", 400)["error"]["field"] == field


def test_a_changed_anchor_begins_anew(world: World, web: Web) -> None:
    """The time is that of its publishing; the numbers go on."""
    publish(world, {"triggers/big.yaml": BIG.replace("Order Completed", "Order Paid")})
    one = web.get("triggers/big")
    assert (one["since"], one["outcomes"]["fired"]) == (iso(NOW + DAY), 2)
