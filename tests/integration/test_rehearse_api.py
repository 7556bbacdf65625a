"""Trying an event over HTTP: the same decisions as live, and nothing of it stays."""

from __future__ import annotations

from typing import Any

import pytest
from edge.described import check
from embedded.published import publish
from embedded.web import Web
from embedded.world import MINUTE, World

from core.engine.instant import iso
from core.ports import Filter

PROFILE = """
segments:
  buyers: {count: {event: Order Completed, at_least: 2}}
"""

CART = """
trigger: cart
status: live
when: {event: Product Added, not_followed_by: Order Completed, within: 15m, key: =properties.cart_id}
only_if: {not: {in_segment: buyers}}
limits: {cooldown: 1h}
do:
  - braze.track_event: {external_id: =profile.id, name: Cart left}
  - wait: 1d
  - braze.track_event: {external_id: =profile.id, name: Last call}
"""

BIG = """
trigger: big
status: live
when: {event: Order Completed}
only_if:
  all:
    - =properties.revenue > 50
    - any: [{in_segment: buyers}, {count: {event: Seen, at_least: 2, within: 1h}}]
    - {consent: {purpose: marketing, channel: sms}}
limits: {cooldown: 1h}
do: [{braze.track_event: {external_id: =profile.id, name: Big}}]
"""

FILES = {"profile.yaml": PROFILE, "triggers/cart.yaml": CART, "triggers/big.yaml": BIG}


@pytest.fixture
def web(world: World) -> Web:
    """Give somebody who has been seen once, and the API over their store."""
    publish(world, FILES)
    world.send(world.call("Seen"))
    return Web(world)


def stored(world: World) -> list[Any]:
    """Give everything that an effect would change."""
    reader = world.store.read
    owner = reader.owner("user_id", "u1") or ""
    lists = [reader.events, reader.decisions, reader.deliveries]
    return [
        reader.profile(owner),
        reader.links(owner),
        reader.counts(),
        *(one(Filter()).rows for one in lists),
    ]


def track(name: str, user: str = "u1", **more: Any) -> dict[str, Any]:
    """Make an event to try."""
    return {"type": "track", "event": name, "userId": user, **more}


def test_an_event_is_judged_as_live_and_leaves_nothing(world: World, web: Web) -> None:
    """With the whole tree of reasons, down to the values seen."""
    before = stored(world)
    shown = web.post("rehearse", {"event": track("Order Completed", properties={"revenue": 80})})
    assert stored(world) == before
    check("Rehearsed", shown)
    (decision,) = shown["decisions"]
    assert (decision["trigger"], decision["outcome"]) == ("big", "not_met")
    only_if = next(one for one in decision["reasons"] if one["gate"] == "only_if")
    (tree,) = only_if["parts"]
    assert [part["kind"] for part in tree["parts"]] == ["formula", "any", "consent"]
    in_segment, count = tree["parts"][1]["parts"]
    assert (in_segment["kind"], in_segment["truth"], in_segment["saw"]) == ("in_segment", False, "not in it")
    assert (count["kind"], count["saw"]) == ("count", {"count": 1, "needed": "at least 2"})
    assert shown["deliveries"] == []


def test_what_was_tried_is_what_then_happens(world: World, web: Web) -> None:
    """The same decision under the same id, and the same delivery."""
    publish(world, {"triggers/cart.yaml": CART.replace("only_if: {not: {in_segment: buyers}}\n", "")})
    call = {**track("Product Added", properties={"cart_id": "c1"}), "messageId": "m7"}
    tried = web.post("rehearse", {"event": call})
    assert tried["decisions"] == []
    assert [one["outcome"] for one in tried["until"]] == ["fired"]
    world.send(call)
    world.clock.time += 16 * MINUTE
    world.store.write(world.pipeline.wake)
    world.clock.time += 24 * 60 * MINUTE
    world.store.write(world.pipeline.wake)
    (decision,) = web.get("decisions")["decisions"]
    assert {name: value for name, value in tried["until"][0].items() if name != "shadow"} == decision
    live = web.get("deliveries")["deliveries"]
    assert [one["fields"]["name"] for one in tried["deliveries"]] == ["Cart left", "Last call"]
    assert {one["id"] for one in live} == {one["id"] for one in tried["deliveries"]}


def test_a_time_ahead_lets_the_timers_before_it_fire(world: World, web: Web) -> None:
    """They are told apart from what the event does; a time behind makes the event late."""
    world.send(world.call("Product Added", properties={"cart_id": "c1"}))
    order = track("Order Completed", properties={"cart_id": "c1", "revenue": 10})
    ahead = web.post("rehearse", {"event": order, "at": iso(world.clock.time + 60 * MINUTE)})
    assert [(one["trigger"], one["outcome"]) for one in ahead["before"]] == [("cart", "fired")]
    assert sorted(one["trigger"] for one in ahead["decisions"]) == ["big", "cart"]
    soon = web.post("rehearse", {"event": order})
    assert soon["before"] == []
    assert ("cart", "not_met") in [(one["trigger"], one["outcome"]) for one in soon["decisions"]]
    late = web.post("rehearse", {"event": order, "at": iso(world.clock.time - MINUTE)})
    assert ("cart", "not_met") not in [(one["trigger"], one["outcome"]) for one in late["decisions"]]


