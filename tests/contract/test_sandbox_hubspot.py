"""The fake HubSpot against HubSpot's own SDK and the description derived from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
from hubspot import HubSpot
from hubspot.crm.contacts import BatchInputSimplePublicObjectBatchInputUpsert as Batch
from hubspot.crm.contacts import SimplePublicObjectBatchInputUpsert as Row
from hubspot.crm.contacts.exceptions import ApiException
from openapi_core import OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse

from cuewire.sandbox import Sandbox, SandboxSettings

SPEC = Path(__file__).parents[3] / "shared" / "specs" / "hubspot" / "hubspot_sdk_12.0.0_derived.json"
needs_shared = pytest.mark.skipif(
    not SPEC.exists(), reason="the vendors' specifications are not beside the checkout"
)
SETTINGS = SandboxSettings()
UPSERT = "/crm/v3/objects/contacts/batch/upsert"


@cache
def description() -> OpenAPI:
    """Load the description once."""
    return OpenAPI.from_dict(json.loads(SPEC.read_text()))


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Run a sandbox for one test."""
    with Sandbox(SETTINGS) as running:
        yield running


@pytest.fixture
def contacts(sandbox: Sandbox) -> Any:
    """Build HubSpot's SDK against the sandbox."""
    client = HubSpot(access_token=SETTINGS.hubspot_access_token, host=f"{sandbox.url}/hubspot", retry=False)
    return client.crm.contacts.batch_api


def row(email: str, **properties: str) -> Any:
    """Write one row, traced by its e-mail."""
    return Row(id=email, id_property="email", properties=properties, object_write_trace_id=email)


def post(sandbox: Sandbox, body: Any) -> requests.Response:
    """Upsert without the SDK."""
    headers = {"Authorization": f"Bearer {SETTINGS.hubspot_access_token}"}
    return requests.post(f"{sandbox.url}/hubspot{UPSERT}", json=body, headers=headers, timeout=60)


def raw(email: str, **more: Any) -> dict[str, Any]:
    """Write one row as it goes over the wire."""
    shared = {"id": email, "idProperty": "email", "properties": {"firstname": "Ada"}}
    return {**shared, "objectWriteTraceId": email, **more}


def kept(sandbox: Sandbox) -> Any:
    """Read the contacts that the sandbox has."""
    return requests.get(f"{sandbox.url}/sandbox/contacts", timeout=60).json()["contacts"]


def ask(sandbox: Sandbox, **fault: Any) -> None:
    """Ask for a fault."""
    asked = {"vendor": "hubspot", **fault}
    requests.post(f"{sandbox.url}/sandbox/faults", json=asked, timeout=60).raise_for_status()


def test_hubspots_own_sdk_creates_then_updates(sandbox: Sandbox, contacts: Any) -> None:
    """The same e-mail, in any case, is the same contact; properties that are not named stay."""
    created = contacts.upsert(Batch(inputs=[row("ada@example.com", firstname="Ada")])).results[0]
    updated = contacts.upsert(Batch(inputs=[row("ADA@example.com", lastname="Lovelace")])).results[0]
    assert (created.new, updated.new, created.id == updated.id) == (True, False, True)
    (contact,) = kept(sandbox)
    fields = {"email": "ada@example.com", "firstname": "Ada", "lastname": "Lovelace"}
    assert (contact["vendor"], contact["fields"], contact["writes"]) == ("hubspot", fields, 2)


def test_a_bad_row_is_named_by_its_trace_and_the_others_are_written(sandbox: Sandbox, contacts: Any) -> None:
    """207, as the SDK reads it."""
    answer = contacts.upsert(Batch(inputs=[row("ada@example.com"), row("nobody"), row("ben@example.com")]))
    assert (len(answer.results), answer.num_errors) == (2, 1)
    assert answer.errors[0].context == {"objectWriteTraceId": ["nobody"]}
    assert [contact["key"] for contact in kept(sandbox)] == ["ada@example.com", "ben@example.com"]


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"inputs": []},
        {"inputs": ["x"]},
        {"inputs": [raw("ada@example.com", properties={"age": 36})]},
        {"inputs": [raw("nobody", objectWriteTraceId="")]},
        {"inputs": [raw(f"a{number}@example.com") for number in range(101)]},
        {"inputs": [raw("ada@example.com"), raw("nobody", objectWriteTraceId="ada@example.com")]},
    ],
)
def test_what_cannot_be_told_row_by_row_is_refused_as_a_whole(sandbox: Sandbox, body: Any) -> None:
    """400 in HubSpot's words, and nothing is written."""
    answer = post(sandbox, body)
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")
    assert kept(sandbox) == []


def test_a_property_that_does_not_exist_is_refused(sandbox: Sandbox, contacts: Any) -> None:
    """HubSpot's internal names are lower case."""
    answer = contacts.upsert(Batch(inputs=[row("ada@example.com", FirstName="Ada")]))
    assert answer.errors[0].message == 'Property "FirstName" does not exist'


def test_a_wrong_token_is_refused(sandbox: Sandbox) -> None:
    """401, before anything is read."""
    intruder = HubSpot(access_token="wrong", host=f"{sandbox.url}/hubspot", retry=False)
    with pytest.raises(ApiException) as refused:
        intruder.crm.contacts.batch_api.upsert(Batch(inputs=[row("ada@example.com")]))
    assert refused.value.status == 401
    assert kept(sandbox) == []


