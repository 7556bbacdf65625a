"""The fake Twilio against Twilio's own specification, SDK, signature validator and vectors."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from openapi_core import OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from cuewire.sandbox import Sandbox, SandboxSettings
from cuewire.sandbox.signature import sign

SHARED = Path(__file__).parents[3] / "shared"
SPEC = SHARED / "specs" / "twilio" / "messages_v2010.json"
VECTORS = SHARED / "samples" / "inbound" / "vectors" / "twilio-signatures.json"
needs_shared = pytest.mark.skipif(
    not SHARED.exists(), reason="the vendors' specifications are not beside the checkout"
)

QUICK = SandboxSettings(callback_pace=0.01, hold_after_drop=0.01, callback_retry=0.02)
GOOD = {"To": "+4915112345678", "From": "+15005550006", "Body": "Hi"}


class Detour(TwilioHttpClient):
    """Sends what the SDK wrote to the sandbox, and keeps each exchange."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=60)
        self.base = base
        self.exchanges: list[Any] = []

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        """Keep path and query, change the host."""
        parts = urlsplit(url)
        assert parts.hostname == "api.twilio.com"
        query = f"?{parts.query}" if parts.query else ""
        return super().request(method, f"{self.base}/twilio{parts.path}{query}", *args, **kwargs)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Run a sandbox for one test."""
    with Sandbox(QUICK) as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    """Build Twilio's SDK against the sandbox."""
    return Client(QUICK.twilio_account_sid, QUICK.twilio_auth_token, http_client=Detour(sandbox.url))


def post(sandbox: Sandbox, form: dict[str, str]) -> requests.Response:
    """Send a message without the SDK."""
    url = f"{sandbox.url}/twilio/2010-04-01/Accounts/{QUICK.twilio_account_sid}/Messages.json"
    return requests.post(url, data=form, auth=(QUICK.twilio_account_sid, QUICK.twilio_auth_token), timeout=60)


def validate(answer: requests.Response) -> None:
    """Check one exchange, request and answer, against Twilio's specification."""
    spec = OpenAPI.from_dict(json.loads(SPEC.read_text()))
    sent = answer.request
    parts = urlsplit(sent.url or "")
    query = f"?{parts.query}" if parts.query else ""
    sent.url = f"https://api.twilio.com{parts.path.removeprefix('/twilio')}{query}"
    original = requests.Request(sent.method, sent.url, headers=sent.headers, data=sent.body)
    spec.validate_request(RequestsOpenAPIRequest(original))
    spec.validate_response(RequestsOpenAPIRequest(original), RequestsOpenAPIResponse(answer))


@needs_shared
def test_what_is_accepted_answers_as_the_specification_says(sandbox: Sandbox) -> None:
    """Create, fetch and list validate against Twilio's OpenAPI document."""
    created = post(sandbox, GOOD)
    validate(created)
    message = created.json()
    assert (created.status_code, message["status"]) == (201, "queued")
    auth = (QUICK.twilio_account_sid, QUICK.twilio_auth_token)
    for path in (
        message["uri"],
        f"/2010-04-01/Accounts/{QUICK.twilio_account_sid}/Messages.json?To=%2B4915112345678",
    ):
        validate(requests.get(f"{sandbox.url}/twilio{path}", auth=auth, timeout=60))


@needs_shared
def test_an_invented_answer_would_not_pass_the_specification(sandbox: Sandbox) -> None:
    """The oracle itself can fail: a changed status is refused."""
    created = post(sandbox, GOOD)
    created._content = created.content.replace(b'"queued"', b'"teleported"')
    with pytest.raises(Exception, match=r"(?i)invalid"):
        validate(created)


def test_twilios_own_sdk_creates_fetches_and_lists(client: Client) -> None:
    """The SDK reads back what it sent."""
    sent = client.messages.create(to=GOOD["To"], from_=GOOD["From"], body="Hi")
    client.messages.create(to="+15125550100", from_=GOOD["From"], body="Other")
    assert client.messages(sent.sid).fetch().body == "Hi"
    assert [m.sid for m in client.messages.list(to=GOOD["To"])] == [sent.sid]


