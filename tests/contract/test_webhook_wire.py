"""Signatures as others check them, answers that never end, and settings that cannot be right."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
from scripted_server import scripted
from traps import delivery

import connectors
from connectors.webhook import wire
from connectors.webhook.exchange import ulid
from connectors.webhook.make import Made
from connectors.webhook.sign import signed
from core.errors import OperatorError
from core.ports import Delivered, Outcome, Rejected

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def send(settings: dict[str, str], *, kind: str = "webhook") -> Outcome:
    """Send one delivery."""
    made = connectors.build(kind, kind, settings)
    (outcome,) = made.send("send", [delivery("dlv_1", a="b")])
    return outcome


def test_a_signature_is_the_one_of_standard_webhooks() -> None:
    """By the values that its own libraries are tested with."""
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    found = signed([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", at=1_614_265_330_000, body=b'{"test": 2432232314}')
    assert found["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("secret", ["short", "whsec_", "whsec_not base64", f"{SECRET},plain"])
def test_a_secret_of_another_form_is_refused_at_the_start(secret: str) -> None:
    """With the command that makes one, and without the secret."""
    with pytest.raises(OperatorError, match="CUEWIRE_WEBHOOK_SIGNING_SECRET") as refused:
        send({"base_url": "http://127.0.0.1:1", "signing_secret": secret})
    assert "secrets.token_bytes(32)" in refused.value.hint
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("webhook", ["CUEWIRE_WEBHOOK_SIGNING_SECRET", "CUEWIRE_WEBHOOK_URL"]),
        ("slack", ["CUEWIRE_SLACK_URL"]),
        ("zapier", ["CUEWIRE_ZAPIER_URL"]),
        ("mailchimp", ["CUEWIRE_MAILCHIMP_BASE_URL", "CUEWIRE_MAILCHIMP_API_KEY"]),
        ("amplitude", ["CUEWIRE_AMPLITUDE_API_KEY"]),
    ],
)
def test_what_is_missing_is_named_and_waited_for(kind: str, missing: list[str]) -> None:
    """An address that is not set does not keep the server from starting."""
    assert connectors.build(kind, kind, {}).missing_settings() == missing


@contextmanager
def pouring(piece: bytes, pause: float = 0.0, head: bytes = b"200 OK") -> Iterator[str]:
    """Answer this status and then this piece again and again, until the other side is gone."""
    gone = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 " + head + b"\r\nContent-Length: 999999999\r\n\r\n")
                try:
                    while not gone.wait(pause):
                        connection.sendall(piece)
                except OSError:
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        gone.set()
        thread.join(60)


def test_an_answer_is_read_up_to_a_bound() -> None:
    """Where the status says enough, the delivery is done."""
    with pouring(b"x" * 65_536) as url:
        assert isinstance(send({"base_url": url, "signing_secret": SECRET}), Delivered)


@pytest.mark.parametrize("target", [b"https://elsewhere.example/", b"http://["])
def test_a_redirect_is_read_up_to_a_bound_too(target: bytes) -> None:
    """Wherever it leads, if anywhere."""
    with pouring(b"x" * 65_536, head=b"302 Found\r\nLocation: " + target) as url:
        assert isinstance(send({"base_url": url, "signing_secret": SECRET}), Rejected)


def test_an_answer_that_trickles_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often another byte comes."""
    monkeypatch.setattr(wire, "TIMEOUT", (0.1, 0.2))
    with pouring(b"x", 0.02) as url, requests.Session() as session, pytest.raises(requests.ReadTimeout):
        wire.fetch(session, Made("GET", url), timeout=0.2)


def test_no_cookie_is_kept_and_nothing_packed_is_asked_for() -> None:
    """One receiver's answer never reaches another request, and a small answer stays small."""
    with scripted([{"status": 200, "headers": {"Set-Cookie": "a=b; Path=/"}}]) as server:
        made = connectors.build("slack", "slack", {"base_url": server.url})
        for _ in range(2):
            made.send("send_message", [delivery("dlv_1", text="hi")])
        assert [one.headers.get("cookie") for one in server.requests] == [None, None]
        assert server.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        (["people", "a/b \u00fc", 7.0], "/people/a%2Fb%20%C3%BC/7"),
        ("people/7", "/people/7"),
        ([], "/"),
        (["people", ".."], None),
        (["people", ""], None),
        ({"people": 7}, None),
    ],
)
def test_a_path_that_a_step_gives_may_be_a_list_of_steps(path: object, asked: str | None) -> None:
    """Each is escaped by itself, as in a file; what is neither text nor such a list is refused."""
    with scripted([{"status": 200}]) as server:
        made = connectors.build("webhook", "webhook", {"base_url": server.url, "signing_secret": SECRET})
        (outcome,) = made.send("request", [delivery("dlv_1", path=path)])
        assert [one.path for one in server.requests] == ([asked] if asked else [])
    assert isinstance(outcome, Delivered if asked else Rejected)


def test_a_ulid_is_sorted_by_time_and_the_same_at_each_try() -> None:
    """Its first ten letters are the time, as its description says."""
    assert ulid("dlv_1", 1_469_918_176_385)[:10] == "01ARYZ6S41"
    assert ulid("dlv_1", 1) == ulid("dlv_1", 1) != ulid("dlv_2", 1)
    assert ulid("dlv_1", 1) < ulid("dlv_0", 2)
