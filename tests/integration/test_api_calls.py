"""Calls of the API through the real pipeline: the anchor taken as met, and repeats that are harmless."""

from __future__ import annotations

import pytest
from embedded.world import MINUTE, World

from core.errors import BadRequest, Conflict, NotFound
from core.ports import Filter


def test_a_call_of_the_api_takes_the_anchor_as_met(world: World) -> None:
    """A named trigger fires for a person who was not known before."""
    call = world.pipeline.fire("cart", {"user_id": "new"}, {"cart_id": 7}, idempotency_key=None, raw=b"{}")
    (decision,) = world.store.read.decisions_of_event(call)
    assert (decision.outcome, decision.key) == ("fired", "7")
    assert world.store.read.owner("user_id", "new") == decision.profile_id


def test_a_repeated_idempotency_key_gives_the_first_answer(world: World) -> None:
    """The same key and body is one call; another body under it is refused."""
    first = world.pipeline.fire("cart", {"user_id": "u1"}, {}, idempotency_key="k", raw=b"1")
    assert world.pipeline.fire("cart", {"user_id": "u1"}, {}, idempotency_key="k", raw=b"1") == first
    with pytest.raises(Conflict, match="another body"):
        world.pipeline.fire("cart", {"user_id": "u1"}, {}, idempotency_key="k", raw=b"2")
    assert len(world.store.read.decisions(Filter(trigger="cart")).rows) == 1


def test_an_idempotency_key_is_forgotten_after_its_span(world: World) -> None:
    """A week later the same key is a new call."""
    first = world.pipeline.fire("cart", {"user_id": "u1"}, {}, idempotency_key="k", raw=b"1")
    world.clock.time += 8 * 24 * 60 * MINUTE
    assert world.pipeline.fire("cart", {"user_id": "u1"}, {}, idempotency_key="k", raw=b"2") != first


def test_a_call_that_names_nothing_known_is_refused(world: World) -> None:
    """An unknown trigger, an unknown namespace and a blocked value each name their field."""
    fire = world.pipeline.fire
    with pytest.raises(NotFound) as unknown:
        fire("nope", {"user_id": "u1"}, {}, idempotency_key=None, raw=b"{}")
    with pytest.raises(BadRequest) as namespace:
        fire("cart", {"shoe_size": "44"}, {}, idempotency_key=None, raw=b"{}")
    with pytest.raises(BadRequest) as blocked:
        fire("cart", {"user_id": "null"}, {}, idempotency_key=None, raw=b"{}")
    fields = [caught.value.field for caught in (unknown, namespace, blocked)]
    assert fields == ["trigger_type", "identifiers.shoe_size", "identifiers"]
