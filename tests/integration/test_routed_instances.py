"""``route:`` of a destination: each person's deliveries go to their own instance, by a formula."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors import catalogue
from core.config.loader import Loaded, load
from core.config.trial import TriggerTrial
from cuewire.check import PRESETS
from cuewire.trials.trigger import rehearse

HUBSPOT = """
destination: hubspot
route:
  hubspot_eu: '=profile.traits.country in ["DE", "AT"]'
  hubspot_us: =profile.traits.country == "US"
actions:
  upsert_contact:
    fields: {email: "=profile.identifiers.email[0]", hs_lead_status: OPEN}
"""
EU = """
destination: hubspot_eu
uses: hubspot
actions:
  upsert_contact:
    require: [consent_text]
    fields: {email: "=profile.identifiers.email[0]", consent_text: yes, lifecyclestage: lead}
"""
US = """
destination: hubspot_us
uses: hubspot
actions:
  upsert_contact: {fields: {email: "=profile.identifiers.email[0]"}}
  send_email: {fields: {email_id: 2, template_owner: us}}
"""
TRIGGER = """
trigger: new_lead
status: live
when: {event: Signed Up}
limits: {once: true}
do:
  - hubspot.upsert_contact: {lifecyclestage: customer}
tests:
"""
TEST = """
  - name: %(name)s
    profile: {user_id: u1, email: ada@example.com, traits: {plan: free%(traits)s}}
    timeline: [{at: 0m, event: Signed Up}]
    expect: []
"""
PEOPLE = {"german": ", country: DE", "american": ", country: US", "french": ", country: FR", "unknown": ""}


def folder(root: Path, **files: str) -> Loaded:
    """Write files and load them."""
    tests = "".join(TEST % {"name": name, "traits": traits} for name, traits in PEOPLE.items())
    written = {
        "destinations/hubspot.yaml": HUBSPOT,
        "destinations/hubspot_eu.yaml": EU,
        "destinations/hubspot_us.yaml": US.replace(
            "  send_email: {fields: {email_id: 2, template_owner: us}}\n", ""
        ),
        "triggers/new_lead.yaml": TRIGGER + tests,
        **{name.replace("__", "/") + ".yaml": text for name, text in files.items()},
    }
    for name, text in written.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return load(root, presets=PRESETS, catalogue=catalogue())


def sent(loaded: Loaded) -> dict[str, tuple[str, dict[str, Any]]]:
    """Give the destination and fields of each person's delivery."""
    assert loaded.rules is not None, loaded.problems
    found = {}
    for trial in loaded.trials:
        if isinstance(trial, TriggerTrial):
            (row,) = rehearse(trial, loaded.rules).deliveries
            found[trial.name] = (row.destination, row.fields)
    return found


def test_each_person_goes_to_the_first_instance_that_holds(tmp_path: Path) -> None:
    """Whom no formula takes stays, and so does who lacks what it asks for."""
    where = {name: destination for name, (destination, _) in sent(folder(tmp_path)).items()}
    assert where == {
        "german": "hubspot_eu",
        "american": "hubspot_us",
        "french": "hubspot",
        "unknown": "hubspot",
    }


def test_the_instances_own_fields_count_there_and_the_steps_lie_over_them(tmp_path: Path) -> None:
    """Defaults of the first instance do not follow a person to another one."""
    found = sent(folder(tmp_path))
    email = "ada@example.com"
    assert found["german"][1] == {"email": email, "consent_text": "yes", "lifecyclestage": "customer"}
    assert found["american"][1] == {"email": email, "lifecyclestage": "customer"}
    assert found["french"][1] == {"email": email, "hs_lead_status": "OPEN", "lifecyclestage": "customer"}


def test_a_message_goes_by_the_instance_too_in_the_persons_language(tmp_path: Path) -> None:
    """The channel's fields and languages go along; the purpose and the message stay."""
    message = """
message: hello
purpose: transactional
channels:
  email: {via: hubspot.send_email, email_id: 7, custom_properties: {word: Hello}, locales: {de: {email_id: 8}}}
"""
    trigger = TRIGGER.replace("hubspot.upsert_contact: {lifecyclestage: customer}", "send: hello")
    people = {"german": ", country: DE, language: de", "american": ", country: US"}
    tests = "".join(TEST % {"name": name, "traits": traits} for name, traits in people.items())
    loaded = folder(tmp_path, messages__hello=message, triggers__new_lead=trigger + tests)
    found = sent(loaded)
    assert {name: (to, fields["email_id"]) for name, (to, fields) in found.items()} == {
        "german": ("hubspot_eu", 8),
        "american": ("hubspot_us", 7),
    }


@pytest.mark.parametrize(
    ("route", "said"),
    [
        ("hubspot_uk: =true", "unknown destination `hubspot_uk`"),
        ("hubspot: =true", "leads to itself"),
        ("twilio: =true", "is of the kind twilio, not hubspot"),
        ("hubspot_eu: everybody", "a formula"),
        ("hubspot_eu: =1 + 1", "a condition is true or false"),
    ],
)
def test_a_route_that_leads_nowhere_is_refused_at_its_place(tmp_path: Path, route: str, said: str) -> None:
    """What can never work is told by check, with its line."""
    text = HUBSPOT.replace("""  hubspot_eu: '=profile.traits.country in ["DE", "AT"]'\n""", f"  {route}\n")
    loaded = folder(tmp_path, destinations__hubspot=text)
    (wrong,) = [one for one in loaded.errors if said in one.message]
    assert (Path(wrong.file).name, wrong.line) == ("hubspot.yaml", 4)


def test_routes_do_not_lead_on(tmp_path: Path) -> None:
    """All ways stand in one file, or nobody could tell where somebody ends up."""
    loaded = folder(tmp_path, destinations__hubspot_us=US + "route: {hubspot_eu: =true}\n")
    assert any("has routes of its own" in one.message for one in loaded.errors)


def test_a_field_that_only_the_other_instance_needs_is_asked_for(tmp_path: Path) -> None:
    """Before anything goes live, not at the first person who goes there."""
    loaded = folder(tmp_path, destinations__hubspot_eu=EU.replace(", consent_text: yes", ""))
    (wrong,) = loaded.errors
    assert "hubspot_eu.upsert_contact" in wrong.message
    assert "`consent_text`" in wrong.message
    assert Path(wrong.file).name == "new_lead.yaml"
