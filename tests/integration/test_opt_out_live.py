"""A running server that is told to stop: by an answer, by a refused number, by a later word of the vendor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator

from core.engine import decode
from core.ports import DeliveryRow, Filter, RawEvent, Rejected
from cuewire.clock import SystemClock
from cuewire.sandbox import Sandbox
from cuewire.settings import Settings
from cuewire.wiring import Runtime

SECRET = "k" * 40
PUBLIC = "http://127.0.0.1:9"
PHONE, OPTED_OUT = "+4915112345678", "+15005550004"
WELCOME = """
trigger: welcome
status: live
when: {event: Signed Up}
limits: {cap: {times: 100, per: 1d}}
do: [{send: hello}, {wait: 1s}, {send: hello}]
"""
HELLO = """
message: hello
purpose: marketing
valid_for: 1h
channels:
  sms: {via: twilio.send_message, body: Hello}
"""
SOURCE = """
source: segment
identifiers: {user_id: =event.userId, phone: =context.traits.phone}
consent: {marketing: =properties.agrees}
"""
FILES = {"triggers/welcome.yaml": WELCOME, "messages/hello.yaml": HELLO, "sources/segment.yaml": SOURCE}

#: What an admin adds so that other systems hear of it too.
TOLD = """
trigger: sms_refused
status: live
when: {enters: sms_refused}
limits: {cap: {times: 100, per: 1d}}
do:
  - hubspot.upsert_contact:
      email: ada@example.com
      firstname: Opted out
  - braze.set_subscription:
      external_id: =profile.identifiers.user_id[0]
      subscription_group_id: g1
      status: unsubscribed
"""
REFUSED = "segments: {sms_refused: =profile.consent.marketing.sms == false}"


class Server:
    """Everything in one process, with fake vendors."""

    def __init__(self, folder: Path, fakes: Sandbox, more: Mapping[str, str] | None = None) -> None:
        for name, text in {**FILES, **(more or {})}.items():
            path = folder / "mappings" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        environment = {
            "CUEWIRE_API_KEY": SECRET,
            "CUEWIRE_SECRET_KEY": SECRET,
            "CUEWIRE_PUBLIC_URL": PUBLIC,
            "CUEWIRE_TWILIO_FROM": "+15005550006",
            **fakes.settings.as_environment(fakes.url),
        }
        settings = Settings.read(environment)
        self.token = settings.secrets("twilio", "auth_token").reveal()
        self.runtime = Runtime(settings, folder / "mappings", folder / "data", SystemClock())
        self.client: FlaskClient = self.runtime.app.test_client()
        self.count = 0

    def sign_up(self, user: str, phone: str) -> None:
        """Let a person agree and sign up."""
        self.count += 1
        call = {
            "type": "track",
            "event": "Signed Up",
            "userId": user,
            "messageId": f"m{self.count}",
            "properties": {"agrees": True},
            "context": {"traits": {"phone": phone}},
        }
        item = RawEvent(msgspec.json.encode(call), call)
        now = self.runtime.clock.now()
        assert self.runtime.pipeline.accept("segment", [item], now) == ["applied"]

    def deliveries(self, user: str = "u1") -> list[DeliveryRow]:
        """Give a person's deliveries in the order in which they were made."""
        return list(self.runtime.store.read.deliveries(Filter(profile=self.owner(user))).rows)[::-1]

    def statuses(self, user: str = "u1") -> list[str]:
        """Give what became of a person's deliveries."""
        return [row.status for row in self.deliveries(user)]

    def owner(self, user: str) -> str:
        """Give a person's id."""
        return self.runtime.store.read.owner("user_id", user) or ""

    def agrees(self, user: str = "u1") -> bool | None:
        """Tell what a person says of marketing by SMS in particular."""
        state = self.runtime.store.read.profile(self.owner(user))
        assert state is not None
        held = decode(state).consent.get("marketing/sms")
        return held.granted if held else None

    def call_back(self, path: str, **params: str) -> Any:
        """Call back as Twilio does, signed."""
        signature = RequestValidator(self.token).compute_signature(PUBLIC + path, params)
        return self.client.post(
            path,
            data=urlencode(params),
            headers={"X-Twilio-Signature": signature},
            content_type="application/x-www-form-urlencoded",
        )

    def evidence(self, user: str = "u1") -> dict[str, str]:
        """Give what a person's last statement rests on."""
        rows = self.runtime.store.read.consent_log(Filter(profile=self.owner(user))).rows
        evidence: dict[str, str] = rows[0].evidence
        return evidence


