"""When Twilio is asked to report back."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

import connectors
from core.ports import DeliveryRow

VALUES = {"account_sid": "AC1", "auth_token": "t", "from": "+15005550006"}


def callback(public_url: str, base_url: str) -> str:
    """Give the callback address that a message would carry."""
    destination = connectors.build(
        "twilio", "twilio", {**VALUES, "base_url": base_url}, public_url=public_url
    )
    row = DeliveryRow(
        id="d 1",
        decision_id="x",
        trigger="t",
        step=0,
        destination="twilio",
        action="send_message",
        fields={},
        profile_id="p",
        status="sending",
        due_at=0,
        created_at=0,
    )
    return str(destination.options(row).get("status_callback", ""))  # type: ignore[attr-defined]  # Twilio's own


@pytest.mark.parametrize(
    ("public_url", "base_url"),
    [
        ("https://cuewire.example.com/", "https://api.twilio.com"),
        ("https://cuewire.example.com", "http://127.0.0.1:9000"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:9000"),
    ],
)
def test_a_message_names_our_callback_with_the_delivery(public_url: str, base_url: str) -> None:
    """Also in the sandbox, where both are this machine."""
    parts = urlsplit(callback(public_url, base_url))
    assert f"{parts.scheme}://{parts.netloc}" == public_url.rstrip("/")
    assert (parts.path, parse_qs(parts.query)) == ("/callbacks/twilio/status", {"delivery": ["d 1"]})


@pytest.mark.parametrize("public_url", ["", "http://localhost:8080", "http://127.0.0.1:8080"])
def test_the_real_twilio_is_not_given_an_address_it_would_refuse(public_url: str) -> None:
    """One wrong address would cost every message."""
    assert callback(public_url, "https://api.twilio.com") == ""
