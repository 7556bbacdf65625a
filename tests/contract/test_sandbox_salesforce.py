"""The fake Salesforce against simple-salesforce, which reads its answers as it reads the real ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)

from cuewire.sandbox import Sandbox, SandboxSettings

SETTINGS = SandboxSettings()
ADA = {"LastName": "Lovelace", "FirstName": "Ada"}


class Detour(HTTPAdapter):
    """Sends what the SDK wrote to the sandbox."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base

    def send(self, request: Any, *args: Any, **options: Any) -> requests.Response:
        """Keep the path, change the host."""
        parts = urlsplit(request.url)
        assert (parts.hostname or "").endswith(".salesforce.com")
        request.url = f"{self.base}/salesforce{parts.path}"
        return super().send(request, *args, **options)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Run a sandbox for one test."""
    with Sandbox(SETTINGS) as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Any:
    """Sign in with the SDK."""
    return sign_in(sandbox, SETTINGS.salesforce_consumer_secret)


def sign_in(sandbox: Sandbox, secret: str) -> Any:
    """Sign in by client credentials."""
    session = requests.Session()
    session.mount("https://", Detour(sandbox.url))
    return Salesforce(
        consumer_key=SETTINGS.salesforce_consumer_key,
        consumer_secret=secret,
        domain="acme.my",
        session=session,
        version="62.0",
    )


def upsert(client: Any, value: str, fields: dict[str, Any], field: str = "Cuewire_Id__c") -> Any:
    """Upsert one contact."""
    return client.restful(f"sobjects/Contact/{field}/{value}", method="PATCH", json=fields)


def kept(sandbox: Sandbox) -> Any:
    """Read the contacts that the sandbox has."""
    return requests.get(f"{sandbox.url}/sandbox/contacts", timeout=60).json()["contacts"]


def test_the_sdk_creates_then_updates_and_reads_back(sandbox: Sandbox, client: Any) -> None:
    """The same external id is the same contact; fields that are not named stay."""
    created = upsert(client, "u1", ADA)
    updated = upsert(client, "u1", {"Email": "ada@example.com"})
    assert (created["created"], updated["created"], created["id"] == updated["id"]) == (True, False, True)
    read = client.restful("sobjects/Contact/Cuewire_Id__c/u1")
    assert (read["LastName"], read["Email"], read["Cuewire_Id__c"]) == ("Lovelace", "ada@example.com", "u1")
    (contact,) = kept(sandbox)
    assert (contact["vendor"], contact["key"], contact["writes"]) == ("salesforce", "Cuewire_Id__c/u1", 2)


def test_a_quoted_external_id_is_one_value(sandbox: Sandbox, client: Any) -> None:
    """Slash, plus and at sign arrive as they were."""
    upsert(client, "a%2Bb%2Fc%40x", ADA)
    assert [contact["key"] for contact in kept(sandbox)] == ["Cuewire_Id__c/a+b/c@x"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"FirstName": "Ada"}, "REQUIRED_FIELD_MISSING"),
        ({**ADA, "firstname_typo": "x"}, "INVALID_FIELD"),
        ({**ADA, "Id": "003"}, "INVALID_FIELD"),
        ({**ADA, "Cuewire_Id__c": "u1"}, "INVALID_FIELD"),
    ],
)
def test_what_salesforce_refuses_is_refused_with_its_code(
    sandbox: Sandbox, client: Any, fields: dict[str, Any], code: str
) -> None:
    """400 with a list of problems, and nothing is kept."""
    with pytest.raises(SalesforceMalformedRequest) as refused:
        upsert(client, "u1", fields)
    assert refused.value.content[0]["errorCode"] == code
    assert kept(sandbox) == []


def test_a_field_that_is_no_external_id_or_an_object_that_is_not_there_is_not_found(client: Any) -> None:
    """E-mail is no external id; a typo in an object's name is one too."""
    with pytest.raises(SalesforceResourceNotFound):
        upsert(client, "ada@example.com", ADA, field="Email")
    with pytest.raises(SalesforceResourceNotFound):
        client.restful("sobjects/Contcat/Cuewire_Id__c/u1", method="PATCH", json=ADA)


def test_wrong_credentials_get_no_session(sandbox: Sandbox) -> None:
    """OAuth's own words."""
    with pytest.raises(SalesforceAuthenticationFailed) as refused:
        sign_in(sandbox, "wrong")
    assert refused.value.code == "invalid_client"


def test_a_session_that_was_ended_is_refused(sandbox: Sandbox, client: Any) -> None:
    """401 INVALID_SESSION_ID, until one signs in again."""
    held = Salesforce(
        session_id=client.session_id, instance=client.sf_instance, session=client.session, version="62.0"
    )
    sandbox.state.salesforce_sessions.end_all()
    with pytest.raises(SalesforceExpiredSession) as refused:
        upsert(held, "u1", ADA)
    assert refused.value.content[0]["errorCode"] == "INVALID_SESSION_ID"
    assert upsert(client, "u1", ADA)["created"] is True  # this one may sign in again


def test_the_limit_of_requests_is_a_403(sandbox: Sandbox, client: Any) -> None:
    """Salesforce knows no 429; the call after it passes."""
    fault = {"vendor": "salesforce", "path": "*/sobjects/*", "rate_limit": {}}
    requests.post(f"{sandbox.url}/sandbox/faults", json=fault, timeout=60).raise_for_status()
    with pytest.raises(SalesforceRefusedRequest) as refused:
        upsert(client, "u1", ADA)
    assert refused.value.content[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"
    assert upsert(client, "u1", ADA)["created"] is True


def test_no_secret_is_written_into_the_ledger(sandbox: Sandbox, client: Any) -> None:
    """What arrived is shown to everybody; the credentials travel beside it."""
    upsert(client, "u1", ADA)
    shown = requests.get(f"{sandbox.url}/sandbox/requests", timeout=60).text
    assert client.session_id not in shown
    assert SETTINGS.salesforce_consumer_secret not in shown
