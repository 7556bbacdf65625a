"""What Salesforce tells a running server by outbound messages."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from embedded.crm import ORG, SECRET, TOKEN, Crm

from core.errors import Busy
from webhooks.callbacks.salesforce.soap import ACK

SAMPLES = Path(__file__).parents[3] / "shared/samples/inbound/salesforce"


@pytest.fixture
def crm(tmp_path: Path) -> Iterator[Crm]:
    """Give a server whose background is not needed."""
    made = Crm(tmp_path, None, {})
    yield made
    made.runtime.store.close()


def message(*notifications: str, organization: str = ORG) -> bytes:
    """Write a message with a session in it."""
    return (
        '<?xml version="1.0"?><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        '<notifications xmlns="http://soap.sforce.com/2005/09/outbound" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">'
        f"<OrganizationId>{organization}</OrganizationId><ActionId>04k1</ActionId>"
        f"<SessionId>session-of-tests!</SessionId>{''.join(notifications)}</notifications></e:Body></e:Envelope>"
    ).encode()


def contact(number: int, **fields: str) -> str:
    """Write a notification about a contact."""
    told = "".join(f"<sf:{name}>{value}</sf:{name}>" for name, value in {"Id": "003A", **fields}.items())
    return f'<Notification><Id>04l{number:015}</Id><sObject xsi:type="sf:Contact">{told}</sObject></Notification>'


@pytest.mark.skipif(not SAMPLES.exists(), reason="the vendors' recorded samples are not here")
def test_every_recorded_message_becomes_its_events(crm: Crm) -> None:
    """An opt-out is a withdrawal; a deal names no person and is set aside."""
    for name in ("outbound-message-two-notifications.xml", "outbound-message-opportunity.xml"):
        answer = crm.salesforce((SAMPLES / name).read_bytes())
        assert (answer.status_code, answer.text, answer.mimetype) == (200, ACK, "text/xml")
    rows = [(row.id, row.event, row.status, row.identifiers) for row in crm.events(source="salesforce")]
    assert rows == [
        (
            "04l7F000008aeAyQAI",
            "Salesforce Contact Changed",
            "applied",
            {"salesforce_id": ["0037F000003pmdWQAQ"], "email": ["ada@example.com"]},
        ),
        (
            "04l7F000008aeAzQAI",
            "Salesforce Contact Changed",
            "applied",
            {"salesforce_id": ["0037F000003pmdXQAQ"], "email": ["grace@example.com"]},
        ),
        (
            "04l7F000008aeAyQAI",
            "Opportunity Updated",
            "duplicate",
            {},
        ),
    ]
    ada, grace = crm.person("email", "ada@example.com"), crm.person("email", "grace@example.com")
    assert ada is not None and grace is not None
    assert {name: one.granted for name, one in ada.consent.items()} == {"marketing/email": False}
    assert grace.consent == {}


def test_a_retry_is_acknowledged_and_changes_nothing(crm: Crm) -> None:
    """One answer stands for all notifications, new ones and known ones."""
    assert crm.salesforce(message(contact(1), contact(2))).text == ACK
    assert crm.salesforce(message(contact(1), contact(2), contact(3))).text == ACK
    statuses = [row.status for row in crm.events()]
    assert statuses == ["applied", "applied", "duplicate", "duplicate", "applied"]


def test_the_session_is_nowhere_in_the_store(crm: Crm, tmp_path: Path) -> None:
    """Neither in what is kept of the message nor anywhere else in the data folder."""
    crm.salesforce(message(contact(1, Email="ada@example.com")))
    assert crm.events()[0].status == "applied"
    crm.runtime.store.close()
    files = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert any(b"04l000000000000001" in path.read_bytes() for path in files)
    assert not any(b"session-of-tests" in path.read_bytes() for path in files)


def test_only_the_secret_address_and_the_known_organisation_are_taken(crm: Crm) -> None:
    """Either of two secrets; an id of 15 letters is the one of 18."""
    body = message(contact(1))
    for token in ("wrong", "old-token,token-of-tests", "", "token-of-test", "%"):
        assert crm.salesforce(body, token).status_code in (401, 404)
    foreign = crm.salesforce(message(contact(1), organization="00D7F00000107XtUAI"))
    assert foreign.status_code == 401 and ACK not in foreign.text
    assert crm.salesforce(message(contact(1), organization="")).status_code == 401
    assert crm.events() == []
    assert crm.salesforce(body, "old-token").text == ACK
    assert crm.salesforce(message(contact(2), organization=ORG[:15])).text == ACK


def test_nothing_is_acknowledged_that_is_not_stored(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that is no message, and a store that is full."""
    for body in (b"", b"<a/>", b"{}", message()):
        answer = crm.salesforce(body)
        assert answer.status_code == 400 and "Ack" not in answer.text

    def full(*_: object) -> None:
        raise Busy("full", hint="come again")

    monkeypatch.setattr(crm.runtime.store, "submit", full)
    answer = crm.salesforce(message(contact(1)))
    assert answer.status_code == 503 and "Ack" not in answer.text


