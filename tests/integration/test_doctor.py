"""``cuewire doctor``: each thing that keeps a server from its work is found, and what it prints mends it."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner, Result

from core.store.database import FILE
from core.store.embedded import open_store
from cuewire.cli import cli
from cuewire.clock import SystemClock
from cuewire.sandbox import Sandbox
from cuewire.sandbox.faults import read_fault
from cuewire.serve import sandbox_settings

OWN = {"CUEWIRE_API_KEY": "k" * 40, "CUEWIRE_SECRET_KEY": "s" * 40}

TRIGGER = """
trigger: new_lead
status: live
when: {event: Signed Up}
limits: {once: true}
do:
  - hubspot.upsert_contact: {email: =profile.identifiers.email, lead_score: 7, types: {lead_score: number}}
  - salesforce.upsert_contact:
      external_id_field: Cuewire_Id__c
      external_id: =profile.id
      LastName: Lovelace
  - twilio.send_message: {purpose: transactional, body: Hello}
  - braze.trigger_campaign: {campaign_id: c1}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write one live trigger, an empty store, and an environment that has nothing but our own secrets."""
    for name in [name for name in os.environ if name.startswith("CUEWIRE_")]:
        monkeypatch.delenv(name)
    for name, value in OWN.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "mappings" / "triggers").mkdir(parents=True)
    (tmp_path / "mappings" / "triggers" / "new_lead.yaml").write_text(TRIGGER)
    (tmp_path / "data").mkdir()
    open_store(tmp_path / "data", clock=SystemClock()).close()
    return tmp_path


@pytest.fixture
def sandbox(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Point every destination at fakes."""
    with Sandbox() as fakes:
        settings = sandbox_settings(fakes.settings.as_environment(fakes.url), {})
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        yield fakes


def run(folder: Path, *more: str) -> Result:
    """Run the command on the folder."""
    words = ["doctor", "--mappings", str(folder / "mappings"), "--data", str(folder / "data"), *more]
    return CliRunner().invoke(cli, words)


def findings(folder: Path, *more: str) -> list[dict[str, Any]]:
    """Give the findings for machines."""
    found: list[dict[str, Any]] = json.loads(run(folder, "--json", *more).stdout)["findings"]
    return found


def wrong(folder: Path, *more: str, level: str = "problem") -> list[dict[str, Any]]:
    """Give what is wrong."""
    return [one for one in findings(folder, *more) if one["level"] == level]


def test_a_sound_server_ends_with_zero(folder: Path) -> None:
    """Nothing is a problem; that destinations wait for settings is a warning that names them."""
    result = run(folder)
    assert result.exit_code == 0, result.output
    assert "ok      the store has schema" in result.output
    waiting = [one for one in wrong(folder, level="warning") if one["part"] == "mode"]
    assert {one["says"].split()[0] for one in waiting} == {"hubspot", "salesforce", "twilio", "braze"}
    assert any("CUEWIRE_HUBSPOT_ACCESS_TOKEN" in one["mend"] for one in waiting)