def test_identifiers_say_who_it_is(web: Web) -> None:
    """In place of what the event says; somebody new is tried as well."""
    event = {"type": "track", "event": "Seen", "anonymousId": "somebody"}
    assert web.post("rehearse", {"event": event})["profile"]["identifiers"] == {"anonymous_id": ["somebody"]}
    shown = web.post("rehearse", {"event": event, "identifiers": {"user_id": "u1"}})
    assert shown["profile"]["identifiers"] == {"user_id": ["u1"]}
    joined = web.post("rehearse", {"event": {**event, "userId": "u1"}})
    assert [(one["kind"], one["value"]) for one in joined["links"]] == [("linked", "somebody")]


def test_other_mappings_are_tried_without_putting_them_in_force(world: World, web: Web) -> None:
    """As publishing them now would: what was so before fires nothing by them."""
    seen = "trigger: seen\nstatus: live\nwhen: {count: {event: Seen, at_least: 1, within: 1h}}\n"
    seen += "limits: {cooldown: 1h}\ndo: [{braze.track_event: {external_id: =profile.id, name: Seen}}]\n"
    rules = world.pipeline.rules
    body = {"event": track("Seen"), "mappings": {"triggers/seen.yaml": seen}}
    tried = web.post("rehearse", body)
    check("Rehearsed", tried)
    assert [one["trigger"] for one in tried["decisions"]] == ["seen"]
    assert tried["profile"]["segments"] == []
    nobody = web.post("rehearse", {**body, "event": nobody_event()})
    assert [(one["outcome"], one["shadow"]) for one in nobody["decisions"]] == [("fired", False)]
    assert [one["fields"]["name"] for one in nobody["deliveries"]] == ["Seen"]
    assert world.pipeline.rules is rules
    publish(world, body["mappings"])
    world.send({**body["event"], "messageId": "m9"}, {**nobody_event(), "messageId": "m8"})
    assert sorted(world.outcomes("seen")) == sorted(
        one["outcome"] for shown in (tried, nobody) for one in shown["decisions"]
    )


def nobody_event() -> dict[str, Any]:
    """Make an event of somebody who has not been here."""
    return track("Seen", "u7")


def test_mappings_with_errors_are_refused_with_every_problem(web: Web) -> None:
    """By their paths in the folder, as `cuewire check` tells them."""
    body = {"event": track("Seen"), "mappings": {"triggers/seen.yaml": "trigger: seen\nwhen: {event: =}\n"}}
    refused = web.post("rehearse", body, 400)
    assert refused["error"]["field"] == "mappings"
    assert {one["file"] for one in refused["problems"]} == {"triggers/seen.yaml"}
    for one in refused["problems"]:
        check("Problem", one)


def test_a_call_of_the_api_is_tried_by_its_trigger(world: World, web: Web) -> None:
    """With the anchor taken as met; one that is not there is a 404."""
    body = {"event": {"type": "trigger", "event": "big", "userId": "u1", "properties": {"revenue": 80}}}
    (decision,) = web.post("rehearse", body)["decisions"]
    assert (decision["trigger"], decision["reasons"][0]["passed"]) == ("big", True)
    assert web.post("rehearse", {"event": {**body["event"], "event": "bigger"}}, 404)
    assert web.post("rehearse", {"event": {**body["event"], "event": 7}}, 404)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "event"),
        ({"event": []}, "event"),
        ({"event": {"type": "track"}}, "event"),
        ({"event": {"type": "nonsense", "userId": "u1"}}, "type"),
        ({"event": track("Seen", "")}, "event"),
        ({"event": track("Seen"), "identifiers": {"nonsense": "x"}}, "identifiers.nonsense"),
        ({"event": track("Seen"), "identifiers": []}, "identifiers"),
        ({"event": track("Seen", source="nowhere")}, "event.source"),
        ({"event": track("Seen", source=["segment"])}, "event.source"),
        ({"event": track("Seen"), "at": "soon"}, "at"),
        ({"event": track("Seen"), "at": "2199-01-01T00:00:00Z"}, "at"),
        ({"event": track("Seen"), "mapping": {}}, "mapping"),
        ({"event": track("Seen"), "mappings": []}, "mappings"),
        ({"event": track("Seen"), "mappings": {"../x.yaml": ""}}, "mappings"),
        ({"event": track("Seen"), "mappings": {"/etc/x.yaml": ""}}, "mappings"),
        ({"event": track("Seen"), "mappings": {"a/b/c.yaml": ""}}, "mappings"),
        ({"event": track("Seen"), "mappings": {"x.yaml": 1}}, "mappings"),
    ],
)
def test_what_cannot_be_tried_is_refused(web: Web, body: dict[str, Any], field: str) -> None:
    """With its field."""
    assert web.post("rehearse", body, 400)["error"]["field"] == field


def test_an_unknown_namespace_is_refused_as_a_call_of_the_api_would_be(web: Web) -> None:
    """The same field, and the namespaces that there are."""
    told = [
        web.post("rehearse", {"event": event, "identifiers": {"nons": "x"}}, 400)["error"]
        for event in (track("Seen"), {"type": "trigger", "event": "big"})
    ]
    assert [one["field"] for one in told] == ["identifiers.nons"] * 2
    assert "user_id" in told[0]["hint"]


def test_an_event_that_is_too_large_is_refused(web: Web) -> None:
    """As on arrival."""
    assert web.post("rehearse", {"event": track("Seen", properties={"x": "y" * 40_000})}, 413)
