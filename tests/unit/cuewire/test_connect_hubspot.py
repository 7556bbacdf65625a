"""``cuewire connect hubspot``: what the app's settings must hold, printed, or written into the app once."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner, Result

from core.errors import OperatorError
from cuewire.check import PRESETS
from cuewire.cli import cli

PUBLIC = {"CUEWIRE_PUBLIC_URL": "https://cuewire.example.com/in/"}
KEY = "developer-key-of-tests"


class App:
    """HubSpot's side of an app's settings: keeps what it is told."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.rows: dict[str, list[dict[str, Any]]] = {}
        app = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                asked = urlsplit(self.path)
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else {}
                status, answer = app.answer(self.command, asked.path, parse_qs(asked.query), body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        for method in ("GET", "POST", "PUT", "PATCH"):
            setattr(Handler, f"do_{method}", Handler.handle_any)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def answer(
        self, method: str, path: str, query: dict[str, list[str]], body: dict[str, Any]
    ) -> tuple[int, bytes]:
        """Answer one call."""
        if query.get("hapikey") != [KEY]:
            return 401, f'{{"message": "no such key as {query}"}}'.encode()
        self.calls.append((method, path))
        rows = self.rows.setdefault(path, [])
        if method == "GET":
            return 200, json.dumps({"results": rows}).encode()
        if method == "POST":
            rows.append({"id": str(len(rows) + 1), **body})
        return 200, b"{}"


@contextmanager
def app() -> Iterator[App]:
    """Run an app's settings for a while."""
    made = App()
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        made.server.server_close()


def run(*arguments: str, **environment: str) -> Result:
    """Run the command on the shipped mappings."""
    env = {**PUBLIC, **{f"CUEWIRE_{name}": value for name, value in environment.items()}}
    return CliRunner().invoke(cli, ["connect", "hubspot", "--mappings", str(PRESETS), *arguments], env=env)


def test_the_definitions_name_our_addresses_our_triggers_and_what_the_file_asks_for() -> None:
    """As JSON that can be pasted."""
    result = run("--property", "plan")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["webhooks"]["targetUrl"] == "https://cuewire.example.com/in/callbacks/hubspot"
    assert told["action"]["actionUrl"] == "https://cuewire.example.com/in/callbacks/hubspot/action"
    options = told["action"]["inputFields"][0]["typeDefinition"]["options"]
    assert "abandoned_cart" in [one["value"] for one in options]
    outputs = [one["typeDefinition"]["name"] for one in told["action"]["outputFields"]]
    assert outputs == ["decision", "reason", "delivery_status"]
    asked = {(one["eventType"], one.get("propertyName")) for one in told["subscriptions"]}
    assert ("contact.creation", None) in asked
    assert {("contact.propertyChange", name) for name in ("firstname", "plan", "lifecyclestage")} <= asked
    assert not any(name.startswith("workflow") for name, _ in asked)


def test_creating_twice_leaves_one_of_each() -> None:
    """What is there is brought up to date, and nothing is doubled."""
    with app() as vendor:
        settings = {
            "HUBSPOT_APP_ID": "77",
            "HUBSPOT_DEVELOPER_KEY": KEY,
            "HUBSPOT_BASE_URL": vendor.url,
        }
        first = run("--create", **settings)
        assert first.exit_code == 0, first.output
        assert "step: created" in first.output and "subscription contact.creation: created" in first.output
        counts = {path: len(rows) for path, rows in vendor.rows.items()}
        second = run("--create", "--json", **settings)
        assert second.exit_code == 0, second.output
        assert "step: brought up to date" in json.loads(second.stdout)["done"]
        assert {path: len(rows) for path, rows in vendor.rows.items() if rows} == {
            path: number for path, number in counts.items() if number
        }
        assert ("PATCH", "/automation/v4/actions/77/1") in vendor.calls


def test_a_refusal_names_the_settings_and_never_the_key() -> None:
    """A wrong key, a missing one, and an address that HubSpot would not call."""
    with app() as vendor:
        wrong = run(
            "--create", HUBSPOT_APP_ID="77", HUBSPOT_DEVELOPER_KEY="wrong-key", HUBSPOT_BASE_URL=vendor.url
        )
    assert isinstance(wrong.exception, OperatorError)
    assert "CUEWIRE_HUBSPOT_DEVELOPER_KEY" in wrong.exception.hint
    assert "wrong-key" not in wrong.exception.message
    missing = run("--create", HUBSPOT_APP_ID="77")
    assert isinstance(missing.exception, OperatorError)
    assert "CUEWIRE_HUBSPOT_DEVELOPER_KEY is not set" in missing.exception.message
    for public in ("", "http://cuewire.example.com"):
        plain = run(PUBLIC_URL=public)
        assert isinstance(plain.exception, OperatorError)
        assert "https" in plain.exception.message


@pytest.mark.parametrize("account", ["salesforce", "hubspot_eu"])
def test_an_account_without_a_file_of_hubspots_is_refused(account: str) -> None:
    """The hint says where one comes from."""
    result = run("--account", account)
    assert isinstance(result.exception, OperatorError)
    assert f"callbacks/{account}.yaml" in result.exception.message