@contextmanager
def running(folder: Path, more: Mapping[str, str] | None = None) -> Iterator[tuple[Server, Sandbox]]:
    """Run a server and its fake vendors."""
    with Sandbox() as fakes:
        made = Server(folder, fakes, more)
        made.runtime.start()
        try:
            yield made, fakes
        finally:
            made.runtime.stop()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Run a server of its own for each test."""
    with running(tmp_path) as (made, _):
        yield made


Wait = Callable[[Callable[[], bool]], None]


def test_a_stop_ends_what_is_queued_for_everyone_with_the_number(server: Server, wait_until: Wait) -> None:
    """The first message left, the second is stopped by its intent; the answer is an empty reply."""
    server.sign_up("u1", PHONE)
    wait_until(lambda: server.statuses() == ["delivered"])
    answer = server.call_back(
        "/callbacks/twilio/inbound", MessageSid="SM9", From=PHONE, To="+1", Body=" stop. "
    )
    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    assert answer.text.endswith("<Response></Response>")
    assert server.agrees() is False
    assert server.evidence()["callback_id"] == "SM9"
    wait_until(lambda: server.statuses() == ["delivered", "suppressed"])
    assert "withdrawn" in server.deliveries()[1].reason


def test_a_number_that_the_vendor_refuses_is_withdrawn(server: Server, wait_until: Wait) -> None:
    """The refusal is the evidence, and the next message is not tried."""
    server.sign_up("u1", OPTED_OUT)
    wait_until(lambda: server.statuses() == ["rejected", "suppressed"])
    assert server.agrees() is False
    assert server.evidence()["delivery_id"] == server.deliveries()[0].id
    assert "21610" in server.evidence()["answer"]


def test_a_refusal_that_comes_by_callback_is_a_withdrawal_as_well(server: Server, wait_until: Wait) -> None:
    """In the transaction that settles the delivery; a repeat adds nothing."""
    server.sign_up("u1", PHONE)
    wait_until(lambda: server.statuses()[0] == "delivered")
    first = server.deliveries()[0].id
    for _ in range(2):
        path = f"/callbacks/twilio/status?delivery={first}"
        assert (
            server.call_back(path, MessageSid="SM1", MessageStatus="failed", ErrorCode="21610").status_code
            == 200
        )
    assert server.statuses()[0] == "rejected"
    assert server.agrees() is False
    page = server.runtime.store.read.consent_log(Filter(profile=server.owner("u1")))
    assert [row.source for row in page.rows].count("twilio") == 2


def test_in_redirect_mode_a_refusal_says_nothing_of_the_person(server: Server) -> None:
    """Another number was written to."""
    server.sign_up("u1", PHONE)
    server.runtime.redirect = object()  # type: ignore[assignment]  # any redirect at all
    (row,) = server.deliveries()[:1]
    server.runtime.settle(row.id, Rejected("failed (error 21610)", opted_out=True), "SM1", "failed")
    assert server.agrees() is None


def test_the_systems_that_ask_for_it_hear_of_an_opt_out(tmp_path: Path, wait_until: Wait) -> None:
    """A segment of those who refused, and a trigger that tells; once, for what the vendor says twice."""
    more = {"triggers/sms_refused.yaml": TOLD, "profile.yaml": REFUSED}
    with running(tmp_path, more) as (server, fakes):
        server.sign_up("u1", PHONE)
        wait_until(lambda: server.statuses()[0] == "delivered")
        path = f"/callbacks/twilio/status?delivery={server.deliveries()[0].id}"
        for _ in range(2):
            server.call_back(path, MessageSid="SM1", MessageStatus="failed", ErrorCode="21610")

        def told() -> list[str]:
            rows = [row for row in server.deliveries() if row.trigger == "sms_refused"]
            return [row.destination for row in rows if row.status == "delivered"]

        wait_until(lambda: sorted(told()) == ["braze", "hubspot"])
        (contact,) = fakes.state.contacts()
        assert contact["fields"]["firstname"] == "Opted out"
