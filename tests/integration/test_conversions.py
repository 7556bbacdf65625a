"""Conversions from an event to the API: stored with the event, added up by trigger, step and channel."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from edge.described import check
from edge.doubles import BEARER
from embedded.published import publish
from embedded.web import Web
from embedded.world import MINUTE, NOW, World

from core.engine.instant import iso
from core.ports import Filter
from cuewire.cli import cli

DAY = 24 * 60 * MINUTE

CART = """
trigger: cart
status: live
when: {event: Product Added, key: =properties.cart_id}
limits: {cap: {times: 100, per: 1d}}
do: [{braze.track_event: {external_id: =profile.id, name: Cart}}]
goal: {event: Order Completed, within: 3d, value: =properties.revenue}
"""


@pytest.fixture
def shop(world: World) -> World:
    """Give a shop with one trigger that hopes for orders."""
    publish(world, {"triggers/cart.yaml": CART})
    return world


def add(shop: World, cart: str, user: str = "u1") -> None:
    """Put something into a cart, a minute after what was before."""
    shop.clock.time += MINUTE
    shop.send(shop.call("Product Added", user, userId=user, properties={"cart_id": cart}))


def buy(shop: World, cart: str, revenue: float, user: str = "u1") -> None:
    """Buy a cart, a minute after what was before."""
    shop.clock.time += MINUTE
    properties = {"cart_id": cart, "revenue": revenue}
    shop.send(shop.call("Order Completed", user, userId=user, properties=properties))


def test_a_goal_event_is_listed_with_the_decision_it_is_credited_to(shop: World) -> None:
    """With its value and how long it took; the list narrows as the others do."""
    add(shop, "a")
    add(shop, "b", "u2")
    buy(shop, "a", 40)
    buy(shop, "b", 60, "u2")
    web = Web(shop)
    page = web.get("conversions")
    check("Conversions", page)
    last, first = page["conversions"]
    decisions = {one["id"]: one for one in web.get("decisions?status=fired")["decisions"]}
    assert decisions[first["decision_id"]]["key"] == "a"
    assert (first["seconds"], first["value"], first["trigger"]) == (120.0, 40.0, "cart")
    assert (last["at"], first["at"]) == (iso(NOW + 4 * MINUTE), iso(NOW + 3 * MINUTE))
    assert web.get("conversions?profile=user_id:u2")["conversions"] == [last]
    assert web.get("conversions?trigger=other")["conversions"] == []
    assert web.get(f"conversions?since={NOW + 4 * MINUTE}")["conversions"] == [last]
    one = web.get("conversions?limit=1")
    assert one["conversions"] == [last]
    assert web.get(f"conversions?limit=1&cursor={one['next']}")["conversions"] == [first]
    assert web.get("conversions?profile=user_id:nobody")["conversions"] == []
    assert web.get("conversions?status=x", 400)["error"]["field"] == "status"


def test_a_repeated_event_converts_once(shop: World) -> None:
    """The same messageId has no second effect."""
    add(shop, "a")
    order = shop.call("Order Completed", properties={"cart_id": "a", "revenue": 5})
    shop.send(order)
    shop.send(order)
    assert len(shop.store.read.conversions(Filter()).rows) == 1


@pytest.mark.parametrize(("touch", "seconds"), [("first", 240.0), ("last", 120.0), ("", 120.0)])
def test_the_goal_says_whether_the_first_or_the_last_touch_is_credited(
    world: World, touch: str, seconds: float
) -> None:
    """The last unless it says otherwise."""
    goal = f"within: 3d, touch: {touch}" if touch else "within: 3d"
    publish(world, {"triggers/cart.yaml": CART.replace("within: 3d", goal)})
    add(world, "a")
    world.clock.time += MINUTE
    add(world, "a")
    world.clock.time += MINUTE
    buy(world, "a", 1)
    (found,) = Web(world).get("conversions")["conversions"]
    assert found["seconds"] == seconds


def test_a_trigger_tells_how_many_of_its_firings_converted(shop: World) -> None:
    """Each decision once, all its events and values, over the days of the decisions."""
    add(shop, "old")
    buy(shop, "old", 1)
    shop.clock.time += 2 * DAY
    for cart in "abcd":
        add(shop, cart)
    buy(shop, "a", 10)
    buy(shop, "a", 20)
    buy(shop, "c", 30)
    web = Web(shop)
    one = web.get("triggers/cart?days=1")
    check("TriggerNumbers", one)
    assert one["rate"] == 0.5
    assert one["conversions"] == {"decisions": 2, "events": 3, "value": 60.0, "median_seconds": 240.0}
    (listed,) = web.get("triggers")["triggers"]
    assert (listed["rate"], listed["conversions"]["decisions"]) == (0.6, 3)


def test_a_trigger_that_never_fired_has_no_rate(shop: World) -> None:
    """Nothing is divided by nothing."""
    one = Web(shop).get("triggers/cart")
    check("TriggerNumbers", one)
    assert (one["rate"], one["steps"]) == (None, [])
    assert one["conversions"] == {"decisions": 0, "events": 0, "value": 0.0, "median_seconds": None}


def test_steps_tell_which_deliveries_led_to_something(shop: World) -> None:
    """Of those that arrived."""
    for cart in "ab":
        add(shop, cart)
    buy(shop, "a", 10)

    def deliver(tx: object) -> None:
        for row in shop.store.read.deliveries(Filter()).rows:
            row.status = "delivered"
            tx.deliveries.save(row)  # type: ignore[attr-defined]  # the transaction of the embedded store

    shop.store.write(deliver)
    (step,) = Web(shop).get("triggers/cart")["steps"]
    assert step == {
        "step": 0,
        "channel": None,
        "action": "braze.track_event",
        "message": None,
        "delivered": 2,
        "converted": 1,
        "rate": 0.5,
    }


def test_a_call_of_the_api_tells_whether_it_converted(shop: World) -> None:
    """Its status says so, and its story says by what."""
    web = Web(shop)
    called = web.post(
        "trigger", {"trigger_type": "cart", "user_id": "u1", "metadata": {"cart_id": "a"}}, 202
    )["trigger_id"]
    assert web.get(f"trigger/{called}")["converted"] is False
    buy(shop, "a", 7)
    assert web.get(f"trigger/{called}")["converted"] is True
    story = web.get(f"explain/{called}")
    check("Story", story)
    assert [one["value"] for one in story["conversions"]] == [7.0]


def test_explain_shows_what_a_decision_led_to(shop: World) -> None:
    """In words, under the decision."""
    add(shop, "a")
    buy(shop, "a", 40)
    (decision,) = (row for row in shop.store.read.decisions(Filter(status="fired")).rows)
    told = CliRunner().invoke(cli, ["explain", decision.id, "--data", str(shop.folder / "data")])
    assert told.exit_code == 0
    assert f"  converted by m2 at {iso(NOW + 2 * MINUTE)}, 60 s later, worth 40" in told.output


def test_a_merge_keeps_conversions_with_the_person(shop: World) -> None:
    """They are listed under every id that the person ever had."""
    shop.send(
        shop.call("Product Added", userId=None, anonymousId="a1", properties={"cart_id": "x"}),
        shop.call("Order Completed", userId=None, anonymousId="a1", properties={"cart_id": "x"}),
    )
    shop.send({"type": "identify", "userId": "u1", "anonymousId": "a1", "messageId": "i1"})
    web = Web(shop)
    assert len(web.get("conversions?profile=user_id:u1")["conversions"]) == 1
    assert web.client.get("/api/conversions").status_code == 401
    assert web.client.get("/api/conversions?x=1", headers=BEARER).status_code == 400
