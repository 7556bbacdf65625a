"""The audit inside a running server: by itself every day, when asked, and in its numbers."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from werkzeug.serving import make_server

from core.ports import Filter, RawEvent
from core.runners.audit.daily import DAY, FIRST_AFTER, Auditor
from cuewire.cli import cli
from cuewire.clock import SystemClock
from cuewire.sandbox import Sandbox
from cuewire.settings import Settings
from cuewire.wiring import Runtime

KEY = "k" * 40
BEARER = {"Authorization": f"Bearer {KEY}"}

BOUGHT = """
trigger: bought
status: live
when: {event: Order Completed}
limits: {cap: {times: 100, per: 1d}}
do:
  - braze.track_event: {external_id: =profile.id, name: Bought}
"""

Wait = Callable[[Callable[[], bool]], None]


class MovableClock(SystemClock):
    """The machine's clock, moved ahead by a test."""

    ahead = 0

    def now(self) -> int:
        """Give the time."""
        return super().now() + self.ahead


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    """Run everything in one process."""
    (tmp_path / "mappings" / "triggers").mkdir(parents=True)
    (tmp_path / "mappings" / "triggers" / "bought.yaml").write_text(BOUGHT)
    with Sandbox() as fakes:
        environment = {
            "CUEWIRE_API_KEY": KEY,
            "CUEWIRE_SECRET_KEY": KEY,
            **fakes.settings.as_environment(fakes.url),
        }
        made = Runtime(Settings.read(environment), tmp_path / "mappings", tmp_path / "data", MovableClock())
        made.start()
        try:
            yield made
        finally:
            made.stop()


def buy(runtime: Runtime, number: int) -> None:
    """Let somebody buy."""
    call = {"type": "track", "event": "Order Completed", "userId": "u1", "messageId": f"m{number}"}
    item = RawEvent(msgspec.json.encode(call), call)
    assert runtime.pipeline.accept("segment", [item], runtime.clock.now()) == ["applied"]


def lose(runtime: Runtime) -> None:
    """Lose every decision and delivery."""

    def job(tx: Any) -> None:
        tx.connection.execute("DELETE FROM decisions")
        tx.connection.execute("DELETE FROM deliveries")

    runtime.store.write(job)


def state(runtime: Runtime) -> dict[str, Any]:
    """Ask over HTTP."""
    answer = runtime.app.test_client().get("/api/audit", headers=BEARER)
    assert answer.status_code == 200
    return dict(answer.json or {})


def statuses(runtime: Runtime) -> list[str]:
    """Give the states of all deliveries."""
    return [row.status for row in runtime.store.read.deliveries(Filter()).rows]


def test_before_the_first_run_there_is_no_report(runtime: Runtime) -> None:
    """And no number that would look like one."""
    assert state(runtime) == {"running": False, "last": None}
    text = runtime.app.test_client().get("/metrics", headers=BEARER).text
    assert "cuewire_audit" not in text


def test_a_loss_is_found_repaired_and_sent_by_the_server_itself(runtime: Runtime, wait_until: Wait) -> None:
    """Asked over HTTP; what is put back goes out at once, and the numbers follow."""
    buy(runtime, 1)
    wait_until(lambda: statuses(runtime) == ["delivered"])
    lose(runtime)
    client = runtime.app.test_client()
    assert client.post("/api/audit", json={}, headers=BEARER).status_code == 202
    wait_until(lambda: not state(runtime)["running"])
    last = state(runtime)["last"]
    assert (last["missing"], last["left"], last["findings"][0]["trigger"]) == (1, 1, "bought")
    text = client.get("/metrics", headers=BEARER).text
    assert "cuewire_audit_missing 1.0" in text
    assert "cuewire_audit_last_run_seconds 1." in text
    assert client.post("/api/audit", json={"repair": True}, headers=BEARER).status_code == 202
    wait_until(lambda: not state(runtime)["running"])
    assert state(runtime)["last"]["left"] == 0
    wait_until(lambda: statuses(runtime) == ["delivered"])
    assert "cuewire_audit_missing 0.0" in client.get("/metrics", headers=BEARER).text


