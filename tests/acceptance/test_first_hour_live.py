"""A new user's first hour, the live half: serve with the sandbox, send a fixture, explain what came of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from cuewire.demo.server import free_port, is_ready
from cuewire.wiring import PRESETS, load_mappings
from webhooks.sources import kinds

FIXTURES = Path(__file__).parents[1] / "fixtures" / "sources"
KEY = "first-hour-" + "k" * 32
RULES = load_mappings(PRESETS).rules
SHIPPED = RULES.sources if RULES else {}
START_SECONDS = 180

FILES = {
    "triggers/welcome.yaml": """
trigger: welcome
status: live
when: {event: Signed Up}
only_if: =properties.plan != "none"
do:
  - send: hello
""",
    "messages/hello.yaml": """
message: hello
purpose: transactional
valid_for: 24h
channels:
  sms: {via: twilio.send_message, body: 'Hi {{ profile.traits.first_name | default: "there" }}'}
""",
}

SIGN_UP = {
    "type": "track",
    "event": "Signed Up",
    "userId": "ada",
    "messageId": "first-hour-1",
    "properties": {"plan": "pro"},
    "context": {"traits": {"phone": "+14155550142", "firstName": "Ada"}},
}


@dataclass(frozen=True)
class Hour:
    """A running server, its folders and the environment of whoever types the commands."""

    folder: Path
    url: str
    environment: dict[str, str]

    def run(self, *arguments: str, code: int = 0) -> str:
        """Type a command and read what it prints."""
        ended = subprocess.run(
            [sys.executable, "-m", "cuewire.cli", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert ended.returncode == code, f"{arguments}\n{ended.stdout}{ended.stderr}"
        return ended.stdout

    def send(self, file: Path, source: str) -> dict[str, Any]:
        """Post a file as a source does."""
        mappings = str(self.folder / "mappings")
        command = ["send", str(file), "--source", source, "--url", self.url, "--mappings", mappings, "--json"]
        answer: dict[str, Any] = json.loads(self.run(*command))
        return answer

    def explain(self, subject: str, *, by_url: bool = False) -> str:
        """Ask what happened, of the data folder or of the server."""
        where = ["--url", self.url] if by_url else ["--data", str(self.folder / "data")]
        return self.run("explain", subject, *where)


def environment() -> dict[str, str]:
    """Set the server's secrets and those of every source, and nothing of this machine's."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CUEWIRE_")}
    sources = {
        f"CUEWIRE_{name}_{setting.name}".upper(): "wk-of-tests" if setting.name == "write_key" else KEY
        for name, one in SHIPPED.items()
        for setting in kinds()[one.uses].settings_of(one)
        if setting.is_secret
    }
    return inherited | sources | {"CUEWIRE_API_KEY": KEY, "CUEWIRE_SECRET_KEY": KEY}


@pytest.fixture(scope="module")
def hour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hour]:
    """Serve with the sandbox on a free port."""
    folder = tmp_path_factory.mktemp("first-hour")
    for name, text in FILES.items():
        path = folder / "mappings" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    port = free_port()
    made = Hour(folder, f"http://127.0.0.1:{port}", environment())
    command = ["serve", "--sandbox", "--port", str(port), "--mappings", str(folder / "mappings")]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "cuewire.cli", *command, "--data", str(folder / "data")],
            env=made.environment,
            stdout=log,
            stderr=log,
        )
        try:
            deadline = time.monotonic() + START_SECONDS
            while not is_ready(made.url):
                assert process.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
                time.sleep(0.05)
            yield made
        finally:
            process.terminate()
            process.wait(60)


def test_a_sent_event_is_explained_from_the_event_to_the_delivery(
    hour: Hour, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    """Send a signed event; explain tells the decision, the values seen and that the SMS was delivered."""
    file = hour.folder / "sign_up.json"
    file.write_text(json.dumps(SIGN_UP))
    answer = hour.send(file, "segment")
    assert (answer["status"], answer["event_ids"]) == (200, ["first-hour-1"])

    def deliveries() -> list[Any]:
        found = requests.get(
            f"{hour.url}/api/deliveries", headers={"Authorization": f"Bearer {KEY}"}, timeout=60
        )
        return [row["status"] for row in found.json()["deliveries"]]

    wait_until(lambda: deliveries() == ["delivered"])
    for by_url in (False, True):
        story = hour.explain("first-hour-1", by_url=by_url)
        for part in (
            'event first-hour-1: track "Signed Up" from segment, applied',
            "welcome fired",
            'true: properties.plan != "none"; saw properties.plan = pro',
            "twilio.send_message delivered",
            "attempt 1",
        ):
            assert part in story, story
    assert "phone: +14155550142" in hour.explain("user_id:ada", by_url=True)


@pytest.mark.parametrize("source", sorted(SHIPPED))
def test_every_source_is_played_by_its_fixtures(hour: Hour, source: str) -> None:
    """A recorded webhook of each source is taken when it is sent with that source's signature."""
    recorded = [path for path in sorted((FIXTURES / source).glob("*.json")) if is_webhook(path)]
    if not recorded:
        pytest.skip(f"{source} has no recorded webhook in {FIXTURES}")
    assert 200 <= hour.send(recorded[0], source)["status"] < 300


def is_webhook(path: Path) -> bool:
    """Tell whether a fixture is a request to a webhook route."""
    return str(json.loads(path.read_text()).get("path", "")).startswith("/webhooks/")


def test_what_is_refused_ends_with_1(hour: Hour) -> None:
    """A body that the source does not understand is refused, and the command says how."""
    file = hour.folder / "bad.json"
    file.write_text('{"type": "dance"}')
    mappings = str(hour.folder / "mappings")
    told = hour.run(
        "send", str(file), "--source", "segment", "--url", hour.url, "--mappings", mappings, code=1
    )
    assert "400" in told and "type" in told


def test_wrong_use_names_what_to_do(hour: Hour) -> None:
    """An unknown source, a secret that is not set and a server that is not there are refused with 2."""
    file = hour.folder / "sign_up.json"
    file.write_text(json.dumps(SIGN_UP))
    hour.run("send", str(file), "--source", "segmnt", "--url", hour.url, code=2)
    hour.run("send", str(file), "--source", "segment", "--url", "http://127.0.0.1:9", code=2)
    hour.run("explain", "x", "--url", "http://127.0.0.1:9", code=2)
    bare = {name: value for name, value in hour.environment.items() if "SHARED_SECRET" not in name}
    Hour(hour.folder, hour.url, bare).run("send", str(file), "--source", "segment", code=2)
    keyless = {name: value for name, value in hour.environment.items() if name != "CUEWIRE_API_KEY"}
    Hour(hour.folder, hour.url, keyless).run("explain", "x", "--url", hour.url, code=2)


def test_an_unknown_id_is_said_to_be_one(hour: Hour) -> None:
    """Exit 1, by the folder and by the server."""
    hour.run("explain", "nothing", "--data", str(hour.folder / "data"), code=1)
    hour.run("explain", "nothing", "--url", hour.url, code=1)
