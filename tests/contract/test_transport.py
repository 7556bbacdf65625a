"""How HTTP failures are read, each one made for real on the loopback."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path

import pytest
import requests
from scripted_server import nobody_listens, scripted

from connectors.transport import Bearer, OneHost, as_response, open_session, read_fault
from core.ports import Outcome, Rejected, RetryLater, Unknown

NOW = 1_800_000_000_000
DAY = 86_400_000


def fault_of(url: str, *, session: requests.Session | None = None, timeout: float = 60) -> Outcome:
    """Post to an address and read the failure."""
    with session or open_session(url) as asking:
        try:
            asking.post(url, json={}, timeout=timeout)
        except requests.RequestException as error:
            return read_fault(error, title="Vendor", now=NOW, keys="CUEWIRE_VENDOR_KEY")
    raise AssertionError("the request succeeded")


def status(code: int, **headers: str) -> Outcome:
    """Read the failure that a status is."""
    with scripted(
        [{"status": code, "headers": {n.replace("_", "-"): v for n, v in headers.items()}}]
    ) as server:
        return fault_of(server.url)


@contextmanager
def silent() -> Iterator[str]:
    """Accept connections and never answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_refused_connection_sent_nothing() -> None:
    """It may be tried again, whatever the action."""
    with nobody_listens() as address:
        assert isinstance(fault_of(address), RetryLater)


def test_an_unknown_host_sent_nothing() -> None:
    """Names below .invalid never resolve."""
    session = open_session("http://127.0.0.1")
    assert isinstance(fault_of("http://vendor.invalid", session=session), RetryLater)


def test_a_read_timeout_leaves_it_unknown() -> None:
    """The request was written; who knows what became of it."""
    with silent() as address:
        assert fault_of(address, timeout=0.05) == Unknown("Vendor did not answer in time")


def test_a_reset_after_the_request_leaves_it_unknown() -> None:
    """The same, when the connection breaks."""
    with scripted([{"fault": "reset"}]) as server:
        assert isinstance(fault_of(server.url), Unknown)
        assert len(server.requests) == 1


@pytest.mark.parametrize("code", [400, 404, 409, 410, 413, 422])
def test_other_4xx_are_for_good(code: int) -> None:
    """The same request would be refused again."""
    assert isinstance(status(code), Rejected)


@pytest.mark.parametrize("code", [401, 403])
def test_a_refused_key_pauses_and_names_the_setting(code: int) -> None:
    """Nothing succeeds until the operator acts."""
    reason = f"Vendor answered {code} (check CUEWIRE_VENDOR_KEY)"
    assert status(code) == RetryLater(reason, pause=True, alone=code == 403)


@pytest.mark.parametrize("code", [425, 503])
def test_a_refusal_to_work_now_is_tried_again(code: int) -> None:
    """They say that nothing was done."""
    assert status(code, Retry_After="3") == RetryLater(f"Vendor answered {code}", until=NOW + 3000)


@pytest.mark.parametrize("code", [408, 500, 502, 504])
def test_a_status_that_does_not_say_what_was_done_leaves_it_unknown(code: int) -> None:
    """The base retries these where a second send is harmless."""
    assert status(code) == Unknown(f"Vendor answered {code}")


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("0", NOW),
        ("7", NOW + 7_000),
        ("86400", NOW + DAY),
        ("999999999999", NOW + DAY),
        (formatdate(NOW / 1000 + 90, usegmt=True), NOW + 90_000),
        (formatdate(NOW / 1000 - 90, usegmt=True), NOW),
        (formatdate(NOW / 1000 + 9 * 86_400, usegmt=True), NOW + DAY),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("1.5", None),
        ("Mon, 99 Foo 2026 99:99:99 GMT", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date_within_a_day(text: str, until: int | None) -> None:
    """Nonsense is no time; the wait is then ours."""
    assert status(429, Retry_After=text) == RetryLater("Vendor answered 429", until=until, throttled=True)


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_a_redirect_is_never_followed(code: int) -> None:
    """Credentials go nowhere but to the base URL."""
    with (
        scripted([{"status": 200}]) as other,
        scripted([{"status": code, "headers": {"Location": other.url}}]) as server,
    ):
        session = open_session(server.url)
        session.auth = Bearer("token")
        assert isinstance(fault_of(server.url, session=session), Rejected)
        assert other.requests == []


def test_a_password_file_never_replaces_our_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The netrc file of the machine is read by requests for plain headers."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login intruder password x")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with scripted([{"status": 200}]) as server, open_session("https://vendor.example.com") as session:
        session.auth = Bearer("token")
        session.post(server.url, timeout=60)
        assert server.requests[0].headers["authorization"] == "Bearer token"


def test_a_proxy_is_not_asked_about_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox works behind a company's proxy."""
    with nobody_listens() as proxy, scripted([{"status": 200}]) as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        with open_session(server.url) as session:
            assert session.post(server.url, timeout=60).status_code == 200
        assert isinstance(
            fault_of(server.url, session=open_session("https://vendor.example.com")), RetryLater
        )
        assert len(server.requests) == 1


def test_an_sdk_may_only_talk_to_its_one_host() -> None:
    """Any other host is refused before a connection is made."""
    with scripted([{"status": 200}]) as server, open_session(server.url) as session:
        session.mount("https://", OneHost("api.vendor.com", server.url + "/base/"))
        session.post("https://api.vendor.com/v1/things?page=2", timeout=60)
        assert server.requests[0].path == "/base/v1/things?page=2"
        with pytest.raises(requests.exceptions.InvalidURL, match=r"evil\.example\.com"):
            session.post("https://evil.example.com/v1/things", timeout=60)
        assert len(server.requests) == 1


def test_a_host_that_begins_with_a_dot_stands_for_those_below_it() -> None:
    """Not for itself, nor for a name that only ends alike; without a base URL an address stays as it is."""
    ours = OneHost(".vendor.com", "")
    hosts = ("a.vendor.com", "a.b.vendor.com", "vendor.com", "evilvendor.com", "vendor.com.evil.com", "")
    assert [ours.is_ours(host) for host in hosts] == [True, True, False, False, False, False]
    with scripted([{"status": 200}]) as server, open_session(server.url) as session:
        session.mount("http://", OneHost("127.0.0.1", ""))
        session.post(f"{server.url}/v1/things")
        assert server.requests[0].path == "/v1/things"


def test_an_answer_of_another_library_reads_as_ours_do() -> None:
    """Status, headers and body, whatever carried them."""
    answer = as_response(429, {"retry-after": "7"}, '{"message": "söoner"}')
    read = read_fault(requests.HTTPError(response=answer), title="Vendor", now=NOW, keys="KEY")
    assert read == RetryLater("Vendor answered 429: söoner", until=NOW + 7_000, throttled=True)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed to make a certificate")
def test_a_certificate_that_cannot_be_trusted_gets_nothing(tmp_path: Path) -> None:
    """The handshake fails before a byte of the request is written."""
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subject = ["-subj", "/CN=localhost", "-days", "1", "-nodes", "-newkey", "rsa:2048"]
    subprocess.run(
        ["openssl", "req", "-x509", *subject, "-keyout", key, "-out", cert], check=True, capture_output=True
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def shake_hands() -> None:
            with pytest.raises(OSError), context.wrap_socket(server.accept()[0], server_side=True):
                pass

        thread = threading.Thread(target=shake_hands)
        thread.start()
        assert isinstance(fault_of(f"https://127.0.0.1:{server.getsockname()[1]}"), RetryLater)
        thread.join()
