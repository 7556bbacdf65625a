"""What Salesforce and its SDK do that nobody expects, each held to what we make of it; fixtures hold the rest."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from scripted_server import scripted
from simple_salesforce.api import DEFAULT_API_VERSION
from traps import MovingClock, delivery, silent

import connectors
from connectors import transport
from connectors.salesforce import Salesforce
from core.errors import OperatorError
from core.ports import Delivered, Outcome, RetryLater
from cuewire.sandbox import Sandbox, SandboxSettings

SETTINGS = SandboxSettings()
TOKEN = {
    "status": 200,
    "json": {"access_token": "session-1", "instance_url": "https://acme.my.salesforce.com"},
}
CREATED = {"status": 201, "json": {"id": "0031", "success": True, "created": True, "errors": []}}
EXPIRED = {"status": 401, "json": [{"errorCode": "INVALID_SESSION_ID", "message": "over"}]}
FOUND_BY = {"external_id_field": "Cuewire_Id__c"}


def salesforce(base_url: str, **settings: str) -> Salesforce:
    """Build the destination against an address."""
    values = {
        "consumer_key": SETTINGS.salesforce_consumer_key,
        "consumer_secret": SETTINGS.salesforce_consumer_secret,
        "domain": "acme.my",
        "base_url": base_url,
    }
    made = connectors.build("salesforce", "salesforce", {**values, **settings}, clock=MovingClock())
    assert isinstance(made, Salesforce)
    return made


def send(made: Salesforce, external_id: Any = "u1", **fields: Any) -> Outcome:
    """Send one contact."""
    row = delivery("d1", **FOUND_BY, external_id=external_id, LastName="Lovelace", **fields)
    (outcome,) = made.send("upsert_contact", [row])
    return outcome


def sign_ins(sandbox: Sandbox) -> int:
    """Count the requests for a session."""
    return sum(entry["path"].endswith("/token") for entry in sandbox.state.ledger.since(0))


def test_one_sign_in_serves_all_calls() -> None:
    """And one connection."""
    with scripted([TOKEN, CREATED]) as server:
        made = salesforce(server.url)
        assert {type(send(made)) for _ in range(10)} == {Delivered}
        assert [request.method for request in server.requests] == ["POST", *["PATCH"] * 10]
        assert len(server.connections) == 1


def test_senders_whose_session_ended_sign_in_once_for_all() -> None:
    """The SDK would sign in once for each of them."""
    with Sandbox(SETTINGS) as sandbox:
        made = salesforce(f"{sandbox.url}/salesforce")
        send(made)
        sandbox.state.salesforce_sessions.end_all()
        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(lambda number: send(made, f"u{number}"), range(24)))
        assert {type(outcome) for outcome in outcomes} == {Delivered}
        assert sign_ins(sandbox) == 2


def test_a_session_that_is_always_refused_costs_four_requests() -> None:
    """The SDK's own upsert made 1,957 of them and then ran out of stack."""
    script = [TOKEN, EXPIRED, TOKEN, EXPIRED]
    with scripted(script) as server:
        outcome = send(salesforce(server.url))
        assert isinstance(outcome, RetryLater)
        assert outcome.pause is True
        assert len(server.requests) == 4


def test_a_renewal_that_fails_is_tried_again_at_the_next_delivery() -> None:
    """The old session is not taken up again."""
    script = [TOKEN, EXPIRED, {"status": 500, "text": "oops"}, TOKEN, CREATED]
    with scripted(script) as server:
        made = salesforce(server.url)
        assert send(made) == RetryLater("Salesforce answered 500 at the sign-in")
        assert isinstance(send(made), Delivered)
        paths = [request.path.rpartition("/")[2] for request in server.requests]
        assert paths == ["token", "u1", "token", "token", "u1"]


