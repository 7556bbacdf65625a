"""A message whose answer was lost, on a whole server: Twilio's list settles it where no callback comes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from embedded.vendors import MovedClock, Server, eventually

from cuewire.sandbox import Sandbox, SandboxSettings
from cuewire.sandbox.faults import Fault

TEXT = """
trigger: seen
status: live
when: {event: Seen, key: =event.messageId}
limits: {cap: {times: 100, per: 1d}}
do: [{twilio.send_message: {purpose: service, to: "+4915112345678", body: Seen}}]
"""
POLICY = """
purposes:
  service: {consent: not_needed, caps: false, quiet_hours: false}
"""
MINUTE = 60_000


@pytest.fixture
def fakes() -> Iterator[Sandbox]:
    """Run a sandbox for one test; its callbacks find nobody at the server's public address."""
    with Sandbox(SandboxSettings(callback_tries=1)) as running:
        yield running


@pytest.mark.parametrize(
    ("drop", "settled", "messages"), [("after", "delivered", 1), ("before", "unknown", 0)]
)
def test_it_is_looked_up_once_it_may_be_on_the_list_and_never_sent_again(
    tmp_path: Path, fakes: Sandbox, *, drop: str, settled: str, messages: int
) -> None:
    """Taken and not told, or never taken: one request to send it either way."""
    clock = MovedClock(time.time_ns() // 1_000_000)
    server = Server(
        tmp_path,
        fakes,
        clock,
        {"triggers/seen.yaml": TEXT, "policy.yaml": POLICY},
        CUEWIRE_TWILIO_FROM="+15005550006",
    )
    try:
        fakes.state.faults.add(Fault(vendor="twilio", method="POST", drop=drop))  # type: ignore[arg-type]
        server.see("m1")
        eventually(lambda: server.statuses() == ["unknown"])
        for wait in (2 * MINUTE, 2 * MINUTE, 60 * MINUTE):
            before = len(fakes.state.ledger.since(0, "twilio"))
            server.pass_time(wait)
            if settled == "unknown":
                eventually(lambda n=before: len(fakes.state.ledger.since(0, "twilio")) > n)
            else:
                eventually(lambda: server.statuses() == [settled])
        eventually(lambda: server.rows()[0].reason.startswith("looked up"))
        (row,) = server.rows()
    finally:
        server.runtime.stop()
    asked = [one["method"] for one in fakes.state.ledger.since(0, "twilio")]
    assert asked.count("POST") == 1
    kept = fakes.state.messages.ledger()
    assert len(kept) == messages
    assert (row.status, row.reference) == (settled, kept[0]["sid"] if kept else "")
