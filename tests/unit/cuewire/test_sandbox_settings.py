"""What a sandbox tells a server: everything that every destination needs, and nothing that it has already."""

from __future__ import annotations

from pathlib import Path

import pytest

import connectors
from cuewire.sandbox import Sandbox, SandboxSettings
from cuewire.sandbox.app import State
from cuewire.serve import _start_sandbox, sandbox_settings
from cuewire.settings import Settings

OWN = {"CUEWIRE_API_KEY": "k" * 40, "CUEWIRE_SECRET_KEY": "s" * 40}
URL = "http://127.0.0.1:8090"


@pytest.mark.parametrize("kind", sorted(connectors.catalogue()))
def test_a_server_with_a_sandbox_lacks_no_destinations_settings(kind: str) -> None:
    """Each destination is pointed at the fake of its vendor and may sign in there."""
    environment = dict(OWN)
    fakes = _start_sandbox(environment, {})
    assert isinstance(fakes, Sandbox)
    try:
        made = connectors.build(kind, kind, Settings.read(environment).destination(kind))
        assert made.missing_settings() == []
        assert made.base_url == f"{fakes.url}/{kind}"
    finally:
        fakes.stop()


def test_no_sandbox_is_started_when_every_destination_is_pointed_elsewhere() -> None:
    """Whoever says so runs a sandbox of their own."""
    elsewhere = SandboxSettings().as_environment(URL)
    environment = {name: value for name, value in elsewhere.items() if name.endswith("_BASE_URL")}
    assert _start_sandbox(environment, {}) is None


def test_what_is_empty_is_made_up_and_what_is_in_a_file_is_taken_from_it(tmp_path: Path) -> None:
    """An address that is set to nothing never leads to the real vendor, and a secret's file is not set twice."""
    (tmp_path / "token").write_text("of-the-file\n")
    environment = {
        **OWN,
        "CUEWIRE_TWILIO_BASE_URL": "",
        "CUEWIRE_TWILIO_AUTH_TOKEN_FILE": str(tmp_path / "token"),
    }
    fakes = _start_sandbox(environment, {})
    assert isinstance(fakes, Sandbox)
    try:
        found = Settings.read(environment).destination("twilio")
        assert found["base_url"] == f"{fakes.url}/twilio"
        assert found["auth_token"] == fakes.settings.twilio_auth_token == "of-the-file"
    finally:
        fakes.stop()


def test_credentials_that_are_set_are_the_ones_accepted() -> None:
    """Of two values in rotation the first, which is the one that is sent; the others are made up."""
    given = {"CUEWIRE_HUBSPOT_ACCESS_TOKEN": "new, old", "CUEWIRE_SALESFORCE_CONSUMER_KEY": ""}
    settings = SandboxSettings.accepting(given)
    assert settings.hubspot_access_token == "new"
    assert len(settings.salesforce_consumer_key) > 30


def test_a_contact_of_an_earlier_sandbox_is_nobody_elses_in_the_next() -> None:
    """The server remembers the CRM's id of a person; the same one for somebody else would join the two."""
    fakes = _start_sandbox(dict(OWN), {})
    assert isinstance(fakes, Sandbox)
    fakes.stop()
    assert fakes.settings.first_contact > 1_700_000_000
    for first in (1, 1_800_000_000):
        state = State(SandboxSettings(first_contact=first))
        assert state.hubspot_contacts.upsert("ada@example.com", {})[0]["id"] == str(50_000 + first)
        assert len(state.salesforce_contacts.upsert("ada@example.com", {})[0]["id"]) == 18


def test_a_printed_sandbox_shows_no_secret() -> None:
    """Its settings may stand in a log."""
    settings = SandboxSettings()
    shown = repr(settings)
    for secret in (
        settings.twilio_auth_token,
        settings.braze_api_key,
        settings.hubspot_access_token,
        settings.salesforce_consumer_key,
        settings.salesforce_consumer_secret,
        settings.sendgrid_api_key,
        settings.segment_out_write_key,
    ):
        assert secret not in shown


def test_a_second_instance_is_pointed_at_the_sandbox_too() -> None:
    """What is meant for fake vendors must never reach a real one under another name."""
    own = SandboxSettings().as_environment("http://127.0.0.1:1")
    settings = sandbox_settings(own, {"hubspot": "hubspot", "hubspot_eu": "hubspot", "sms": "twilio"})
    assert settings["CUEWIRE_HUBSPOT_EU_BASE_URL"] == settings["CUEWIRE_HUBSPOT_BASE_URL"]
    assert settings["CUEWIRE_HUBSPOT_EU_ACCESS_TOKEN"] == settings["CUEWIRE_HUBSPOT_ACCESS_TOKEN"]
    assert settings["CUEWIRE_SMS_BASE_URL"] == settings["CUEWIRE_TWILIO_BASE_URL"]
    assert settings["CUEWIRE_SMS_FROM"] == settings["CUEWIRE_TWILIO_FROM"]