def test_it_runs_by_itself_once_a_day(runtime: Runtime, wait_until: Wait, monkeypatch: Any) -> None:
    """The first time some minutes after the first start, then every day; a restart does not begin anew."""
    monkeypatch.setattr("core.runners.audit.daily.LOOK_EVERY", 0.01)
    clock = MovableClock()
    path = runtime.store.path  # type: ignore[attr-defined]  # the embedded store has one
    auditor = Auditor(runtime.store, runtime.pipeline, clock, path)
    auditor.start()
    try:
        assert auditor.last() is None
        clock.ahead = FIRST_AFTER + 1000
        wait_until(lambda: auditor.last() is not None)
        first = auditor.last()
        clock.ahead += DAY + 1000
        wait_until(lambda: auditor.last() != first)
    finally:
        auditor.stop()
    again = Auditor(runtime.store, runtime.pipeline, clock, path)
    assert again.last() is not None
    assert again.gauges()["audit_missing"] == 0.0


def test_one_run_at_a_time(runtime: Runtime) -> None:
    """A second one is told to wait."""
    client = runtime.app.test_client()
    runtime.auditor._asked = object()  # type: ignore[assignment]  # a run that does not end
    answer = client.post("/api/audit", json={}, headers=BEARER)
    runtime.auditor._asked = None
    assert answer.status_code == 503
    assert "under way" in (answer.json or {})["error"]["message"]


@pytest.mark.parametrize(
    ("body", "field", "status"),
    [
        ({"repair": "yes"}, "repair", 400),
        ({"since": "soon"}, "since", 400),
        ({"trigger": "nope"}, "trigger", 404),
        ({"reapir": True}, "reapir", 400),
    ],
)
def test_a_wrong_call_is_refused_with_its_field(
    runtime: Runtime, body: dict[str, Any], field: str, status: int
) -> None:
    """Nothing is run by it."""
    answer = runtime.app.test_client().post("/api/audit", json=body, headers=BEARER)
    assert (answer.status_code, (answer.json or {})["error"]["field"]) == (status, field)
    assert state(runtime)["last"] is None


def test_the_key_is_needed(runtime: Runtime) -> None:
    """Findings name people."""
    assert runtime.app.test_client().get("/api/audit").status_code == 401


def test_it_rests_more_than_it_works(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between little turns of work others have the processor; a stop ends it in the middle."""
    rested = []
    auditor = runtime.auditor
    monkeypatch.setattr(auditor._stopped, "wait", lambda seconds: bool(rested.append(seconds)))
    monkeypatch.setattr("core.runners.audit.daily.WORK", 0.0)
    for number in range(5):
        buy(runtime, number)
    auditor._breathe()
    assert rested == [0.006]


@pytest.fixture
def url(runtime: Runtime) -> Iterator[str]:
    """Serve over a real port."""
    server = make_server("127.0.0.1", 0, runtime.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_command_lets_a_running_server_repair(
    runtime: Runtime, url: str, tmp_path: Path, wait_until: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --url nothing has to be stopped; 1 while something is missing, then 0."""
    monkeypatch.setenv("CUEWIRE_API_KEY", KEY)
    monkeypatch.setattr("cuewire.auditing.LOOK_EVERY", 0.02)
    buy(runtime, 1)
    wait_until(lambda: statuses(runtime) == ["delivered"])
    lose(runtime)
    words = ["audit", "--url", url, "--data", str(tmp_path / "elsewhere")]
    found = CliRunner().invoke(cli, words)
    assert (found.exit_code, "missing: no decision of bought" in found.output) == (1, True)
    repaired = CliRunner().invoke(cli, [*words, "--repair", "--json"])
    assert repaired.exit_code == 0
    assert json.loads(repaired.output.splitlines()[-1])["repaired"] == 1
    wrong = CliRunner().invoke(cli, [*words, "--trigger", "nope"])
    assert "no such trigger" in str(wrong.exception)
    monkeypatch.setenv("CUEWIRE_API_KEY", "x" * 40)
    assert "answers 401" in str(CliRunner().invoke(cli, words).exception)
