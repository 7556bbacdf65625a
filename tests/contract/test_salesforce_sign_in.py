"""How Salesforce is signed in to: client credentials, a JWT, a password by OAuth, and by SOAP where there is no app."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from crm_fakes import send
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from scripted_server import scripted
from traps import MovingClock

import connectors
from connectors.salesforce import Salesforce
from core.ports import Delivered, RetryLater
from cuewire.sandbox import Sandbox, SandboxSettings

SETTINGS = SandboxSettings()
KEY, SECRET = SETTINGS.salesforce_consumer_key, SETTINGS.salesforce_consumer_secret
CLIENT = {"consumer_key": KEY, "consumer_secret": SECRET, "domain": "acme.my"}
USER = {"username": SETTINGS.salesforce_username, "password": SETTINGS.salesforce_password}
BY = {"external_id_field": "Cuewire_Id__c"}
TOKEN = {"access_token": "session-1", "instance_url": "https://acme.my.salesforce.com"}
FIRST = {"status": 200, "json": TOKEN}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Run a sandbox for one test."""
    with Sandbox(SETTINGS) as running:
        yield running


@pytest.fixture(scope="module")
def private_key() -> str:
    """Make a key as an app's certificate has one."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.PKCS8
    return made.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def salesforce(base_url: str, settings: dict[str, str]) -> Salesforce:
    """Build the destination against an address."""
    values = {"base_url": base_url, **settings}
    made = connectors.build("salesforce", "salesforce", values, clock=MovingClock())
    assert isinstance(made, Salesforce)
    return made


def at(sandbox: Sandbox, settings: dict[str, str]) -> Salesforce:
    """Build the destination against the sandbox."""
    return salesforce(f"{sandbox.url}/salesforce", settings)


def person(external_id: str) -> dict[str, Any]:
    """Write the fields of an upsert."""
    return {**BY, "external_id": external_id, "LastName": "Lovelace"}


def test_a_jwt_is_signed_by_the_key_and_says_who_it_is_for(private_key: str) -> None:
    """In one line, as an environment variable holds it; no secret of the app is needed."""
    settings = {
        "consumer_key": KEY,
        "username": "me@acme.example",
        "private_key": private_key.replace("\n", "\\n"),
    }
    done = {"status": 201, "json": {"id": "0031", "success": True, "created": True, "errors": []}}
    with scripted([FIRST, done]) as server:
        made = salesforce(server.url, {**settings, "domain": "acme.my"})
        assert isinstance(send(made, "upsert_contact", person("u1"))[0], Delivered)
        form = dict(part.split("=", 1) for part in server.requests[0].body.decode().split("&"))
    public = serialization.load_pem_private_key(private_key.encode(), None).public_key()
    claims = jwt.decode(
        form["assertion"], public, algorithms=["RS256"], audience="https://acme.my.salesforce.com"
    )  # type: ignore[arg-type]
    assert (claims["iss"], claims["sub"]) == (KEY, "me@acme.example")
    assert "jwt-bearer" in form["grant_type"]


def test_every_way_to_sign_in_opens_the_same_door(sandbox: Sandbox, private_key: str) -> None:
    """Client credentials, JWT, password by OAuth, and by SOAP where there is no app."""
    ways = [
        CLIENT,
        {"consumer_key": KEY, "username": "me@acme.example", "private_key": private_key},
        {**CLIENT, **USER, "security_token": "token-9"},
        {**USER, "security_token": "token-9"},
        USER,
    ]
    for number, way in enumerate(ways):
        made = at(sandbox, way)
        assert made.missing_settings() == []
        assert [type(one) for one in send(made, "upsert_contact", person(f"u{number}"))] == [Delivered]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({**USER, "password": "wrong"}, "Salesforce refused the sign-in with INVALID_LOGIN (check"),
        ({**CLIENT, **USER, "password": "wrong"}, "Salesforce refused the sign-in with invalid_grant"),
        (
            {"consumer_key": KEY, "username": "me", "private_key": "no key"},
            "the private key cannot sign (check",
        ),
    ],
)
def test_a_refused_sign_in_pauses_and_names_the_settings(
    sandbox: Sandbox, settings: dict[str, str], said: str
) -> None:
    """SOAP says so with status 500, which is no outage here."""
    (outcome,) = send(at(sandbox, settings), "create_task", {"subject": "Call", **BY, "external_id": "u1"})
    assert isinstance(outcome, RetryLater)
    assert outcome.pause
    assert outcome.reason.startswith(said)
    assert "CUEWIRE_SALESFORCE_P" in outcome.reason


def test_an_outage_of_the_older_sign_in_is_tried_again() -> None:
    """A page, or a code that passes by itself, says nothing of the password."""
    busy = "<f><sf:exceptionCode>SERVER_UNAVAILABLE</sf:exceptionCode></f>"
    for text in ("<html>oops</html>", busy):
        with scripted([{"status": 500, "text": text}]) as server:
            (outcome,) = send(salesforce(server.url, USER), "upsert_contact", person("u1"))
            assert isinstance(outcome, RetryLater)
            assert not outcome.pause


@pytest.mark.parametrize("answer", [{"fault": "reset"}, {"status": 200, "text": "<html>"}, {"status": 500}])
@pytest.mark.parametrize("settings", [CLIENT, USER])
def test_a_sign_in_that_failed_has_sent_nothing(answer: dict[str, Any], settings: dict[str, str]) -> None:
    """Also what must not be sent twice is simply tried again."""
    with scripted([answer]) as server:
        made = salesforce(server.url, settings)
        (outcome,) = send(made, "create_task", {"subject": "Call", **BY, "external_id": "u1"})
        assert isinstance(outcome, RetryLater)
        assert not outcome.pause


def test_no_secret_of_a_sign_in_stands_in_the_ledger(sandbox: Sandbox, private_key: str) -> None:
    """Passwords and assertions travel in bodies."""
    for way in (
        {**CLIENT, **USER},
        USER,
        {"consumer_key": KEY, "username": "me", "private_key": private_key},
    ):
        send(at(sandbox, way), "upsert_contact", person("u1"))
    shown = json.dumps(sandbox.state.ledger.since(0))
    assert USER["password"] not in shown
    assert SECRET not in shown
    assert "eyJ" not in shown


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, ["CONSUMER_KEY", "CONSUMER_SECRET", "DOMAIN"]),
        ({"username": "me"}, ["PASSWORD"]),
        ({"password": "x"}, ["USERNAME"]),
        ({"private_key": "k"}, ["CONSUMER_KEY", "USERNAME"]),
        (CLIENT, []),
    ],
)
def test_missing_settings_are_those_of_the_way_that_was_chosen(
    given: dict[str, str], missing: list[str]
) -> None:
    """What is there shows which way is meant."""
    made = connectors.build("salesforce", "salesforce", given)
    assert made.missing_settings() == [f"CUEWIRE_SALESFORCE_{name}" for name in missing]