def test_missing_secrets_and_wrong_mappings_are_problems(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything is told at once, each with what to do."""
    monkeypatch.delenv("CUEWIRE_SECRET_KEY")
    monkeypatch.setenv("CUEWIRE_HUBSPOT_ACESS_TOKEN", "x")
    (folder / "mappings" / "triggers" / "bad.yaml").write_text("trigger: bad\n")
    result = run(folder)
    assert result.exit_code == 1
    assert "PROBLEM CUEWIRE_SECRET_KEY is not set" in result.output
    assert "CUEWIRE_HUBSPOT_ACESS_TOKEN is set, but nothing reads it" in result.output
    assert "cuewire check" in result.output


def test_a_store_of_the_future_and_one_that_is_none_are_told(folder: Path) -> None:
    """A clock that was set back shows by the store; a foreign file is not touched."""
    path = folder / "data" / FILE
    later = path.stat().st_mtime + 3_600
    os.utime(path, (later, later))
    assert any("after this machine's time" in one["says"] for one in wrong(folder))
    for name in (path, *path.parent.glob(f"{FILE}-*")):
        name.unlink()
    path.write_bytes(b"not a store" * 100)
    assert any(one["part"] == "data folder" for one in wrong(folder))
    assert path.read_bytes().startswith(b"not a store")


def test_live_finds_what_is_missing_and_what_it_prints_makes_it(folder: Path, sandbox: Sandbox) -> None:
    """The calls that are printed create HubSpot's property and Salesforce's external id."""
    found = wrong(folder, "--live")
    assert [(one["part"], one["says"].partition(":")[0]) for one in found] == [
        ("hubspot, asked", "the property lead_score of contacts"),
        ("salesforce, asked", "the field Cuewire_Id__c of Contact, by which records are found"),
    ]
    for one in found:
        carry_out(one["mend"], sandbox)
    assert wrong(folder, "--live") == []
    assert run(folder, "--live").exit_code == 0


def test_live_looks_at_the_properties_that_steps_name(folder: Path, sandbox: Sandbox) -> None:
    """By one companies are found, and its values must be unique; by the other a workflow starts."""
    steps = """
  - hubspot.upsert_company: {id_property: shop_id, id: =profile.traits.company}
  - hubspot.associate_company: {email: a@example.com, company_id_property: domain, company: example.com}
  - hubspot.enrol_contact: {email: a@example.com, property: last_cart, value: =now}
"""
    (folder / "mappings" / "triggers" / "new_lead.yaml").write_text(
        TRIGGER.partition("do:")[0] + f"do:{steps}"
    )
    found = wrong(folder, "--live")
    assert [one["says"] for one in found] == [
        "the property shop_id of companies, by which records are found: HubSpot does not have it",
        "the property domain of companies, by which records are found: its values are not unique",
        "the property last_cart of contacts: HubSpot does not have it",
    ]
    for one in found:
        if one["mend"].startswith("curl"):
            carry_out(one["mend"], sandbox)
    assert [one["says"].split()[2] for one in wrong(folder, "--live")] == ["domain"]


PUBLISHING = (
    TRIGGER.partition("do:")[0]
    + """do:
  - salesforce.publish_event:
      {event: Cart_Left__e, Cart_Id__c: =properties.cart_id, Total__c: 7, types: {Total__c: number}}
"""
)


def test_live_looks_at_the_fields_of_platform_events(folder: Path, sandbox: Sandbox) -> None:
    """Each that is missing is named, of the type that the step gives it, and what is printed makes it."""
    (folder / "mappings" / "triggers" / "new_lead.yaml").write_text(PUBLISHING)
    found = wrong(folder, "--live")
    assert [one["says"].partition(":")[0] for one in found] == [
        "the field Cart_Id__c of Cart_Left__e",
        "the field Total__c of Cart_Left__e",
    ]
    assert ['"Text"' in one["mend"] for one in found] == [True, False]
    for one in found:
        carry_out(one["mend"], sandbox)
    assert wrong(folder, "--live") == []


def test_live_names_a_platform_event_that_is_not_there(folder: Path, sandbox: Sandbox) -> None:
    """No single call makes one: where it is made is told, and the sign-in is no problem."""
    (folder / "mappings" / "triggers" / "new_lead.yaml").write_text(PUBLISHING)
    said = [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]
    asked = {"vendor": "salesforce", "path": "*Cart_Left__e/describe", "status": 404, "body": said}
    sandbox.state.faults.add(read_fault(json.dumps(asked).encode()))
    (found,) = wrong(folder, "--live")
    assert found["says"].startswith("the platform event Cart_Left__e: Salesforce does not have it")
    assert "Setup > Platform Events" in found["mend"]
    assert "Cart_Left__e" in found["mend"]


def carry_out(command: str, sandbox: Sandbox) -> None:
    """Do what a line of curl does, with a token where it names one."""
    words = shlex.split(command.splitlines()[0])
    assert words[:3] == ["curl", "-X", "POST"]
    session = sandbox.state.salesforce_sessions.start()
    given = {
        "$CUEWIRE_HUBSPOT_ACCESS_TOKEN": sandbox.settings.hubspot_access_token,
        "$SALESFORCE_ACCESS_TOKEN": session,
    }
    headers = {}
    for place, word in enumerate(words):
        if word == "-H":
            name, _, value = words[place + 1].partition(": ")
            for variable, token in given.items():
                value = value.replace(variable, token)
            headers[name] = value
    body = json.loads(words[words.index("-d") + 1])
    answer = requests.post(words[3], json=body, headers=headers, timeout=30)
    assert answer.status_code == 201, answer.text


def test_live_sends_nothing_and_writes_nothing(folder: Path, sandbox: Sandbox) -> None:
    """Each request is a read, a sign-in, or the question what a token may do."""
    run(folder, "--live")
    arrived = sandbox.state.ledger.since(0)
    asked = {(one["vendor"], one["method"]) for one in arrived if "token" not in one["path"]}
    assert {vendor for vendor, _ in asked} == {"hubspot", "salesforce", "twilio", "sendgrid", "braze"}
    assert {method for _, method in asked} == {"GET"}


def test_a_wrong_key_is_told_with_its_setting(
    folder: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each vendor's refusal names what to look at, and shows no secret."""
    for name in ("HUBSPOT_ACCESS_TOKEN", "TWILIO_AUTH_TOKEN", "SENDGRID_API_KEY", "BRAZE_API_KEY"):
        monkeypatch.setenv(f"CUEWIRE_{name}", "wrong-and-very-secret")
    monkeypatch.setenv("CUEWIRE_SALESFORCE_CONSUMER_SECRET", "wrong-and-very-secret")
    result = run(folder, "--live")
    assert result.exit_code == 1
    assert "very-secret" not in result.output
    parts = {one["part"] for one in wrong(folder, "--live")}
    assert parts == {f"{name}, asked" for name in ("hubspot", "salesforce", "twilio", "sendgrid", "braze")}


def test_missing_scopes_are_named(folder: Path, sandbox: Sandbox) -> None:
    """A private app that may do nothing is told with the scopes that the triggers need."""
    asked = {"vendor": "hubspot", "path": "*access-token-info", "status": 200, "body": {"scopes": []}}
    sandbox.state.faults.add(read_fault(json.dumps(asked).encode()))
    (found,) = [one for one in wrong(folder, "--live") if "scopes" in one["says"]]
    assert "crm.objects.contacts.write" in found["says"]


def test_a_public_address_that_nobody_answers_is_a_problem(
    folder: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What answers there must be this server, by a clock that agrees."""
    monkeypatch.setenv("CUEWIRE_PUBLIC_URL", f"{sandbox.url}/nobody")
    said = [one["says"] for one in findings(folder, "--live") if one["part"] == "address"]
    assert any("answers 404" in one for one in said)
    assert any("clock agrees" in one for one in said)
