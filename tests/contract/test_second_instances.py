"""A second account of a CRM: one file with ``uses:``, settings of its own, requests of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from traps import delivery

import connectors
from core.ports import Delivered, Destination
from cuewire.sandbox import Sandbox, SandboxSettings
from cuewire.settings import Settings
from cuewire.wiring import load_mappings

SECRETS = {"CUEWIRE_API_KEY": "k" * 40, "CUEWIRE_SECRET_KEY": "s" * 40}
EU = SandboxSettings()

FILES = {
    "hubspot_eu": """
destination: hubspot_eu
uses: hubspot
actions:
  upsert_contact:
    require: [email]
    fields: {email: "=profile.identifiers.email[0]"}
""",
    "salesforce_eu": """
destination: salesforce_eu
uses: salesforce
actions:
  upsert_contact:
    fields:
      external_id_field: Cuewire_Id__c
      external_id: =profile.identifiers.user_id[0]
""",
}

TRIGGER = """
trigger: new_lead
status: live
when: {event: Signed Up}
limits: {once: true}
do:
  - hubspot_eu.upsert_contact: {lifecyclestage: lead}
  - salesforce_eu.upsert_contact: {LastName: Lovelace}
"""

FIELDS: dict[str, dict[str, Any]] = {
    "hubspot_eu": {"email": "ada@example.com"},
    "salesforce_eu": {"external_id_field": "Cuewire_Id__c", "external_id": "u1", "LastName": "Lovelace"},
}


@pytest.fixture
def mappings(tmp_path: Path) -> Path:
    """Write a folder with a second instance of each CRM."""
    for name, text in FILES.items():
        (tmp_path / "destinations").mkdir(exist_ok=True)
        (tmp_path / "destinations" / f"{name}.yaml").write_text(text)
    (tmp_path / "triggers").mkdir()
    (tmp_path / "triggers" / "new_lead.yaml").write_text(TRIGGER)
    return tmp_path


def build(name: str, kind: str, environment: dict[str, str]) -> Destination:
    """Build a destination as the server does."""
    settings = Settings.read({**SECRETS, **environment})
    return connectors.build(name, kind, settings.destination(name), insecure_hosts=settings.insecure_hosts)


def test_a_folder_with_second_instances_loads(mappings: Path) -> None:
    """Each name has its kind; the shipped ones are there too."""
    loaded = load_mappings(mappings)
    assert [str(problem) for problem in loaded.errors] == []
    assert loaded.destinations["hubspot_eu"] == loaded.destinations["hubspot"] == "hubspot"
    assert loaded.destinations["salesforce_eu"] == loaded.destinations["salesforce"] == "salesforce"


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_second_instance_delivers_to_its_own_account(mappings: Path, name: str) -> None:
    """Through the loader and the settings to a real request; the first instance is asked nothing."""
    kind = load_mappings(mappings).destinations[name]
    with Sandbox() as first, Sandbox(EU) as second:
        own = second.settings.as_environment(second.url)
        moved = {
            known.replace(f"_{kind}_".upper(), f"_{name}_".upper()): value for known, value in own.items()
        }
        environment = {**first.settings.as_environment(first.url), **moved}
        made = build(name, kind, environment)
        (outcome,) = made.send("upsert_contact", [delivery("d1", **FIELDS[name])])
        assert isinstance(outcome, Delivered)
        assert [contact["vendor"] for contact in second.state.contacts()] == [kind]
        assert first.state.ledger.since(0) == []


def test_a_second_instance_names_its_own_missing_settings() -> None:
    """The first one's do not stand in for them."""
    environment = {"CUEWIRE_HUBSPOT_ACCESS_TOKEN": "t", "CUEWIRE_SALESFORCE_DOMAIN": "acme.my"}
    assert build("hubspot_eu", "hubspot", environment).missing_settings() == [
        "CUEWIRE_HUBSPOT_EU_ACCESS_TOKEN"
    ]
    assert build("salesforce_eu", "salesforce", environment).missing_settings() == [
        "CUEWIRE_SALESFORCE_EU_CONSUMER_KEY",
        "CUEWIRE_SALESFORCE_EU_CONSUMER_SECRET",
        "CUEWIRE_SALESFORCE_EU_DOMAIN",
    ]
