"""A server whose requests are kept: what it is told, and what it says of them."""

from __future__ import annotations

from typing import Any

from embedded.crm import SECRET, Crm

KEY = {"Authorization": f"Bearer {SECRET}"}
SHOP = """
source: segment
identifiers: {user_id: =event.userId}
schemas: {Bought: {properties: {email: {type: string, maxLength: 3}}}}
"""
HUBSPOT = """
callback: hubspot
identifiers: {hubspot_id: =properties.objectId}
echo: =properties.changeSource == "OURS"
events:
  contact.creation: {event: Seen In CRM, unknown: park}
  contact.propertyChange: Changed In CRM
  contact.deletion: null
"""
FILES = {"sources/segment.yaml": SHOP, "callbacks/hubspot.yaml": HUBSPOT}
MORE = {
    "CUEWIRE_SEGMENT_WRITE_KEY": "wk-of-tests",
    "CUEWIRE_SEGMENT_SHARED_SECRET": "shared-of-tests",
    "CUEWIRE_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "CUEWIRE_TWILIO_AUTH_TOKEN": "token-of-twilio",
}


def asked(crm: Crm, query: str = "") -> Any:
    """Read the list."""
    answer = crm.client.get(f"/api/requests?{query}", headers=KEY)
    assert answer.status_code == 200, answer.text
    return answer.json


def last(crm: Crm, query: str = "") -> Any:
    """Read the newest request."""
    return asked(crm, query)["requests"][0]


def change(kind: str, number: int, **more: Any) -> dict[str, Any]:
    """Write a change in the CRM."""
    return {
        "subscriptionType": f"contact.{kind}",
        "eventId": number,
        "objectId": number,
        "occurredAt": 1_772_445_600_000 + number,
        **more,
    }
