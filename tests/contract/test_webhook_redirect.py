"""Redirects of webhooks: refused, but to the hosts that are named for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from scripted_server import ScriptedServer, nobody_listens, scripted
from traps import delivery

import connectors
from core.ports import Delivered, Outcome, Rejected, RetryLater, Unknown

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
Send = Callable[..., Outcome]

#: The other server is at another name for this machine, as far as a list of hosts can tell.
NAMED = "127.0.0.1"


def pointing(to: str, status: int = 307) -> list[dict[str, Any]]:
    """Answer with a redirect."""
    return [{"status": status, "headers": {"Location": to}}]


@pytest.fixture
def other() -> Iterator[ScriptedServer]:
    """Serve what is redirected to."""
    with scripted([{"status": 200, "json": {"ok": True}}]) as server:
        yield server


def send(url: str, *, hosts: str = NAMED, kind: str = "webhook") -> Outcome:
    """Send one delivery to the address."""
    action = "send_message" if kind == "slack" else "send"
    values = {"base_url": url, "signing_secret": SECRET, "token": "token-1", "redirect_hosts": hosts}
    (outcome,) = connectors.build(kind, kind, values).send(action, [delivery("dlv_1", text="hi")])
    return outcome


@pytest.mark.parametrize("hosts", ["", "other.example", "127.0.0.1.example"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_a_host_that_is_not_named_is_refused(
    other: ScriptedServer, status: int, hosts: str
) -> None:
    """Nothing is asked there, and the delivery is not tried again."""
    with scripted(pointing(other.url, status)) as server:
        assert isinstance(send(server.url, hosts=hosts), Rejected)
        assert (len(server.requests), other.requests) == (1, [])


@pytest.mark.parametrize("status", [301, 307, 308])
def test_a_request_that_belongs_elsewhere_goes_there_whole(other: ScriptedServer, status: int) -> None:
    """With its body, its proof and the id by which a repeat is seen."""
    with scripted(pointing(f"{other.url}/moved", status)) as server:
        assert isinstance(send(server.url), Delivered)
        (first,), (second,) = server.requests, other.requests
    assert (second.method, second.path, second.body) == ("POST", "/moved", first.body)
    for name in ("webhook-id", "webhook-signature", "authorization", "idempotency-key"):
        assert second.headers[name] == first.headers[name]


@pytest.mark.parametrize("status", [302, 303])
def test_an_answer_that_lies_elsewhere_is_fetched_with_nothing_of_ours(
    other: ScriptedServer, status: int
) -> None:
    """The request itself is done where it was sent."""
    with scripted(pointing(other.url, status)) as server:
        assert isinstance(send(server.url), Delivered)
        (asked,) = other.requests
    assert (asked.method, asked.body) == ("GET", b"")
    assert not {"authorization", "webhook-signature", "idempotency-key"} & set(asked.headers)


@pytest.mark.parametrize("answer", [{"status": 503}, {"status": 404}, {"fault": "reset"}])
def test_an_answer_that_cannot_be_fetched_is_a_lost_one(answer: dict[str, Any]) -> None:
    """What knows no key is not sent again for it."""
    with scripted([answer]) as other, scripted(pointing(other.url, 302)) as server:
        assert isinstance(send(server.url, kind="slack"), Unknown)
        assert len(server.requests) == 1


def test_a_host_that_is_dead_behind_a_redirect_was_sent_nothing() -> None:
    """Nobody has taken the request, so it may be tried again."""
    with nobody_listens() as dead, scripted(pointing(dead)) as server:
        assert isinstance(send(server.url, kind="slack"), RetryLater)


def test_an_answer_behind_a_dead_host_is_lost() -> None:
    """The first host has taken the request."""
    with nobody_listens() as dead, scripted(pointing(dead, 302)) as server:
        assert isinstance(send(server.url, kind="slack"), Unknown)


def test_a_circle_of_redirects_ends() -> None:
    """The fourth is an answer like any other."""
    with scripted(pointing("/again")) as server:
        assert isinstance(send(server.url), Rejected)
        assert [one.path for one in server.requests] == ["/", "/again", "/again", "/again"]


@pytest.mark.parametrize("to", ["http://inside.example/", "ftp://127.0.0.1/", "http://[", "https://", ""])
def test_an_address_that_may_not_be_asked_is_not(to: str) -> None:
    """Plain http to another machine, another protocol, and what is no address at all."""
    with scripted(pointing(to)) as server:
        assert isinstance(send(server.url, hosts=f"{NAMED},inside.example"), Rejected)
        assert len(server.requests) == 1


def test_a_redirect_inside_needs_both_allowances() -> None:
    """A host that is named for redirects alone must still lie at a public address."""
    with scripted(pointing("https://localhost:1/")) as server:
        outcome = send(server.url, hosts="localhost")
    assert isinstance(outcome, RetryLater)
    assert outcome.pause
    assert "CUEWIRE_WEBHOOK_PRIVATE_HOSTS" in outcome.reason