def test_a_list_is_cut_into_pages_that_the_sdk_follows(client: Client) -> None:
    """Five messages come back through pages of two."""
    sent = {client.messages.create(to=GOOD["To"], from_=GOOD["From"], body=str(n)).sid for n in range(5)}
    assert {m.sid for m in client.messages.list(to=GOOD["To"], page_size=2)} == sent


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"To": ""}, 21604),
        ({"To": "12"}, 21211),
        ({"To": "+15005550004"}, 21610),
        ({"To": "+15005550009"}, 21614),
        ({"From": ""}, 21603),
        ({"From": "+15005550007"}, 21606),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"StatusCallback": "nowhere"}, 21609),
    ],
)
def test_what_twilio_refuses_is_refused_with_its_code(
    sandbox: Sandbox, change: dict[str, str], code: int
) -> None:
    """A 400 carries Twilio's code, and nothing is kept."""
    answer = post(sandbox, {**GOOD, **change})
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert requests.get(f"{sandbox.url}/sandbox/messages", timeout=60).json() == {"messages": []}


def test_wrong_credentials_are_refused(sandbox: Sandbox) -> None:
    """The SDK raises Twilio's 20003."""
    intruder = Client(QUICK.twilio_account_sid, "wrong", http_client=Detour(sandbox.url))
    with pytest.raises(TwilioRestException) as refused:
        intruder.messages.create(to=GOOD["To"], from_=GOOD["From"], body="Hi")
    assert (refused.value.status, refused.value.code) == (401, 20003)


def test_an_unknown_message_or_account_is_not_found(client: Client) -> None:
    """Twilio's 20404 names the resource."""
    with pytest.raises(TwilioRestException) as missing:
        client.messages(f"SM{'0' * 32}").fetch()
    assert missing.value.code == 20404


class Receiver:
    """A server that collects status callbacks and answers what it is told to."""

    def __init__(self, answers: list[int]) -> None:
        self.got: list[tuple[str, dict[str, str]]] = []
        self.changed = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                with receiver.changed:
                    status = answers.pop(0) if answers else 200
                    receiver.got.append((self.headers["X-Twilio-Signature"], dict(parse_qsl(body))))
                    receiver.changed.notify_all()
                self.send_response(status)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/callbacks/twilio/status?delivery=d1"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def wait_for(self, count: int) -> list[tuple[str, dict[str, str]]]:
        """Give the callbacks once there are so many."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.got) >= count, timeout=60), self.got
            return list(self.got)

    def close(self) -> None:
        """Stop listening."""
        self.server.shutdown()
        self.server.server_close()


def test_status_callbacks_are_signed_as_twilio_signs(sandbox: Sandbox) -> None:
    """Twilio's own validator accepts queued, sent and delivered, in that order."""
    receiver = Receiver([])
    try:
        sid = post(sandbox, {**GOOD, "StatusCallback": receiver.url}).json()["sid"]
        got = receiver.wait_for(3)
    finally:
        receiver.close()
    assert [fields["MessageStatus"] for _, fields in got] == ["queued", "sent", "delivered"]
    validator = RequestValidator(QUICK.twilio_auth_token)
    for signature, fields in got:
        assert fields["MessageSid"] == sid
        assert validator.validate(receiver.url, fields, signature)
        assert not validator.validate(receiver.url, {**fields, "MessageStatus": "failed"}, signature)


def test_a_callback_is_tried_again_while_its_receiver_is_down(sandbox: Sandbox) -> None:
    """Two 503 answers cost two tries, and the order of the statuses stays."""
    receiver = Receiver([503, 503])
    try:
        post(sandbox, {**GOOD, "StatusCallback": receiver.url})
        got = receiver.wait_for(5)
    finally:
        receiver.close()
    assert [fields["MessageStatus"] for _, fields in got] == ["queued"] * 3 + ["sent", "delivered"]


@needs_shared
@pytest.mark.parametrize("case", ["form", "form, explicit port kept in the URL", "repeated parameter"])
def test_the_signature_gives_the_known_vectors(case: str) -> None:
    """Our own signing agrees with documented and recorded values."""
    vector = next(v for v in json.loads(VECTORS.read_text()) if v["case"] == case)
    fields = [tuple(pair) for pair in vector.get("params_list", [])] or list(vector["params"].items())
    assert sign(vector.get("auth_token", "12345"), vector["url"], fields) == vector["signature"]


def test_the_signature_gives_the_documented_value() -> None:
    """The example of Twilio's security page, kept here so that it is checked everywhere."""
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert sign("12345", url, fields.items()) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
