"""Splitting people: conversions go with their decisions, statements of consent with the events that made them."""

from __future__ import annotations

from embedded.published import publish
from embedded.world import MINUTE, World

from core.engine.event import Identifier
from core.ports import Filter
from core.runners.split import Split
from core.store.database import FILE
from core.store.embedded import open_store
from core.store.parting import part
from core.store.surgery import operate

TOLD = """
source: segment
identifiers: {user_id: =event.userId, anonymous_id: =event.anonymousId}
consent: {marketing: {sms: =properties.sms}}
"""
CART = """
trigger: cart
status: live
when: {event: Product Added}
limits: {cap: {times: 100, per: 1d}}
do: [{braze.track_event: {external_id: =profile.id, name: Cart}}]
goal: {event: Order Completed, within: 3d}
"""


def test_each_side_keeps_what_came_of_its_own_events(world: World) -> None:
    """What the cookie had agreed to and bought leaves with it."""
    publish(world, {"sources/segment.yaml": TOLD, "triggers/cart.yaml": CART})
    for who in ({"userId": "u1"}, {"userId": None, "anonymousId": "a1"}):
        for name in ("Product Added", "Order Completed"):
            world.clock.time += MINUTE
            world.send(world.call(name, properties={"sms": "userId" in who and bool(who["userId"])}, **who))
    world.clock.time += MINUTE
    world.send({"type": "identify", "userId": "u1", "anonymousId": "a1", "messageId": "i1"})
    known = world.store.read.owner("user_id", "u1")
    assert known is not None
    assert len(world.store.read.conversions(Filter(profile=known)).rows) == 2
    assert len(world.store.read.consent_log(Filter(profile=known)).rows) == 5
    rules = world.pipeline.rules
    world.store.close()
    data = world.folder / "data"
    split = Split(data / FILE, rules)
    sides = split.sides(known, [Identifier("anonymous_id", "a1")], world.clock.time)
    split.close()
    with operate(data, clock=world.clock) as tx:
        part(tx, known, sides, world.clock.time)
    world.store = open_store(data, clock=world.clock)
    reader = world.store.read
    stays, leaves = (reader.owner(*one) or "" for one in (("user_id", "u1"), ("anonymous_id", "a1")))
    for one, granted in ((stays, True), (leaves, False)):
        (conversion,) = reader.conversions(Filter(profile=one)).rows
        decision = reader.decision(conversion.decision_id)
        assert decision is not None
        assert decision.profile_id == one
        said = reader.consent_log(Filter(profile=one)).rows
        assert {row.granted for row in said if row.event_id != "i1"} == {granted}
