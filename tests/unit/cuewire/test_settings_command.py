"""``cuewire settings`` lists everything that is read, and keeps secrets to itself."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cuewire.cli import cli
from cuewire.setting_list import all_settings

ROOT = Path(__file__).parents[3]
SENTINEL = "do-not-print-me"


def run(*arguments: str, env: dict[str, str] | None = None, code: int = 0) -> Result:
    """Run the command with these variables and none of ours besides."""
    result = CliRunner().invoke(cli, ["settings", *arguments], env=env or {})
    assert result.exit_code == code, result.output
    return result


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what the machine that runs the tests has set."""
    import os

    for name in list(os.environ):
        if name.startswith("CUEWIRE_"):
            monkeypatch.delenv(name)


def test_no_secret_is_ever_printed() -> None:
    """With every setting given, none of the secrets' values is in either form of the list."""
    env = {entry.name: SENTINEL if entry.is_secret else "shown" for entry in all_settings()}
    env["CUEWIRE_PUBLIC_URL"] = f"https://user:{SENTINEL}@example.com"
    for arguments in ((), ("--json",)):
        output = run(*arguments, env=env).output
        assert SENTINEL not in output
        assert "shown" in output


def test_each_setting_says_how_it_stands(tmp_path: Path) -> None:
    """Set, set from a file, not set, and not set though needed."""
    env = {"CUEWIRE_MODE": "shadow", "CUEWIRE_API_KEY_FILE": str(tmp_path / "key")}
    found: dict[str, Any] = {
        one["name"]: one for one in json.loads(run("--json", env=env).output)["settings"]
    }
    assert (found["CUEWIRE_MODE"]["is_set"], found["CUEWIRE_MODE"]["value"]) == (True, "shadow")
    assert (found["CUEWIRE_API_KEY"]["is_set"], found["CUEWIRE_API_KEY"]["from_file"]) == (True, True)
    assert not found["CUEWIRE_SEGMENT_WRITE_KEY"]["is_set"]
    text = run(env=env).output
    assert re.search(r"CUEWIRE_SECRET_KEY +NOT SET, needed", text)
    assert re.search(r"CUEWIRE_API_KEY +set, from a file", text)


def test_a_variable_that_nothing_reads_is_named() -> None:
    """A typing error is found, with the name that was meant, and ends with 1."""
    result = run(env={"CUEWIRE_TWILIO_AUTHTOKEN": "x"}, code=1)
    assert "CUEWIRE_TWILIO_AUTH_TOKEN" in result.stderr


def test_second_instances_have_settings_of_their_own(tmp_path: Path) -> None:
    """A source and a destination with `uses:` are listed under their own names."""
    for kind, text in (
        ("sources", "source: segment_eu\nuses: segment\nidentifiers: {user_id: =event.userId}\n"),
        ("destinations", "destination: segment_eu\nuses: braze\n"),
    ):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / "segment_eu.yaml").write_text(text)
    output = run("--mappings", str(tmp_path)).output
    assert "CUEWIRE_SEGMENT_EU_WRITE_KEY" in output
    assert "CUEWIRE_SEGMENT_EU_API_KEY" in output


def test_who_is_told_of_alerts_has_settings_too(tmp_path: Path) -> None:
    """Those that `notify` names are listed, kept secret, and known when they are set."""
    (tmp_path / "policy.yaml").write_text("notify: {to: [{slack: CHAT_URL}, {email: a@example.com}]}\n")
    env = {"CUEWIRE_CHAT_URL": SENTINEL}
    output = run("--mappings", str(tmp_path), env=env).output
    assert re.search(r"alerts\n +CUEWIRE_CHAT_URL +set\n", output)
    assert "CUEWIRE_CHAT_URL" in run(env=env, code=1).stderr


def test_every_setting_that_the_program_reads_is_in_the_list() -> None:
    """Every CUEWIRE_ name in the code is one of the list's, or ends in one of them for another instance."""
    known = {entry.name for entry in all_settings()}
    read = set()
    for folder in ("cuewire", "core", "webhooks", "connectors"):
        for path in (ROOT / folder).rglob("*.py"):
            if "demo" not in path.parts and "sandbox" not in path.parts:
                read |= set(re.findall(r"\bCUEWIRE_[A-Z][A-Z_]*[A-Z]\b", path.read_text()))
    assert {name.removesuffix("_FILE") for name in read} <= known


def test_every_setting_has_help() -> None:
    """One sentence for each."""
    assert [entry.name for entry in all_settings() if not entry.help.endswith(".")] == []