@pytest.mark.parametrize("policy", ["TEN_SECONDLY_ROLLING", "SECONDLY", "DAILY"])
def test_a_limit_names_its_policy_and_no_time(sandbox: Sandbox, contacts: Any, policy: str) -> None:
    """As HubSpot documents it; the call after it passes."""
    ask(sandbox, path=UPSERT, rate_limit={"policy": policy})
    with pytest.raises(ApiException) as limited:
        contacts.upsert(Batch(inputs=[row("ada@example.com")]))
    body = json.loads(limited.value.body)
    assert (limited.value.status, body["errorType"], body["policyName"]) == (429, "RATE_LIMIT", policy)
    assert "Retry-After" not in limited.value.headers
    assert contacts.upsert(Batch(inputs=[row("ada@example.com")])).results[0].new is True


@needs_shared
@pytest.mark.parametrize("emails", [["ada@example.com"], ["ada@example.com", "nobody"]])
def test_answers_are_what_the_description_says(sandbox: Sandbox, emails: list[str]) -> None:
    """200 and 207 validate against the description of HubSpot's SDK; an invented status does not."""
    answer = post(sandbox, {"inputs": [raw(email) for email in emails]})
    asked = requests.Request(
        "POST",
        f"https://api.hubapi.com{UPSERT}",
        headers={"Content-Type": "application/json"},
        data=answer.request.body,
    )
    spec = description()
    spec.validate_request(RequestsOpenAPIRequest(asked))
    spec.validate_response(RequestsOpenAPIRequest(asked), RequestsOpenAPIResponse(answer))
    answer._content = answer.content.replace(b'"COMPLETE"', b'"TELEPORTED"')
    with pytest.raises(Exception, match=r"(?i)invalid"):
        spec.validate_response(RequestsOpenAPIRequest(asked), RequestsOpenAPIResponse(answer))


ANSWERS: list[tuple[str, str, Any]] = [
    (
        "POST",
        "/crm/v3/objects/companies/batch/upsert",
        {"inputs": [raw("acme", idProperty="cuewire_id", properties={})]},
    ),
    ("PUT", "/crm/v3/lists/7/memberships/add", ["50001", "9"]),
    ("PUT", "/crm/v3/lists/7/memberships/remove", ["50001"]),
    ("POST", "/crm/v3/objects/tasks", {"properties": {"hs_timestamp": "1"}, "associations": []}),
    ("POST", "/crm/v3/objects/contacts/merge", {"primaryObjectId": "50001", "objectIdToMerge": "50002"}),
    (
        "POST",
        "/marketing/v3/transactional/single-email/send",
        {"emailId": 1, "message": {"to": "a@example.com"}},
    ),
    ("POST", "/events/v3/send/batch", {"inputs": [{"eventName": "pe1_seen", "email": "a@example.com"}]}),
    ("POST", "/crm/v3/objects/contacts/gdpr-delete", {"objectId": "50001"}),
]


@needs_shared
@pytest.mark.parametrize(("method", "path", "body"), ANSWERS, ids=lambda value: str(value)[-30:])
def test_every_other_answer_is_what_the_description_says(
    sandbox: Sandbox, method: str, path: str, body: Any
) -> None:
    """Request and answer of each call that HubSpot's library has."""
    post(sandbox, {"inputs": [raw("ada@example.com"), raw("ben@example.com")]})
    headers = {"Authorization": f"Bearer {SETTINGS.hubspot_access_token}"}
    answer = requests.request(method, f"{sandbox.url}/hubspot{path}", json=body, headers=headers, timeout=60)
    assert answer.ok
    shown = {"Content-Type": "application/json"}
    asked = requests.Request(method, f"https://api.hubapi.com{path}", headers=shown, data=answer.request.body)
    spec = description()
    spec.validate_request(RequestsOpenAPIRequest(asked))
    spec.validate_response(RequestsOpenAPIRequest(asked), RequestsOpenAPIResponse(answer))


def test_a_contact_is_read_back_by_its_e_mail(sandbox: Sandbox) -> None:
    """The SDK's basic API finds it; an unknown one is 404."""
    post(sandbox, {"inputs": [raw("ada@example.com")]})
    client = HubSpot(access_token=SETTINGS.hubspot_access_token, host=f"{sandbox.url}/hubspot", retry=False)
    found = client.crm.contacts.basic_api.get_by_id("ada@example.com", id_property="email")
    assert found.properties["firstname"] == "Ada"
    with pytest.raises(ApiException) as missing:
        client.crm.contacts.basic_api.get_by_id("ben@example.com", id_property="email")
    assert missing.value.status == 404


def test_the_page_shows_contacts_and_escapes_them(sandbox: Sandbox) -> None:
    """A person's markup is text on the page."""
    post(sandbox, {"inputs": [raw("ada@example.com", properties={"firstname": "<b>Ada</b>"})]})
    page = requests.get(sandbox.url, timeout=60).text
    assert "ada@example.com" in page
    assert "<b>Ada" not in page
