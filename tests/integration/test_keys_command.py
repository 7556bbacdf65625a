"""``cuewire keys`` against a running server: what it prints is what lets somebody in."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result
from werkzeug.serving import make_server

from core.errors import OperatorError
from cuewire.cli import cli
from cuewire.clock import SystemClock
from cuewire.settings import Settings
from cuewire.wiring import Runtime

KEY = "k" * 40


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve an empty folder of mappings over a real port."""
    (tmp_path / "mappings").mkdir()
    monkeypatch.setenv("CUEWIRE_API_KEY", KEY)
    settings = Settings.read({"CUEWIRE_API_KEY": KEY, "CUEWIRE_SECRET_KEY": KEY})
    runtime = Runtime(settings, tmp_path / "mappings", tmp_path / "data", SystemClock())
    runtime.start()
    server = make_server("127.0.0.1", 0, runtime.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    runtime.stop()


def run(*words: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(cli, ["keys", *words])


def track(url: str, key: str) -> int:
    """Send an event with a write key; gives the status."""
    basic = {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}
    body = {"userId": "u1", "event": "A", "messageId": "m1"}
    return requests.post(f"{url}/v1/track", json=body, headers=basic, timeout=60).status_code


def test_a_key_is_printed_once_lets_its_holder_in_and_is_revoked(url: str) -> None:
    """Only the key goes to standard output, so that it can be put into a file."""
    made = run(
        "create", "shop page", "--kind", "browser", "--source", "segment", "--quota", "600", "--url", url
    )
    assert made.exit_code == 0, made.output
    key = made.stdout.strip()
    assert key.startswith("cwb_") and "shown this once" in made.stderr
    assert track(url, key) == 200
    assert track(url, f"{key}x") == 401
    (listed,) = json.loads(run("list", "--url", url, "--json").stdout)["keys"]
    line = run("list", "--url", url).stdout
    assert f"{listed['id']}  shop page, browser, events of segment; 600 a minute; last used 20" in line
    assert "revoked 20" in run("revoke", listed["id"], "--url", url).stdout
    assert track(url, key) == 401


def test_what_cannot_be_made_says_why(url: str) -> None:
    """The field, what is wrong with it, and what to do; wrong use and no server as well."""
    refused = run("create", "one", "--kind", "api", "--scope", "all", "--url", url)
    assert isinstance(refused.exception, OperatorError)
    assert str(refused.exception).endswith("answers 400: scopes there is no scope 'all'")
    assert refused.exception.hint == "use some of read, trigger, consent, operate"
    assert run("create", "one", "--url", url).exit_code == 2
    absent = run("list", "--url", "http://127.0.0.1:9")
    assert "does not answer" in str(absent.exception)
    assert "no keys but those of the environment" in run("list", "--url", url).stderr
