"""Links of messages as they leave: signed for the person, and of use to the one who gets the message."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from edge.doubles import PUBLIC_URL
from embedded.letter import HELLO, KEY, WELCOME

from core.dispatch.linked import NO_ADDRESS, Linked
from core.engine.links import STAND_INS
from core.ports import Delivered, DeliveryRow, DestinationSpec, Filter, Outcome, RawEvent, RetryLater
from core.secret import Secret
from cuewire.clock import SystemClock
from cuewire.sandbox import Sandbox
from cuewire.settings import Settings
from cuewire.wiring import Runtime
from webhooks.preferences.link import PersonLinks


class Kept:
    """A destination that keeps what it is handed."""

    name = "kept"
    spec = DestinationSpec("kept", "Kept")

    def __init__(self) -> None:
        self.rows: list[DeliveryRow] = []

    def missing_settings(self) -> list[str]:
        """Need nothing."""
        return []

    def send(self, action: str, batch: list[DeliveryRow]) -> list[Outcome]:
        """Keep the rows."""
        self.rows += batch
        return [Delivered() for _ in batch]


def row(**fields: Any) -> DeliveryRow:
    """Make a delivery."""
    return DeliveryRow("a", "d", "t", 0, "kept", "send", fields, "p", "sending", 0, 0, "email", "marketing")


@pytest.mark.parametrize(
    ("public_url", "left"),
    [
        ("https://c.example/x", {"body", "unsubscribe_url", "data"}),
        ("http://127.0.0.1:8080", {"body", "data"}),
    ],
)
def test_links_are_signed_as_a_message_leaves(public_url: str, left: set[str]) -> None:
    """Wherever they stand; a field that is nothing but the link is for mail programs, which want https."""
    kept, links = Kept(), PersonLinks(Secret(KEY), public_url)
    stand_in = STAND_INS["unsubscribe_url"]
    fields = {"body": f"<a href='{stand_in}'>", "unsubscribe_url": stand_in, "data": {"a": [stand_in, 1]}}
    (outcome,) = Linked(kept, links.address_of).send("send", [row(**fields)])
    assert isinstance(outcome, Delivered)
    sent = kept.rows[0].fields
    assert set(sent) == left
    found = re.search(rf"{public_url}/u/([\w.-]+)", sent["body"])
    assert found and links.read(found[1], "unsubscribe_url") == ("p", "marketing", "email")
    assert sent["data"] == {"a": [found[0], 1]}
    assert stand_in not in str(sent)


def test_without_an_address_a_message_with_links_waits() -> None:
    """Nobody gets a link that leads nowhere; messages without one go."""
    kept = Kept()
    found = Linked(kept, PersonLinks(Secret(KEY), "").address_of).send(
        "send", [row(body=STAND_INS["preferences_url"]), row(body="x")]
    )
    assert isinstance(found[0], RetryLater) and found[0].reason == NO_ADDRESS
    assert [one.fields for one in kept.rows] == [{"body": "x"}]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Runtime, Sandbox]]:
    """Run everything in one process, on a message with links."""
    for name, text in (("triggers/welcome", WELCOME), ("messages/hello", HELLO)):
        path = tmp_path / "mappings" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with Sandbox() as fakes:
        settings = {
            "CUEWIRE_API_KEY": KEY,
            "CUEWIRE_SECRET_KEY": KEY,
            "CUEWIRE_PUBLIC_URL": PUBLIC_URL,
            "CUEWIRE_TWILIO_FROM": "+15005550006",
            **fakes.settings.as_environment(fakes.url),
        }
        runtime = Runtime(Settings.read(settings), tmp_path / "mappings", tmp_path / "data", SystemClock())
        runtime.start()
        yield runtime, fakes
        runtime.stop()


def sign_up(runtime: Runtime, number: int) -> str:
    """Let the person sign up, with consent, and give the status of the last delivery once it is final."""
    consent = {"consent": {"categoryPreferences": {"Advertising": True}}} if number == 1 else {}
    call = {"type": "track", "event": "Signed Up", "userId": "u1", "messageId": f"s{number}"}
    call |= {"context": {"traits": {"phone": "+14155550199"}, **consent}}
    runtime.pipeline.accept("segment", [RawEvent(msgspec.json.encode(call), call)], runtime.clock.now())
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        rows = runtime.store.read.deliveries(Filter()).rows
        if len(rows) == number and rows[0].status in ("delivered", "suppressed", "rejected", "dead"):
            return str(rows[0].status)
        time.sleep(0.02)
    raise AssertionError("nothing was sent")


def test_the_link_in_an_sms_unsubscribes_from_sms(served: tuple[Runtime, Sandbox]) -> None:
    """From the event to the vendor, from the link to the withdrawal, to the message that is not sent."""
    runtime, fakes = served
    assert sign_up(runtime, 1) == "delivered"
    body = fakes.state.ledger.since(0, "twilio")[0]["body"]["Body"]
    found = re.search(rf"Stop: {PUBLIC_URL}(/u/\S+) or {PUBLIC_URL}/preferences/\S+$", body)
    assert found, body
    client = runtime.app.test_client()
    assert client.post(found[1], data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert sign_up(runtime, 2) == "suppressed"
