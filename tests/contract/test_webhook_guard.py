"""Where webhooks may not go: judged on the address that is connected to, whatever the name says a moment later."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from scripted_server import scripted
from traps import delivery

import connectors
from connectors.webhook import guard
from core.errors import OperatorError
from core.ports import Delivered, Outcome, RetryLater

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PORT = socket.AF_INET, socket.SOCK_STREAM, 6, ""


def send(settings: dict[str, str], *, insecure: frozenset[str] = frozenset()) -> Outcome:
    """Send one delivery."""
    made = connectors.build(
        "webhook", "webhook", {"signing_secret": SECRET, **settings}, insecure_hosts=insecure
    )
    (outcome,) = made.send("send", [delivery("dlv_1", a="b")])
    return outcome


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """Answer names as a test says, one answer after the other, the last for ever; and note what was asked."""
    answers: dict[str, list[list[str]]] = {}
    real = socket.getaddrinfo

    def resolve(host: str, port: Any, *args: Any, **options: Any) -> Any:
        if host not in answers:
            return real(host, port, *args, **options)
        found = answers[host].pop(0) if len(answers[host]) > 1 else answers[host][0]
        return [(*PORT, (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return answers


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "0.0.0.0", "255.255.255.255"),
        *("169.254.169.254", "224.0.0.1", "192.0.2.1", "::1", "::", "fe80::1%eth0", "fd00:ec2::254"),
        *("::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe", "2002:a00:1::", "ff02::1", "2001:db8::1", "no address"),
    ],
)
def test_an_address_that_is_not_public_is_none_however_it_is_wrapped(address: str) -> None:
    """Private, loopback, link-local, shared, multicast, documentation, and IPv4 inside IPv6."""
    assert not guard.is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_a_public_address_is_one(address: str) -> None:
    """What is refused above is not refused for being an address."""
    assert guard.is_public(address)


@pytest.mark.parametrize("answer", [["127.0.0.1"], ["93.184.216.34", "169.254.169.254"]])
def test_a_name_that_leads_inside_is_asked_nothing_and_pauses(
    names: dict[str, list[list[str]]], answer: list[str]
) -> None:
    """One private address among public ones is enough; the reason names the setting."""
    with scripted([{"status": 200}]) as server:
        port = server.url.rpartition(":")[2]
        names["hook.example"] = [answer]
        outcome = send({"url": f"https://hook.example:{port}/"})
        assert server.connections == []
    assert isinstance(outcome, RetryLater)
    assert outcome.pause
    assert "CUEWIRE_WEBHOOK_PRIVATE_HOSTS" in outcome.reason


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433"])
def test_this_machine_written_out_is_refused_too(host: str) -> None:
    """A number is an address for the resolver, so it is one for us."""
    outcome = send({"url": f"https://{host}:1/"})
    assert isinstance(outcome, RetryLater)
    assert outcome.pause


def test_the_connection_goes_to_the_address_that_was_looked_at(
    names: dict[str, list[list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that answers otherwise when it is asked again is not asked again."""
    judged: list[str] = []
    monkeypatch.setattr(guard, "is_public", lambda address: not judged.append(address))
    names["hook.example"] = [["127.0.0.1"], ["127.0.0.9"]]
    with scripted([{"status": 200}]) as server:
        port = server.url.rpartition(":")[2]
        made = connectors.build(
            "webhook",
            "webhook",
            {"signing_secret": SECRET, "url": f"http://hook.example:{port}/x"},
            insecure_hosts=frozenset({"hook.example"}),
        )
        made.allowed_hosts = frozenset()  # type: ignore[attr-defined]  # plain http, but judged
        (outcome,) = made.send("send", [delivery("dlv_1", a="b")])
        (request,) = server.requests
    assert isinstance(outcome, Delivered)
    assert judged == ["127.0.0.1"]
    assert request.headers["host"] == f"hook.example:{port}"


def test_a_second_address_is_tried_where_the_first_is_dead(
    names: dict[str, list[list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As browsers do, and each was looked at."""
    monkeypatch.setattr(guard, "is_public", lambda _address: True)
    names["hook.example"] = [["127.0.0.9", "127.0.0.1"]]
    with scripted([{"status": 200}]) as server:
        port = server.url.rpartition(":")[2]
        session = guard.open_guarded_session(frozenset())
        assert session.get(f"http://hook.example:{port}/", timeout=60).status_code == 200


def test_a_private_host_that_is_named_is_reached(names: dict[str, list[list[str]]]) -> None:
    """By https alone; plain http takes the other setting."""
    names["inside.example"] = [["127.0.0.1"]]
    with scripted([{"status": 200}]) as server:
        port = server.url.rpartition(":")[2]
        plain = send({"url": f"http://inside.example:{port}/"}, insecure=frozenset({"inside.example"}))
        secure = send({"url": f"https://inside.example:{port}/", "private_hosts": "inside.example"})
    assert isinstance(plain, Delivered)
    assert isinstance(secure, RetryLater)  # the server does not speak TLS, but it was asked
    assert not secure.pause


def test_plain_http_is_refused_before_the_server_starts_and_the_address_is_not_told() -> None:
    """The address is a secret."""
    with pytest.raises(OperatorError, match="CUEWIRE_WEBHOOK_URL uses http") as refused:
        send({"url": "http://hook.example/secret-path"})
    assert "secret-path" not in str(refused.value)


def test_a_name_that_nobody_knows_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was sent."""

    def fail(*_args: Any, **_options: Any) -> Any:
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    outcome = send({"url": "https://hook.example/"})
    assert isinstance(outcome, RetryLater)
    assert not outcome.pause
