"""A running server whose destinations fail it: a key is refused, by the vendor or because it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests
from embedded.vendors import MovedClock, Server, arrived, eventually
from structlog.testing import capture_logs

from cuewire.sandbox import Sandbox


@pytest.fixture
def clock() -> MovedClock:
    """Give a clock that stands still."""
    return MovedClock()


#: One step that Braze allows, behind one that it does not.
BOTH = """
trigger: seen
status: live
when: {event: Seen, key: =event.messageId}
limits: {cap: {times: 100, per: 1d}}
do:
  - braze.add_alias: {external_id: =profile.id, alias_name: =event.messageId, alias_label: shop}
  - braze.track_event: {external_id: =profile.id, name: Seen}
"""


def events(fakes: Sandbox) -> int:
    """Count the events that Braze took."""
    return sum(len(one["body"].get("events", [])) for one in arrived(fakes))


def test_a_refused_key_pauses_says_so_everywhere_and_resumes_by_itself_when_it_is_mended(
    tmp_path: Path, fakes: Sandbox, clock: MovedClock
) -> None:
    """The vendor's side is put right; nobody touches the server."""
    fault = {"vendor": "braze", "status": 401, "body": {"message": "Invalid API key"}, "times": 1_000_000}
    requests.post(f"{fakes.url}/sandbox/faults", json=fault, timeout=30).raise_for_status()
    with capture_logs() as logs:
        server = Server(tmp_path, fakes, clock)
        try:
            server.see("m1")
            eventually(lambda: server.braze()["state"] == "paused")
            said = server.braze()
            assert said["needs_operator"] is True
            assert "CUEWIRE_BRAZE_API_KEY" in said["reason"]
            assert 'cuewire_destination_paused{destination="braze"} 1.0' in server.metrics()
            server.see("m2", "u2")
            for _ in range(30):
                server.pass_time(3_600_000)
            assert set(server.statuses()) <= {"retrying", "scheduled", "sending"}
            requests.delete(f"{fakes.url}/sandbox/faults", timeout=30).raise_for_status()

            def is_done() -> bool:
                server.pass_time(300_000)
                return server.statuses() == ["delivered", "delivered"]

            eventually(is_done)
            assert server.braze()["state"] == "sending"
            assert 'cuewire_destination_paused{destination="braze"} 0.0' in server.metrics()
        finally:
            server.runtime.stop()
    told = [(one["event"], one["log_level"]) for one in logs if one.get("destination") == "braze"]
    assert told.count(("destination_paused", "warning")) == 1
    assert told.count(("destination_resumed", "info")) == 1
    assert events(fakes) == 2


def test_a_wrong_key_costs_one_attempt_and_the_right_one_sends_what_waited(
    tmp_path: Path, fakes: Sandbox, clock: MovedClock
) -> None:
    """Mended in the settings of the server this time, which takes a restart."""
    server = Server(tmp_path, fakes, clock, CUEWIRE_BRAZE_API_KEY="not-the-key")
    try:
        for number in range(6):
            server.see(f"m{number}", f"u{number}")
        eventually(lambda: server.braze()["state"] == "paused")
        eventually(lambda: server.braze()["in_flight"] == 0)
        # Each carries as many deliveries as were there.
        assert len(fakes.state.ledger.since(0, "braze")) <= 4
    finally:
        server.runtime.stop()
    clock.at += 26 * 3_600_000
    server = Server(tmp_path, fakes, clock)
    try:
        eventually(lambda: server.statuses() == ["delivered"] * 6)
    finally:
        server.runtime.stop()
    assert events(fakes) == 6


def test_a_missing_right_stops_what_needs_it_and_nothing_else(
    tmp_path: Path, fakes: Sandbox, clock: MovedClock
) -> None:
    """One key may do one thing and not another; it is said, and goes on by itself when the right is given."""
    fault = {"vendor": "braze", "path": "*alias*", "status": 403, "times": 1_000_000}
    requests.post(f"{fakes.url}/sandbox/faults", json=fault, timeout=30).raise_for_status()
    server = Server(tmp_path, fakes, clock, {"triggers/seen.yaml": BOTH})
    try:
        server.see("m1")
        eventually(lambda: server.braze()["needs_operator"] is True)
        assert server.braze()["state"] == "sending"
        assert "add_alias: Braze answered 403" in server.braze()["reason"]
        for number in range(2, 6):
            server.see(f"m{number}", f"u{number}")
        eventually(lambda: server.statuses().count("delivered") == 4)
        requests.delete(f"{fakes.url}/sandbox/faults", timeout=30).raise_for_status()

        def is_done() -> bool:
            server.pass_time(300_000)
            return server.statuses() == ["delivered"] * 10

        eventually(is_done)
        assert (server.braze()["reason"], server.braze()["needs_operator"]) == (None, False)
    finally:
        server.runtime.stop()
