"""A folder of mappings with tests in it, and what `cuewire test` says of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cuewire.trials.command import run

MESSAGE = """\
message: hello
purpose: marketing
channels:
  sms: {via: twilio.send_message, body: 'Hi {{ profile.traits.name | default: "you" }}'}
"""

TRIGGER = """\
trigger: t
when: {event: Signed Up, where: '=properties.plan != "free"'}
do:
  - send: hello
  - braze.track_event: {name: Joined, properties: {plan: =properties.plan}}
"""

PERSON = "profile: {user_id: u1, phone: '+14155550100', traits: {name: Ada}, consent: {marketing: true}}"


class Trials:
    """A folder under test."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self.capsys = capsys
        self.write("messages/hello.yaml", MESSAGE)

    def write(self, name: str, text: str) -> None:
        """Write one file."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def trigger(self, *tests: str, text: str = TRIGGER) -> list[str]:
        """Give what is printed for a trigger with these tests, one line each; the place without the folder."""
        self.write(
            "triggers/t.yaml", text + "tests:\n" + "".join(f"  - {{name: n, {one}}}\n" for one in tests)
        )
        return self.lines()

    def lines(self) -> list[str]:
        """Run the tests; exit 0 goes with silence, and only with it."""
        code = run(self.root, as_json=False)
        printed = self.capsys.readouterr().out.splitlines()
        assert code == bool(printed)
        return [line.removeprefix(f"{self.root}/") for line in printed]

    def report(self) -> dict[str, Any]:
        """Run the tests for machines."""
        run(self.root, as_json=True)
        report: dict[str, Any] = json.loads(self.capsys.readouterr().out)
        return report
