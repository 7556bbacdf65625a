"""The shop's two other platforms: Tealium tells of the website, mParticle of the app, each in its own words."""

from __future__ import annotations

import time
from typing import Any

import requests

from cuewire.demo.people import Person
from cuewire.demo.server import Addresses

TIMEOUT = 60


class Platforms:
    """Posts what the webhook connectors of both platforms post, with the secrets that were set for them."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses

    def visit(self, person: Person) -> None:
        """Tell, as Tealium, of somebody who reads about the loyalty programme on the website."""
        page = {
            "tealium_account": "shop",
            "tealium_profile": "main",
            "tealium_event": "page_view",
            "tealium_visitor_id": person.tealium_visitor_id,
            "page_name": "Loyalty programme",
            "customer_email": person.email,
            "customer_last_name": person.last_name,
            "customer_city": person.city,
        }
        self._post("tealium", page, f"Bearer {self._addresses.tealium_token}")

    def join(self, person: Person) -> None:
        """Tell, as mParticle, of somebody who joins it in the app."""
        now = time.time_ns() // 1_000_000
        joined = {
            "event_type": "custom_event",
            "data": {
                "event_id": 6004677780660780000,
                "event_name": "Loyalty Joined",
                "custom_event_type": "other",
                "timestamp_unixtime_ms": now,
            },
        }
        batch = {
            "batch_id": 3456789012345678901,
            "timestamp_unixtime_ms": now,
            "environment": "production",
            "mpid": person.mpid,
            "user_identities": [{"identity_type": "email", "identity": person.email}],
            "user_attributes": {"loyalty_level": "gold"},
            "events": [joined],
        }
        self._post("mparticle", batch, self._addresses.mparticle_authorization)

    def _post(self, source: str, body: dict[str, Any], authorization: str) -> None:
        with requests.Session() as session:
            session.trust_env = False  # a proxy of the machine must not see loopback traffic
            url = f"{self._addresses.server}/webhooks/{source}"
            headers = {"Authorization": authorization}
            session.post(url, json=body, headers=headers, timeout=TIMEOUT).raise_for_status()
