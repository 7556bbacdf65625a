"""The whole server is killed with ``kill -9`` under load, again and again, and owes nobody anything afterwards."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

import pytest
from crash.load import Client, Request, iso
from crash.rounds import Run
from crash.verdict import faults_of
from crash.world import WITHIN_MS, SandboxProcess, Server, wait_for

from core.engine import encode, new_profile
from core.ports import Transaction
from core.store.embedded import open_store
from cuewire.clock import SystemClock

ROUNDS = 40
IDLE = 100_000
MUTANT = Path(__file__).parent / "mutant"

pytestmark = [pytest.mark.crash, pytest.mark.slow]


def test_forty_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    """Store every 2xx, make every action once or call it unknown, invent none, and keep the file sound."""
    run = Run(tmp_path, seed=secrets.randbelow(10**6))
    print(f"seed {run.seed}, evidence in {tmp_path}")
    found = run.go(ROUNDS)
    wrong = faults_of(found, run.interrupted)
    assert not wrong, f"seed {run.seed}, evidence in {tmp_path}:\n" + "\n".join(wrong)
    assert not run.client.surprises, run.client.surprises
    assert found.integrity == "ok"
    assert run.kills >= ROUNDS
    assert len(found.acked()) > 10 * ROUNDS
    assert run.client.broken >= ROUNDS
    assert run.client.duplicates > ROUNDS / 4
    assert sum(count for counts in found.faults.values() for count in counts.values()) > ROUNDS
    assert {effect[0] for effect in found.effects} == {"track", "attributes", "welcome", "cart"}


def test_a_server_that_answers_before_it_commits_is_caught(tmp_path: Path) -> None:
    """Catch the mutant within a few rounds: acknowledged events that are not there."""
    run = Run(tmp_path, seed=7, python_path=str(MUTANT))
    found = run.go(8)
    wrong = faults_of(found, run.interrupted)
    assert any(sentence.startswith("acknowledged but not stored") for sentence in wrong), wrong


def test_a_timer_armed_before_a_kill_fires_alone_among_many_idle_profiles(tmp_path: Path) -> None:
    """Fire by itself after a restart, with no further traffic and 100,000 people who do nothing."""
    with SandboxProcess(tmp_path / "sandbox.log") as sandbox:
        server = Server(tmp_path, sandbox)
        cart = server.mappings / "triggers" / "cart_left.yaml"
        # Long enough for the kill to come first, however slow the machine.
        cart.write_text(cart.read_text().replace(f"within: {WITHIN_MS // 1000}s", "within: 8s"))
        fill(server.data, IDLE)
        try:
            server.start()
            arm(server)
            server.kill()
            assert not sandbox.messages()
            server.start()
            wait_for("the message", sandbox.messages, seconds=120)
            assert [message["body"] for message in sandbox.messages()] == ["cart lonely"]
            assert len(server.listing("events")) == 1
        finally:
            server.stop()


def arm(server: Server) -> None:
    """Leave one cart, and see that this is acknowledged."""
    event = {
        "type": "track",
        "event": "Product Added",
        "messageId": "lonely",
        "userId": "somebody",
        "timestamp": iso(time.time()),
        "properties": {"cart_id": "lonely"},
    }
    request = Request("/v1/track", [event], "left", "lonely")
    Client(server, seed=0).send(request)
    assert request.acked_at is not None


def fill(data: Path, people: int) -> None:
    """Put people into the store who have nothing to wait for."""
    data.mkdir(parents=True, exist_ok=True)
    clock = SystemClock()
    store = open_store(data, clock=clock)
    now, step = clock.now(), 5_000

    def put(tx: Transaction, start: int) -> None:
        ids = [f"p_idle{number:06d}" for number in range(start, start + step)]
        tx.profiles.put([(name, encode(new_profile(name, now)), None) for name in ids])
        tx.profiles.link([("user_id", f"idle{name}", name) for name in ids])

    for start in range(0, people, step):
        store.write(lambda tx, start=start: put(tx, start))
    assert store.read.profile(f"p_idle{people - 1:06d}") is not None
    store.close()