@pytest.mark.parametrize("script", [[], [TOKEN]])
def test_no_call_waits_for_ever(monkeypatch: pytest.MonkeyPatch, script: list[dict[str, Any]]) -> None:
    """The SDK's calls take no timeout, the sign-in neither: the mounted adapter gives it."""
    monkeypatch.setattr(transport, "TIMEOUT", (0.2, 0.2))
    with silent() as address, scripted([TOKEN]) as server:
        made = salesforce(server.url if script else address)
        if script:
            made.connect()
            made._connected = True
            made.org.signed_in()
            made.org.session.mount("https://", transport.OneHost(".salesforce.com", address))
        assert send(made) == RetryLater("Salesforce did not answer in time", may_have_arrived=bool(script))


def test_the_version_of_the_api_is_ours() -> None:
    """The SDK's default changes with its releases."""
    with scripted([TOKEN, CREATED]) as server:
        send(salesforce(server.url))
        assert "/v62.0/" in server.requests[1].path
        assert DEFAULT_API_VERSION != "62.0"


@pytest.mark.parametrize(
    ("external_id", "in_the_path"),
    [
        ("a+b@example.com", "a%2Bb%40example.com"),
        ("a/b", "a%2Fb"),
        ("a b", "a%20b"),
        ("100%", "100%25"),
        ("ü?#", "%C3%BC%3F%23"),
        ("../User/005", "..%2FUser%2F005"),
        (42.0, "42"),
    ],
)
def test_an_external_id_is_quoted_into_the_path(external_id: Any, in_the_path: str) -> None:
    """The SDK would put it there as it is; the sandbox gets back what was meant."""
    with scripted([TOKEN, CREATED]) as server:
        assert isinstance(send(salesforce(server.url), external_id), Delivered)
        base = "/services/data/v62.0/sobjects/Contact/Cuewire_Id__c/"
        assert server.requests[1].path == base + in_the_path
    with Sandbox(SETTINGS) as sandbox:
        assert isinstance(send(salesforce(f"{sandbox.url}/salesforce"), external_id), Delivered)
        meant = "42" if external_id == 42.0 else external_id
        assert [one["key"] for one in sandbox.state.contacts()] == [f"Cuewire_Id__c/{meant}"]


def test_a_field_can_never_become_the_name_of_an_object() -> None:
    """The SDK takes any attribute for an object; every path here begins with the same one."""
    with scripted([TOKEN, CREATED]) as server:
        made = salesforce(server.url)
        for name in ("Contcat", "attributes", "session_id", "restful"):
            send(made, **{name: "x"})
        paths = {request.path.split("/sobjects/")[1] for request in server.requests[1:]}
        assert paths == {"Contact/Cuewire_Id__c/u1"}


def test_a_session_goes_nowhere_but_to_salesforce() -> None:
    """An answer to the sign-in cannot send us, and the token, elsewhere."""
    elsewhere = {"access_token": "t", "instance_url": "https://evil.example.com"}
    with scripted([{"status": 200, "json": elsewhere}]) as server:
        assert isinstance(send(salesforce(server.url)), RetryLater)
        assert len(server.requests) == 1


def test_a_password_file_never_replaces_our_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The netrc file of the machine is read by requests for headers that the SDK set."""
    (tmp_path / "netrc").write_text("default login intruder password x")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with scripted([TOKEN, CREATED]) as server:
        made = salesforce(server.url)
        made.connect()
        made._connected = made.org.session.trust_env = True
        send(made)
        assert server.requests[1].headers["authorization"] == "Bearer session-1"


@pytest.mark.parametrize("domain", ["login", "test", "acme.my/x", "acme my", "https://", "a@b"])
def test_a_domain_that_is_no_my_domain_is_refused_with_its_setting(domain: str) -> None:
    """The client credentials flow has no other door."""
    with pytest.raises(OperatorError, match="CUEWIRE_SALESFORCE_DOMAIN"):
        salesforce("https://salesforce.com", domain=domain)


@pytest.mark.parametrize(
    "domain", ["acme.my", "ACME.my", "https://acme.my.salesforce.com/", "acme--t.sandbox.my"]
)
def test_a_domain_may_be_pasted_as_an_address(domain: str) -> None:
    """What people copy from their browser works."""
    assert "salesforce" not in salesforce("https://salesforce.com", domain=domain).domain
