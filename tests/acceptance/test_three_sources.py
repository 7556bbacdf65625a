"""Segment, Tealium and mParticle speak of one person; the whole server knows one profile."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from cuewire.clock import SystemClock
from cuewire.settings import Settings
from cuewire.wiring import PRESETS, Runtime
from webhooks.signatures import hmac_hex

KEY = "k" * 32
ENVIRONMENT = {
    "CUEWIRE_API_KEY": KEY,
    "CUEWIRE_SECRET_KEY": "s" * 32,
    "CUEWIRE_SEGMENT_SHARED_SECRET": "segment-secret",
    "CUEWIRE_TEALIUM_TOKEN": "tealium-token",
    "CUEWIRE_TEALIUM_ACCOUNTS": "acme",
    "CUEWIRE_TEALIUM_US_TOKEN": "us-token",
    "CUEWIRE_MPARTICLE_AUTHORIZATION": "Bearer mparticle-value",
    "CUEWIRE_MPARTICLE_KEY": "mp-key",
    "CUEWIRE_MPARTICLE_SECRET": "mp-secret",
}

SEGMENT = {
    "type": "identify",
    "messageId": "s-1",
    "userId": "grace",
    "traits": {"email": "grace@example.com", "firstName": "Grace"},
}
TEALIUM = {
    "tealium_event": "cart_add",
    "tealium_visitor_id": "v-018d2",
    "customer_email": "Grace@Example.com",
    "customer_city": "Berlin",
    "cart_id": "c9",
    "product_id": ["p1", "p2"],
    "product_price": ["40.00", "5.00"],
    "product_quantity": ["2", "1"],
}
MPARTICLE = {
    "mpid": -8602161397754364000,
    "batch_id": 3456789012345678901,
    "user_identities": [{"identity_type": "email", "identity": "grace@example.com"}],
    "user_attributes": {"$lastname": "Hopper"},
    "consent_state": {
        "gdpr": {"marketing": {"consented": True}},
        "ccpa": {"data_sale_opt_out": {"consented": True}},
    },
    "events": [
        {
            "event_type": "commerce_event",
            "data": {"event_id": 1, "product_action": {"action": "purchase", "transaction_id": "o7"}},
        }
    ],
}

#: What the shipped profile.yaml computes of who has ordered nothing that cost anything.
WORKED_OUT = {"orders_90d": 0, "revenue_total": 0}


class World:
    """A whole server, apart from its socket."""

    def __init__(self, folder: Path, mappings: Path = PRESETS) -> None:
        self.runtime = Runtime(Settings.read(ENVIRONMENT), mappings, folder, SystemClock())
        self.client: Client = self.runtime.app.test_client()

    def post(self, path: str, body: Any, **headers: str) -> int:
        """Send a body."""
        return self.client.post(path, data=json.dumps(body), headers=headers).status_code

    def segment(self) -> int:
        """Forward a call, as Segment does."""
        signature = hmac_hex("sha1", "segment-secret", json.dumps(SEGMENT).encode())
        return self.post("/webhooks/segment", SEGMENT, **{"X-Signature": signature})

    def tealium(self) -> int:
        """Forward an event, as Tealium's connector does."""
        return self.post("/webhooks/tealium", TEALIUM, Authorization="Bearer tealium-token")

    def mparticle(self) -> int:
        """Forward a batch, as mParticle does."""
        return self.post("/webhooks/mparticle", MPARTICLE, Authorization="Bearer mparticle-value")

    def get(self, path: str) -> Any:
        """Read by the API."""
        return self.client.get(f"/api/{path}", headers={"Authorization": f"Bearer {KEY}"}).json

    def close(self) -> None:
        """Let the store go."""
        self.runtime.store.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give a server of its own to each test."""
    made = World(tmp_path / "data")
    yield made
    made.close()


@pytest.mark.parametrize("order", list(permutations(("segment", "tealium", "mparticle"))), ids="-".join)
def test_three_sources_that_speak_of_one_person_end_as_one_profile(
    world: World, order: tuple[str, ...]
) -> None:
    """Joined by e-mail, in whatever order they come, found by the identifier of each."""
    assert [getattr(world, name)() for name in order] == [200, 200, 200]
    profile = world.get("profiles/email/grace@example.com")
    assert profile["identifiers"] == {
        "user_id": ["grace"],
        "email": ["grace@example.com"],
        "mpid": ["-8602161397754364000"],
        "tealium_visitor_id": ["v-018d2"],
    }
    assert profile["traits"] == {
        "email": "grace@example.com",
        "first_name": "Grace",
        "last_name": "Hopper",
        "city": "Berlin",
        **WORKED_OUT,
        "orders_90d": 1,
    }
    for namespace, value in (("user_id", "grace"), ("mpid", "-8602161397754364000")):
        assert world.get(f"profiles/{namespace}/{value}")["id"] == profile["id"]
    events = world.get("events?limit=50")["events"]
    assert {event["source"] for event in events} == {"segment", "tealium", "mparticle"}
    assert sorted(event["event"] for event in events) == [
        "Identified",
        "Order Completed",
        "Product Added",
        "Product Added",
    ]
    assert {event["status"] for event in events} == {"applied"}


def test_consent_is_read_in_the_sense_of_its_law(world: World) -> None:
    """``consented`` is a yes to marketing by the GDPR, and a no to a sale by the CCPA."""
    world.mparticle()
    consent = world.get("profiles/email/grace@example.com")["consent"]
    granted = {name: json.dumps(value) for name, value in consent.items()}
    assert "true" in granted["marketing"]
    assert "false" in granted["data_sale"]


def test_what_senders_repeat_has_one_effect(world: World) -> None:
    """Each of the three may retry."""
    for _ in range(3):
        assert [world.segment(), world.tealium(), world.mparticle()] == [200, 200, 200]
    statuses = [event["status"] for event in world.get("events?limit=50")["events"]]
    assert statuses.count("applied") == 4
    assert statuses.count("duplicate") == 8


def test_a_stranger_may_tell_what_happened_but_not_whose_address_it_is(world: World) -> None:
    """Collect carries no secret: its events join by visitor id, its addresses and consent are not believed."""
    claim = TEALIUM | {"tealium_account": "acme", "consent_categories": ["email"]}
    assert world.post("/event", claim) == 200
    assert world.get("profiles/email/grace@example.com").get("error")
    profile = world.get("profiles/tealium_visitor_id/v-018d2")
    assert profile["identifiers"] == {"tealium_visitor_id": ["v-018d2"]}
    assert profile["consent"] == {}
    assert profile["traits"] == {"city": "Berlin", **WORKED_OUT}
    assert world.post("/event", {"tealium_account": "acme", "email": "grace@example.com"}) == 200
    (aside,) = world.get("events?status=set_aside")["events"]
    assert "not believed" in aside["reason"]
    world.tealium()
    assert world.get("profiles/email/grace@example.com")["id"] == profile["id"]


def test_events_api_clients_reach_the_same_person(world: World) -> None:
    """A batch of an SDK is answered with 202 and read by the same mapping."""
    world.mparticle()
    pair = base64.b64encode(b"mp-key:mp-secret").decode()
    body = {
        "environment": "production",
        "user_identities": {"customerid": "grace", "email": "grace@example.com"},
    }
    assert world.post("/v2/events", body, Authorization=f"Basic {pair}") == 202
    identifiers = world.get("profiles/user_id/grace")["identifiers"]
    assert identifiers["mpid"] == ["-8602161397754364000"]


def test_a_second_instance_is_a_file_and_its_settings(tmp_path: Path) -> None:
    """``uses: tealium`` gives it a route, a token and a mapping of its own."""
    mappings = tmp_path / "mappings"
    shutil.copytree(PRESETS, mappings)
    (mappings / "sources" / "tealium_us.yaml").write_text(
        "source: tealium_us\nuses: tealium\nidentifiers: {user_id: =properties.member}\n"
        "events: {basket: Product Added}\n"
    )
    world = World(tmp_path / "data", mappings)
    body = {"tealium_event": "basket", "member": "m1", "product_id": ["a", "b"]}
    assert world.post("/webhooks/tealium_us", body, Authorization="Bearer tealium-token") == 401
    assert world.post("/webhooks/tealium_us", body, Authorization="Bearer us-token") == 200
    events = world.get("events")["events"]
    assert [(event["source"], event["event"]) for event in events] == [("tealium_us", "Product Added")] * 2
    assert world.get("profiles/user_id/m1")["identifiers"] == {"user_id": ["m1"]}
    world.close()