def test_without_its_file_there_is_no_such_callback(tmp_path: Path) -> None:
    """Whoever knows the address is told no more than others."""
    crm = Crm(tmp_path, None, {"callbacks/salesforce.yaml": "null\n"})
    assert crm.salesforce(message(contact(1))).status_code == 404
    crm.runtime.store.close()


def test_an_echo_is_told_by_the_user_that_we_write_as(tmp_path: Path) -> None:
    """The file names the integration user."""
    callback = """
callback: salesforce
identifiers: {salesforce_id: =properties.Id}
echo: =properties.LastModifiedById == "005X"
events: {Contact: Contact Changed}
"""
    crm = Crm(tmp_path, None, {"callbacks/salesforce.yaml": callback})
    crm.salesforce(message(contact(1, LastModifiedById="005X"), contact(2, LastModifiedById="005Y")))
    assert [row.status for row in crm.events()] == ["echo", "applied"]
    assert crm.events()[0].reason == "echo: `echo` of callbacks/salesforce.yaml holds for it"
    crm.runtime.store.close()


FLOW = """
trigger: from_flow
status: live
when: api
only_if: =properties.amount > 100
limits: {cap: {times: 1, per: 1d}}
do:
  - braze.track_event: {external_id: =profile.id, name: Won, properties: {amount: =properties.amount}}
"""


def test_a_flow_fires_a_trigger_by_the_description_that_it_imports(tmp_path: Path) -> None:
    """Fired, refused by a condition, and faulty: each answer is what the description says."""
    crm = Crm(tmp_path, None, {"triggers/from_flow.yaml": FLOW})
    key = {"Authorization": f"Bearer {SECRET}"}
    told = crm.client.get("/openapi-3.0.json?fields=amount:number", headers=key).json
    body = {
        "trigger_type": "from_flow",
        "identifiers": {"salesforce_id": "003A"},
        "metadata": {"amount": 200},
    }

    def call(body: dict[str, Any], status: int) -> dict[str, Any]:
        answer = crm.client.post("/api/trigger", json=body, headers=key)
        assert answer.status_code == status and isinstance(answer.json, dict)
        operation = told["paths"]["/api/trigger"]["post"]
        schema = operation["responses"][str(status)]["content"]["application/json"]["schema"]
        jsonschema.validate(answer.json, {**schema, "components": told["components"]})
        return answer.json

    jsonschema.validate(body, {"$ref": "#/components/schemas/TriggerCall", "components": told["components"]})
    for amount, outcome in ((200, "fired"), (50, "not_met")):
        fired = call({**body, "metadata": {"amount": amount}}, 202)
        status = crm.client.get(f"/api/trigger/status?trigger_id={fired['trigger_id']}", headers=key).json
        assert status is not None and status["decision"]["outcome"] == outcome
        schema = {"$ref": "#/components/schemas/TriggerStatus", "components": told["components"]}
        jsonschema.validate(status, schema)
    call({**body, "trigger_type": "no_such"}, 404)
    call({"trigger_type": "from_flow"}, 400)
    crm.runtime.store.close()


def test_spoilt_addresses_and_organisations_are_refused_and_leave_nothing(crm: Crm) -> None:
    """Sixty of each, and sixty bodies: never taken for another's, and never a fault of ours."""
    chance, body = random.Random(5), message(contact(1))
    for number in range(60):
        at = chance.randrange(len(TOKEN))
        token = TOKEN[:at] + chance.choice("abcXYZ0é") * (number % 3) + TOKEN[at + 1 :]
        if token != TOKEN:
            assert crm.salesforce(body, token).status_code == 401, token
        place = chance.randrange(15)
        other = ORG[:place] + chance.choice("abcXYZ09") * (number % 2) + ORG[place + 1 :]
        if other[:15] != ORG[:15]:
            assert crm.salesforce(message(contact(1), organization=other)).status_code == 401, other
        cut = body[: chance.randrange(len(body))]
        assert crm.salesforce(cut).status_code == 400
    assert crm.events() == []
