"""A running server that is stopped and started: what is left of a destination's pace, and its word, are kept."""

from __future__ import annotations

from pathlib import Path

import requests
from embedded.vendors import FILES, START, MovedClock, Server, eventually

from cuewire.sandbox import Sandbox

PACE = {"destinations/braze.yaml": "destination: braze\npace: {per_second: 0.5, burst: 2}\n"}
MINUTE = 60_000


def test_a_server_that_starts_again_begins_with_no_new_burst(tmp_path: Path, fakes: Sandbox) -> None:
    """One person's events leave one by one: two at once, and then one every two seconds, whoever starts it."""
    clock = MovedClock()
    server = Server(tmp_path, fakes, clock, {**FILES, **PACE})
    try:
        for number in range(5):
            server.see(f"m{number}")
        eventually(lambda: server.statuses() == ["delivered"] * 2 + ["scheduled"] * 3)
    finally:
        server.runtime.stop()
    for sent in (3, 4):
        server = Server(tmp_path, fakes, clock)
        try:
            server.pass_time(2_000)
            eventually(lambda: server.statuses().count("delivered") >= sent)  # noqa: B023 - asked within the turn
        finally:
            server.runtime.stop()
        assert len(fakes.state.ledger.since(0, "braze")) == sent


def test_a_server_that_starts_again_keeps_to_what_the_vendor_said(tmp_path: Path, fakes: Sandbox) -> None:
    """Nothing is asked before the moment that it named, and what waited is delivered then."""
    clock = MovedClock()
    until = START + MINUTE
    fault = {"vendor": "braze", "status": 429, "headers": {"X-RateLimit-Reset": str(until // 1000)}}
    requests.post(f"{fakes.url}/sandbox/faults", json={**fault, "times": 1}, timeout=30).raise_for_status()
    server = Server(tmp_path, fakes, clock)
    try:
        server.see("m0")
        eventually(lambda: server.statuses() == ["retrying"])
    finally:
        server.runtime.stop()
    server = Server(tmp_path, fakes, clock)
    try:
        server.see("m1", "u1")
        server.pass_time(MINUTE - 1)
    finally:
        server.runtime.stop()
    assert len(fakes.state.ledger.since(0, "braze")) == 1
    server = Server(tmp_path, fakes, clock)
    try:

        def is_done() -> bool:
            server.pass_time(1)
            return server.statuses() == ["delivered"] * 2

        eventually(is_done)
    finally:
        server.runtime.stop()
