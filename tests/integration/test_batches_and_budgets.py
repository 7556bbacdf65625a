"""A running server: deliveries of many people in few requests, a day's budget, and dead letters by the command line."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner
from embedded.vendors import SECRET, START, MovedClock, Server, arrived, eventually
from werkzeug.serving import make_server

from cuewire.cli import cli
from cuewire.sandbox import Sandbox

TOLD = """
trigger: told
status: live
when: {event: Seen, key: =event.messageId}
limits: {cap: {times: 100, per: 1d}}
do: [{segment_out.track: {event: Told, user_id: =event.userId}}]
"""
SEEN = """
trigger: seen
status: live
when: {event: Seen, key: =event.messageId}
limits: {cap: {times: 100, per: 1d}}
do: [{braze.track_event: {external_id: =profile.id, name: Seen}}]
"""
BUDGET = """
destination: braze
pace: {per_second: 500, concurrency: 8}
budget: {per: day, times: 3, actions: track_event}
"""
HOUR = 3_600_000


def test_what_waits_for_many_people_leaves_in_few_requests_each_once(tmp_path: Path, fakes: Sandbox) -> None:
    """Through the vendor's own library, and with each delivery's own outcome."""
    server = Server(tmp_path, fakes, MovedClock(), {"triggers/told.yaml": TOLD})
    try:
        server.client.post("/api/stop", headers={"Authorization": f"Bearer {SECRET}"})
        for number in range(30):
            server.see(f"m{number}", f"u{number}")
        server.see("again", "u0")
        server.client.delete("/api/stop", headers={"Authorization": f"Bearer {SECRET}"})
        eventually(lambda: server.statuses() == ["delivered"] * 31)
    finally:
        server.runtime.stop()
    bodies = [one["body"]["batch"] for one in arrived(fakes, "segment_out")]
    people = [[call["userId"] for call in body] for body in bodies]
    assert len(bodies) <= 4
    assert sorted(user for body in people for user in body) == sorted([*(f"u{n}" for n in range(30)), "u0"])
    assert all(len(set(body)) == len(body) for body in people)


def test_a_day_holds_its_budget_over_a_restart(tmp_path: Path, fakes: Sandbox) -> None:
    """The rest waits for the next day, and says so."""
    clock, files = MovedClock(), {"triggers/seen.yaml": SEEN, "destinations/braze.yaml": BUDGET}
    server = Server(tmp_path, fakes, clock, files)
    try:
        for number in range(2):
            server.see(f"m{number}", f"u{number}")
        eventually(lambda: server.statuses() == ["delivered"] * 2)
    finally:
        server.runtime.stop()
    server = Server(tmp_path, fakes, clock, files)
    try:
        assert (server.braze()["budget"], server.braze()["budget_used"]) == (3, 2)
        for number in range(2, 5):
            server.see(f"m{number}", f"u{number}")
        eventually(lambda: server.statuses() == ["delivered"] * 3 + ["scheduled"] * 2)
        eventually(lambda: all("used up" in row.reason for row in server.rows() if row.status == "scheduled"))
        assert 'cuewire_destination_budget_used{destination="braze"} 3.0' in server.metrics()
        server.pass_time(24 * HOUR - START % (24 * HOUR))
        eventually(lambda: server.statuses() == ["delivered"] * 5)
    finally:
        server.runtime.stop()


def test_dead_letters_of_a_running_server_are_redriven_by_the_command(
    tmp_path: Path, fakes: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by the list, counted by a dry run, sent once."""
    monkeypatch.setenv("CUEWIRE_API_KEY", SECRET)
    clock = MovedClock()
    fault = {"vendor": "braze", "status": 503, "times": 1_000_000}
    requests.post(f"{fakes.url}/sandbox/faults", json=fault, timeout=30).raise_for_status()
    server = Server(tmp_path, fakes, clock, {"triggers/seen.yaml": SEEN})
    web = make_server("127.0.0.1", 0, server.runtime.app, threaded=True)
    thread = threading.Thread(target=web.serve_forever, daemon=True)
    thread.start()
    there = ["--url", f"http://127.0.0.1:{web.server_port}", "--json"]
    try:
        server.see("m1")

        def is_over() -> bool:
            server.pass_time(HOUR)
            return server.statuses()[0] in ("dead", "unknown")

        eventually(is_over)
        status = server.statuses()[0]
        listed = CliRunner().invoke(cli, ["deliveries", "list", "--status", status, *there])
        assert [row["action"] for row in json.loads(listed.output)["deliveries"]] == ["track_event"]
        requests.delete(f"{fakes.url}/sandbox/faults", timeout=30).raise_for_status()
        words = ["deliveries", "redrive", "--status", status, "--confirm-unknown", *there]
        dry = CliRunner().invoke(cli, [*words, "--dry-run"])
        assert json.loads(dry.output)["redriven"] == 1
        assert server.statuses() == [status]
        assert CliRunner().invoke(cli, words).exit_code == 0

        def is_sent() -> bool:
            server.pass_time(HOUR)
            return server.statuses() == ["delivered"]

        eventually(is_sent)
        wrong = CliRunner().invoke(cli, ["deliveries", "redrive", "--destination", "brazee", *there])
        assert "no such destination" in str(wrong.exception)
    finally:
        web.shutdown()
        thread.join()
        web.server_close()
        server.runtime.stop()
    assert len(arrived(fakes)) == 1
