"""``cuewire simulate --destination``: the very request that would leave, and nothing that leaves."""

from __future__ import annotations

import json
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from connectors import catalogue
from cuewire.check import PRESETS
from cuewire.cli import cli
from cuewire.leaving.stand_in import make_stand_in
from cuewire.leaving.wire import Wire
from cuewire.sandbox.settings import SandboxSettings

TRIGGER = """
trigger: new_lead
status: draft
when: {event: Signed Up}
do:
  - hubspot.upsert_contact: {lifecyclestage: lead, company: =properties.company}
  - twilio.send_message: {purpose: transactional, body: "Hello {{ profile.traits.first_name }}"}
  - send: note
"""

MESSAGE = """
message: note
purpose: transactional
channels:
  email:
    via: sendgrid.send_email
    subject: Welcome
    html: "<a href='{{ unsubscribe_url }}'>no more</a>"
"""

SIGNED_UP = {
    "type": "track",
    "event": "Signed Up",
    "userId": "u1",
    "timestamp": "2026-03-02T10:00:00Z",
    "properties": {"company": "Analytical Engines"},
    "context": {
        "traits": {"email": "ada@example.com", "firstName": "Ada", "phone": "+442079460100"},
    },
}

SECRETS = {
    "CUEWIRE_HUBSPOT_ACCESS_TOKEN": "pat-very-secret",
    "CUEWIRE_TWILIO_AUTH_TOKEN": "twilio-very-secret",
    "CUEWIRE_SENDGRID_API_KEY": "SG.very-secret",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a trigger, a message and one event, in an environment that has secrets."""
    for name, text in (("triggers/new_lead.yaml", TRIGGER), ("messages/note.yaml", MESSAGE)):
        path = tmp_path / "mappings" / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    (tmp_path / "history.jsonl").write_text(json.dumps(SIGNED_UP))
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CUEWIRE_TWILIO_FROM", "+15005550001")
    monkeypatch.setenv("CUEWIRE_PUBLIC_URL", "https://cue.example.com")
    return tmp_path


def run(folder: Path, destination: str, *more: str, history: bool = True) -> Result:
    """Ask for the requests of the history, or of the tests."""
    files = [str(folder / "history.jsonl")] if history else []
    words = ["simulate", *files, "--mappings", str(folder / "mappings"), "--destination", destination, *more]
    return CliRunner().invoke(cli, words)


def requests_of(folder: Path, destination: str) -> list[dict[str, Any]]:
    """Give the requests for machines."""
    told = json.loads(run(folder, destination, "--trigger", "new_lead", "--json").stdout)
    return [request for one in told["deliveries"] for request in one["requests"]]


def test_the_request_is_the_sdks_own_at_the_vendors_address(folder: Path) -> None:
    """What HubSpot's library writes is shown, with the name of the token's setting."""
    (request,) = requests_of(folder, "hubspot.upsert_contact")
    assert request["method"] == "POST"
    assert request["url"] == "https://api.hubapi.com/crm/v3/objects/contacts/batch/upsert"
    assert request["headers"]["Authorization"] == "Bearer <CUEWIRE_HUBSPOT_ACCESS_TOKEN>"
    (row,) = request["body"]["inputs"]
    assert (row["id"], row["idProperty"]) == ("ada@example.com", "email")
    assert row["properties"]["company"] == "Analytical Engines"


def test_a_form_is_shown_by_its_fields_with_the_callbacks_address(folder: Path) -> None:
    """Twilio's form names our sender, and where the status goes."""
    (request,) = requests_of(folder, "twilio")
    assert request["url"].startswith("https://api.twilio.com/2010-04-01/Accounts/AC")
    assert request["headers"]["Authorization"].endswith(":<CUEWIRE_TWILIO_AUTH_TOKEN>")
    assert request["body"]["From"] == "+15005550001"
    assert request["body"]["Body"] == "Hello Ada"
    assert request["body"]["StatusCallback"].startswith("https://cue.example.com/callbacks/twilio/status?")


def test_links_of_a_message_stand_where_they_would(folder: Path) -> None:
    """A mail shows the person's link, made with a key that opens nothing."""
    (request,) = requests_of(folder, "sendgrid.send_email")
    assert "https://cue.example.com/u/" in request["body"]["content"][0]["value"]


def test_no_secret_is_shown_and_nothing_leaves(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a vendor's address that is set is not called; it is only named."""
    called: list[str] = []

    class Vendor(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            called.append(self.path)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Vendor)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    for name in ("HUBSPOT", "TWILIO", "SENDGRID"):
        monkeypatch.setenv(f"CUEWIRE_{name}_BASE_URL", address)
    monkeypatch.setenv("CUEWIRE_PUBLIC_URL", address)
    try:
        said = [run(folder, one, "--trigger", "new_lead").output for one in ("hubspot", "twilio", "sendgrid")]
    finally:
        server.shutdown()
        server.server_close()
    assert all(f" {address}/" in one for one in said)
    assert not [secret for secret in SECRETS.values() if any(secret in one for one in said)]
    assert called == []


def test_without_history_the_people_of_the_tests_are_taken(folder: Path) -> None:
    """The starter file of HubSpot brings a person of its own."""
    (folder / "mappings" / "destinations").mkdir()
    shutil.copy(PRESETS / "destinations" / "hubspot.yaml", folder / "mappings" / "destinations")
    result = run(folder, "hubspot.upsert_contact", history=False)
    assert result.exit_code == 0, result.output
    assert "test 'what is known of a person becomes a contact'" in result.output


def test_a_delivery_that_would_not_leave_says_why(folder: Path) -> None:
    """What lacks a field is told with the field, and ends with 1."""
    trigger = folder / "mappings" / "triggers" / "new_lead.yaml"
    trigger.write_text(TRIGGER.replace("Hello {{ profile.traits.first_name }}", "=properties.nothing"))
    result = run(folder, "twilio", "--trigger", "new_lead")
    assert result.exit_code == 1
    assert "nothing would leave for twilio" in result.output
    assert "twilio.send_message: 1 would not leave: required fields have no value: body" in result.output


def test_what_is_kept_back_is_told_beside_what_leaves(folder: Path) -> None:
    """By its reason, and it ends with 1 unless it is nobody's mistake."""
    trigger = folder / "mappings" / "triggers" / "new_lead.yaml"
    more = "  - twilio.send_message: {purpose: %s, body: '%s'}\n"
    trigger.write_text(TRIGGER + more % ("marketing", "Again"))
    result = run(folder, "twilio", "--trigger", "new_lead")
    assert "twilio.send_message: 1 would not leave: consent: " in result.output
    assert result.exit_code == 0
    trigger.write_text(TRIGGER + more % ("transactional", "{{ properties.nothing }}"))
    result = run(folder, "twilio", "--trigger", "new_lead")
    assert "twilio.send_message: 1 would not leave: body: properties.nothing is missing" in result.output
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("destination", "said"),
    [("hubspott", "Did you mean"), ("hubspot.upsert", "did you mean"), ("nowhere.at_all", "There are")],
)
def test_a_wrong_name_is_refused_with_the_nearest(folder: Path, destination: str, said: str) -> None:
    """A name that is not there is told with those that are."""
    result = run(folder, destination)
    assert result.exit_code != 0
    assert said.lower() in f"{result.output}{result.exception}{getattr(result.exception, 'hint', '')}".lower()


def test_events_are_needed_without_a_destination(folder: Path) -> None:
    """A plain simulation of nothing is wrong use, and so are a destination and a report."""
    words = ["simulate", "--mappings", str(folder / "mappings")]
    assert CliRunner().invoke(cli, words).exit_code == 2
    assert run(folder, "hubspot", "--html", str(folder / "report.html")).exit_code == 2


LOYALTY = """
destination: loyalty
uses: webhook
actions:
  add_points:
    about: Add points to a member's account.
    takes: {member: The member's number.}
    request: {path: [members, =fields.member, points], json: {points: 5}}
    fields: {member: "=profile.identifiers.user_id[0]"}
tests:
  - name: a member
    profile: {user_id: a/b}
    action: add_points
    expect: {fields: {member: a/b}}
"""


def test_an_action_that_only_a_file_describes_is_shown_too(folder: Path) -> None:
    """A vendor without code is simulated as any other."""
    path = folder / "mappings" / "destinations" / "loyalty.yaml"
    path.parent.mkdir()
    path.write_text(LOYALTY)
    result = run(folder, "loyalty.add_points", history=False)
    assert result.exit_code == 0, result.output
    assert "POST <CUEWIRE_LOYALTY_URL>/members/a%2Fb/points" in result.output
    assert "did you mean" in str(getattr(run(folder, "loyalty.add_point").exception, "hint", ""))


SALESFORCE = """
trigger: new_lead
status: live
when: {event: Signed Up}
do:
  - salesforce.upsert_contact: {external_id_field: Key__c, external_id: u1, LastName: Lovelace}
  - hubspot.upsert_contact: {lifecyclestage: lead}
  - customerio.identify
  - marketo.upsert_lead
  - twilio.set_consent: {status: opt-out}
"""


TOKEN = "Bearer <the token of the sign-in>"
RECORD = "services/data/v62.0/sobjects/Contact/Key__c/u1"
OAUTH = {"HUBSPOT_CLIENT_ID": "ours", "HUBSPOT_CLIENT_SECRET": "hush", "HUBSPOT_REFRESH_TOKEN": "hush"}
JWT = {"SALESFORCE_USERNAME": "ada", "SALESFORCE_PRIVATE_KEY": "hush", "SALESFORCE_DOMAIN": "acme.my"}
USER = {"SALESFORCE_USERNAME": "ada", "SALESFORCE_PASSWORD": "hush", "SALESFORCE_DOMAIN": "test"}
SITE = {"CUSTOMERIO_SITE_ID": "ours", "CUSTOMERIO_API_KEY": "hush"}
CLIENT = {"MARKETO_CLIENT_ID": "ours", "MARKETO_CLIENT_SECRET": "hush"}


@pytest.mark.parametrize(
    ("given", "url", "authorization"),
    [
        (OAUTH, "https://api.hubapi.com/crm/v3/objects/contacts/batch/upsert", TOKEN),
        (JWT, f"https://acme.my.salesforce.com/{RECORD}", TOKEN),
        (USER, f"https://<the instance of the sign-in>/{RECORD}", TOKEN),
        (SITE, "https://track.customer.io/api/v1/customers/u1", "Basic ours:<CUEWIRE_CUSTOMERIO_API_KEY>"),
        (CLIENT, "<CUEWIRE_MARKETO_BASE_URL>/rest/v1/leads.json", TOKEN),
        (
            {"TWILIO_ACCOUNT_SID": "AC0"},
            "https://accounts.twilio.com/v1/Consents/Bulk",
            "Basic AC0:<CUEWIRE_TWILIO_AUTH_TOKEN>",
        ),
    ],
)
def test_it_is_the_request_of_what_is_set(
    folder: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], url: str, authorization: str
) -> None:
    """However a destination signs in: names that are no secrets are shown as they are set, and are believed."""
    (folder / "mappings" / "triggers" / "new_lead.yaml").write_text(SALESFORCE)
    for name, value in given.items():
        monkeypatch.setenv(f"CUEWIRE_{name}", value)
    destination = next(iter(given)).partition("_")[0].lower()
    told = json.loads(run(folder, destination, "--json").stdout)
    (delivery,) = told["deliveries"]
    assert delivery["sandbox"] == "taken", delivery["reason"]
    assert [(one["url"], one["headers"]["Authorization"]) for one in delivery["requests"]] == [
        (url, authorization)
    ]
    assert not {f"CUEWIRE_{name}" for name in given} & set(told["assumed"])
    assert "hush" not in json.dumps(told)


def test_every_kind_has_a_stand_in_with_made_up_secrets() -> None:
    """A kind that is added is simulated without another line."""
    with Wire(SandboxSettings()) as wire:
        made = [
            make_stand_in(f"{kind}_eu", kind, {}, wire, public_url="https://cue.example.com")
            for kind in catalogue()
        ]
    assert [one.destination.name for one in made if one.destination.missing_settings()] == []
