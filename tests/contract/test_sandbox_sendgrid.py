"""The fake SendGrid: what it takes and refuses, its lists, and our destination against it under faults."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from traps import delivery

import connectors
from core.ports import Delivered, Destination, Outcome, RetryLater, Unknown
from cuewire.sandbox import Sandbox, SandboxSettings

SETTINGS = SandboxSettings()
MAIL = {
    "personalizations": [{"to": [{"email": "ada@example.com"}]}],
    "from": {"email": "shop@example.com"},
    "subject": "Hello",
    "content": [{"type": "text/plain", "value": "Hi"}],
}
FIELDS = {"to": "ada@example.com", "subject": "Hello", "text": "Hi"}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Run a sandbox for one test."""
    with Sandbox(SETTINGS) as running:
        yield running


@pytest.fixture
def sendgrid(sandbox: Sandbox) -> Destination:
    """Build our destination against it."""
    values = {
        name.removeprefix("CUEWIRE_SENDGRID_").lower(): value
        for name, value in SETTINGS.as_environment(sandbox.url).items()
    }
    return connectors.build("sendgrid", "sendgrid", values)


def post(sandbox: Sandbox, path: str, body: Any, key: str = SETTINGS.sendgrid_api_key) -> requests.Response:
    """Call the fake as anybody would."""
    headers = {"Authorization": f"Bearer {key}"}
    return requests.post(f"{sandbox.url}/sendgrid{path}", json=body, headers=headers, timeout=60)


def ask(sandbox: Sandbox, **fault: Any) -> None:
    """Ask for a fault."""
    body = {"vendor": "sendgrid", **fault}
    assert requests.post(f"{sandbox.url}/sandbox/faults", json=body, timeout=60).status_code == 201


def send(sendgrid: Destination, action: str = "send_email", **fields: Any) -> Outcome:
    """Send one delivery."""
    row = delivery("dlv_1", **(fields or FIELDS))
    row.action = action
    (outcome,) = sendgrid.send(action, [row])
    return outcome


def test_a_mail_is_taken_with_an_id_and_no_body(sandbox: Sandbox) -> None:
    """As the documentation says, with its rate headers."""
    answer = post(sandbox, "/v3/mail/send", MAIL)
    assert (answer.status_code, answer.content) == (202, b"")
    assert answer.headers["X-Message-Id"] == sandbox.state.post.mails()[0]["id"]
    assert int(answer.headers["X-RateLimit-Reset"]) > time.time()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"personalizations": []}, "personalizations"),
        ({"personalizations": [{"to": [{"email": "nobody"}]}]}, "personalizations.0.to"),
        ({"personalizations": [*MAIL["personalizations"], *MAIL["personalizations"]]}, "personalizations.1"),
        ({"from": None}, "from.email"),
        ({"subject": ""}, "subject"),
        ({"content": []}, "content"),
        ({"content": [{"type": "text/html", "value": "a"}, {"type": "text/plain", "value": "a"}]}, "content"),
        ({"categories": ["a"] * 2}, "categories"),
        ({"asm": {"group_id": "1"}}, "asm.group_id"),
        ({"headers": "a"}, "headers"),
    ],
)
def test_a_wrong_mail_is_refused_with_its_field(sandbox: Sandbox, change: Any, field: str) -> None:
    """Nothing is taken, and the error is in SendGrid's form."""
    answer = post(sandbox, "/v3/mail/send", {**MAIL, **change})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    assert sandbox.state.post.mails() == []


def test_a_wrong_key_is_refused(sandbox: Sandbox, sendgrid: Destination) -> None:
    """Whatever is asked, in SendGrid's form."""
    answer = post(sandbox, "/v3/mail/send", MAIL, key="SG.other")
    assert (answer.status_code, "authorization" in answer.json()["errors"][0]["message"]) == (401, True)


def test_a_delivery_becomes_one_mail_that_names_it(sandbox: Sandbox, sendgrid: Destination) -> None:
    """Its id comes back with every event about the mail."""
    outcome = send(sendgrid, **FIELDS, unsubscribe_url="https://example.com/u", unsubscribe_group=7)
    (mail,) = sandbox.state.post.mails()
    assert outcome == Delivered("accepted", reference=mail["id"])
    assert mail["custom_args"] == {"cuewire_delivery": "dlv_1"}
    assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    page = requests.get(sandbox.url, timeout=60).text
    assert "ada@example.com" in page and "dlv_1" in page


@pytest.mark.parametrize(("drop", "mails"), [("before", 0), ("after", 1)])
def test_a_lost_answer_is_unknown_whether_or_not_the_mail_left(
    sandbox: Sandbox, sendgrid: Destination, drop: str, mails: int
) -> None:
    """From here it looks the same, and a second mail would be one too many."""
    ask(sandbox, drop=drop)
    assert isinstance(send(sendgrid), Unknown)
    assert len(sandbox.state.post.mails()) == mails


def test_a_rate_limit_is_waited_for_until_the_moment_that_is_named(
    sandbox: Sandbox, sendgrid: Destination
) -> None:
    """Its header is absolute, in seconds."""
    before = time.time()
    ask(sandbox, rate_limit={"reset_in_s": 2})
    outcome = send(sendgrid)
    assert isinstance(outcome, RetryLater) and outcome.throttled
    assert before + 2 <= (outcome.until or 0) / 1000 <= time.time() + 3
    assert isinstance(send(sendgrid), Delivered)


@pytest.mark.parametrize("group", [{}, {"unsubscribe_group": 7}])
def test_a_suppressed_address_gets_no_mail_until_it_is_allowed_again(
    sandbox: Sandbox, sendgrid: Destination, group: dict[str, int]
) -> None:
    """By group or altogether; SendGrid takes the mail and drops it."""
    person = {"email": "ada@example.com", **group}
    for action in ("add_suppression", "add_suppression"):
        assert send(sendgrid, action, **person) == Delivered("suppressed")
    send(sendgrid, **FIELDS, unsubscribe_group=7)
    send(sendgrid, **FIELDS, unsubscribe_group=8)
    assert send(sendgrid, "remove_suppression", **person) == Delivered("removed")
    assert send(sendgrid, "remove_suppression", **person) == Delivered("there was nothing to remove")
    send(sendgrid, **FIELDS, unsubscribe_group=7)
    statuses = [mail["status"] for mail in sandbox.state.post.mails()]
    assert statuses == ["dropped", "processed" if group else "dropped", "processed"]


def test_an_erased_address_leaves_nothing(sandbox: Sandbox, sendgrid: Destination) -> None:
    """The job is named; others' mails stay."""
    send(sendgrid)
    send(sendgrid, **{**FIELDS, "to": "eve@example.com"})
    outcome = send(sendgrid, "erase", email="Ada@Example.com")
    assert isinstance(outcome, Delivered) and outcome.reference
    assert [mail["to"] for mail in sandbox.state.post.mails()] == ["eve@example.com"]
    assert post(sandbox, "/v3/recipients/erasejob", {"email_addresses": ["nobody"]}).status_code == 400
