"""Faults on request, the ledger that sees everything, and the sandbox as a process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from cuewire.sandbox import Sandbox, SandboxSettings

SETTINGS = SandboxSettings(callback_pace=0.01, hold_after_drop=0.01)
ACCOUNT = f"/2010-04-01/Accounts/{SETTINGS.twilio_account_sid}/Messages.json"
FORM = {"To": "+4915112345678", "From": "+15005550006", "Body": "Hi <b>you</b>"}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Run a sandbox for one test."""
    with Sandbox(SETTINGS) as running:
        yield running


def ask(sandbox: Sandbox, **fault: Any) -> requests.Response:
    """Ask for a fault."""
    return requests.post(f"{sandbox.url}/sandbox/faults", json={"vendor": "twilio", **fault}, timeout=60)


def send(sandbox: Sandbox) -> requests.Response:
    """Send one message."""
    auth = (SETTINGS.twilio_account_sid, SETTINGS.twilio_auth_token)
    return requests.post(f"{sandbox.url}/twilio{ACCOUNT}", data=FORM, auth=auth, timeout=60)


def show(sandbox: Sandbox, what: str) -> Any:
    """Read a list of the control API."""
    return requests.get(f"{sandbox.url}/sandbox/{what}", timeout=60).json()[what.partition("?")[0]]


@pytest.mark.parametrize(("drop", "messages"), [("before", 0), ("after", 1)])
def test_a_dropped_answer_closes_the_connection_before_or_after_the_effect(
    sandbox: Sandbox, drop: str, messages: int
) -> None:
    """The client sees a closed connection; whether the message exists is the whole difference."""
    assert ask(sandbox, drop=drop).status_code == 201
    with pytest.raises(requests.ConnectionError):
        send(sandbox)
    assert len(show(sandbox, "messages")) == messages
    entry = show(sandbox, "requests")[0]
    assert (entry["dropped"], entry["status"], entry["fault"]) == (drop, None, f"drop_{drop}")


def test_a_dropped_answer_is_not_one_byte(sandbox: Sandbox) -> None:
    """A bare socket reads the end of the stream and nothing before it."""
    ask(sandbox, drop="after")
    host = urlsplit(sandbox.url)
    with socket.create_connection((host.hostname, host.port), timeout=60) as wire:
        wire.sendall(f"POST /twilio{ACCOUNT} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
        assert wire.recv(1) == b""


def test_a_status_fault_answers_and_takes_no_effect(sandbox: Sandbox) -> None:
    """Status, headers and body are as asked."""
    ask(sandbox, status=503, headers={"X-Trouble": "yes"}, body={"code": 1})
    answer = send(sandbox)
    assert (answer.status_code, answer.headers["X-Trouble"], answer.json()) == (503, "yes", {"code": 1})
    assert show(sandbox, "messages") == []


def test_a_body_that_is_text_is_sent_as_it_is(sandbox: Sandbox) -> None:
    """A captive proxy's HTML with status 200 can be played."""
    ask(sandbox, status=200, body="<html>log in</html>")
    answer = send(sandbox)
    assert (answer.text, answer.headers["Content-Type"]) == (
        "<html>log in</html>",
        "text/html; charset=utf-8",
    )


def test_a_delay_holds_the_answer_back_after_the_effect(sandbox: Sandbox) -> None:
    """A client that gives up has sent its message all the same."""
    ask(sandbox, delay_ms=300)
    started = time.monotonic()
    assert send(sandbox).status_code == 201
    assert time.monotonic() - started >= 0.3


def test_a_rate_limit_says_when_to_come_back(sandbox: Sandbox) -> None:
    """Twilio's 20429 with Retry-After."""
    ask(sandbox, rate_limit={"reset_in_s": 3})
    answer = send(sandbox)
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (429, 20429, "3")


def test_faults_are_consumed_in_the_order_asked_for(sandbox: Sandbox) -> None:
    """Two 500s, one 429, then the sandbox is well again; counters keep what happened."""
    ask(sandbox, status=500, times=2)
    ask(sandbox, rate_limit={})
    assert [send(sandbox).status_code for _ in range(4)] == [500, 500, 429, 201]
    faults = requests.get(f"{sandbox.url}/sandbox/faults", timeout=60).json()
    assert faults == {"queued": [], "injected": {"twilio": {"rate_limit": 1, "status": 2}}}


def test_a_fault_meets_only_its_vendor_method_and_path(sandbox: Sandbox) -> None:
    """Others pass by and leave it waiting; clearing takes it away."""
    ask(sandbox, vendor="braze", status=500)
    ask(sandbox, method="GET", status=500)
    ask(sandbox, path="/2010-04-01/Accounts/*/Calls.json", status=500)
    assert send(sandbox).status_code == 201
    cleared = requests.delete(f"{sandbox.url}/sandbox/faults", timeout=60).json()
    assert cleared == {"queued": [], "injected": {}}


@pytest.mark.parametrize(
    "fault", [{}, {"status": "x"}, {"drop": "sideways"}, {"stauts": 500}, {"vendor": "nobody"}]
)
def test_a_fault_that_makes_no_sense_is_refused(sandbox: Sandbox, fault: dict[str, Any]) -> None:
    """The refusal says what is wrong, and nothing is queued."""
    answer = ask(sandbox, **fault)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")
    assert send(sandbox).status_code == 201


def test_the_ledger_sees_what_no_route_answers(sandbox: Sandbox) -> None:
    """A call to a path that is not faked is written down with its 404."""
    requests.post(f"{sandbox.url}/braze/nowhere", json={"a": 1}, timeout=60)
    requests.delete(f"{sandbox.url}/twilio/else", timeout=60)
    seen = [(e["vendor"], e["method"], e["path"], e["body"]) for e in show(sandbox, "requests")]
    assert seen == [("braze", "POST", "/nowhere", {"a": 1}), ("twilio", "DELETE", "/else", None)]


def test_the_ledger_is_narrowed_by_vendor_and_read_on(sandbox: Sandbox) -> None:
    """``since`` gives only what is newer."""
    for _ in range(3):
        send(sandbox)
    assert [e["id"] for e in show(sandbox, "requests?since=1")] == [2, 3]
    assert show(sandbox, "requests?vendor=braze") == []


def test_the_page_shows_what_arrived_and_escapes_it(sandbox: Sandbox) -> None:
    """A message's markup is text on the page."""
    send(sandbox)
    page = requests.get(sandbox.url, timeout=60).text
    assert "Hi &lt;b&gt;you&lt;/b&gt;" in page
    assert "<b>you" not in page


def test_a_stopped_sandbox_listens_no_more() -> None:
    """After stop the port is free."""
    sandbox = Sandbox(SETTINGS)
    url = sandbox.start()
    sandbox.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=60)


def test_it_runs_as_a_process_of_its_own() -> None:
    """The first line names the address; credentials come from the environment; SIGTERM ends it."""
    environment = {**os.environ, "CUEWIRE_TWILIO_AUTH_TOKEN": "given", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "cuewire.sandbox", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        told = len(SandboxSettings().as_environment(url))
        settings = dict(process.stdout.readline().strip().split("=", 1) for _ in range(told))
        assert requests.get(f"{url}/sandbox/requests", timeout=60).json() == {"requests": []}
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    assert settings["CUEWIRE_TWILIO_AUTH_TOKEN"] == "given"
    assert settings["CUEWIRE_BRAZE_BASE_URL"] == f"{url}/braze"
