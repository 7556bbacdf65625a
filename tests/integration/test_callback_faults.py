"""Callbacks at the wrong moment: before the answer, after a lost one, twice, and forged; of each vendor."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from embedded.crm import PUBLIC
from embedded.mailing import FILES, Mailing
from twilio.request_validator import RequestValidator

from core.dispatch.outcome import record
from core.ports import Attempt, Delivered, DeliveryRow, Outcome, RetryLater, Status, Transaction, Unknown
from core.retry import RetryPolicy

KEY = "token-of-twilio"
DAY = 86_400_000
TEXT = """
trigger: texted
status: live
when: {event: Texted}
limits: {cap: {times: 100, per: 1d}}
do: [{twilio.send_message: {purpose: transactional, body: Hello}}]
"""
ANSWERS = [Unknown("lost"), RetryLater("lost", may_have_arrived=True), Delivered("queued", reference="R1")]


def by_sendgrid(server: Mailing, row: DeliveryRow, *, is_forged: bool = False) -> int:
    """Report as SendGrid does, signed by a key; a forger changes what was signed."""
    event = {
        "event": "delivered",
        "sg_event_id": f"e-{row.id}",
        "cuewire_delivery": row.id,
        "sg_message_id": row.id,
    }
    raw, headers = server.signed_mail(event)
    body = raw.replace(b'"delivered"', b'"dropped"') if is_forged else raw
    return server.client.post("/callbacks/sendgrid", data=body, headers=headers).status_code


def by_braze(server: Mailing, row: DeliveryRow, *, is_forged: bool = False) -> int:
    """Report as Braze does, with a token; a forger has to guess it."""
    metadata = {"external_send_id": row.id, "delivered_at": "2026-03-02T10:00:00Z"}
    body = {"dispatch_id": row.id, "status": "delivered", "metadata": metadata}
    return (server.braze(body, token="a-guess") if is_forged else server.braze(body)).status_code


def by_twilio(server: Mailing, row: DeliveryRow, *, is_forged: bool = False) -> int:
    """Report as Twilio does, signed with its token; a forger has another one."""
    path = f"/callbacks/twilio/status?delivery={row.id}"
    params = {"MessageSid": row.id, "MessageStatus": "delivered", "To": "+4915112345678"}
    key = hashlib.sha256(KEY.encode()).hexdigest() if is_forged else KEY
    signature = RequestValidator(key).compute_signature(PUBLIC + path, params)
    headers = {"X-Twilio-Signature": signature}
    form = "application/x-www-form-urlencoded"
    sent = server.client.post(path, data=urlencode(params), headers=headers, content_type=form)
    return sent.status_code


Report = Callable[..., int]
#: Who reports, and the event that makes a delivery there.
STARTS = {by_sendgrid: "Signed Up", by_braze: "Bought", by_twilio: "Texted"}
REPORTS = pytest.mark.parametrize("report", STARTS)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailing]:
    """Give a server whose background is not needed; each test has a delivery of its own."""
    more = {"CUEWIRE_TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "CUEWIRE_TWILIO_AUTH_TOKEN": KEY}
    more["CUEWIRE_TWILIO_FROM"] = "+15005550006"
    files = {**FILES, "triggers/texted.yaml": TEXT}
    made = Mailing(tmp_path_factory.mktemp("server"), files=files, more=more)
    yield made
    made.runtime.store.close()


def under_way(server: Mailing, report: Report) -> DeliveryRow:
    """Let a delivery be on its way, with no answer yet."""
    row = server.sent(STARTS[report])

    def leave(tx: Transaction) -> None:
        row.status, row.reason = Status.SENDING, ""
        row.attempts = [Attempt(1, row.created_at)]
        tx.deliveries.save(row)

    server.runtime.store.write(leave)
    return row


def answer(server: Mailing, row: DeliveryRow, outcome: Outcome) -> None:
    """Let the answer to its request come, as the dispatcher writes it down."""
    now = row.created_at + 1000
    server.runtime.store.write(
        lambda tx: record(tx, row.id, outcome, number=1, now=now, horizon=DAY, policy=RetryPolicy())
    )


def stands(server: Mailing, row: DeliveryRow) -> DeliveryRow:
    """Read a delivery."""
    found = server.runtime.store.read.delivery(row.id)
    assert found is not None
    return found


@REPORTS
@pytest.mark.parametrize("outcome", ANSWERS, ids=lambda one: type(one).__name__)
def test_a_callback_before_the_answer_is_the_last_word(
    server: Mailing, report: Report, outcome: Outcome
) -> None:
    """Whatever the answer says: what reached the person is not sent again."""
    row = under_way(server, report)
    assert report(server, row) in (200, 204)
    assert stands(server, row).status == "delivered"
    answer(server, row, outcome)
    assert (stands(server, row).status, stands(server, row).reason) == ("delivered", "delivered")


@REPORTS
def test_a_callback_settles_an_answer_that_was_lost(server: Mailing, report: Report) -> None:
    """Unknown becomes known."""
    row = under_way(server, report)
    answer(server, row, Unknown("lost"))
    assert stands(server, row).status == "unknown"
    assert report(server, row) in (200, 204)
    assert stands(server, row).status == "delivered"


@REPORTS
def test_a_callback_that_comes_twice_is_one(server: Mailing, report: Report) -> None:
    """Answered alike, and nothing is changed or counted again."""
    row = under_way(server, report)
    first = report(server, row)
    before, events = stands(server, row), applied(server)
    assert report(server, row) == first
    assert (stands(server, row), applied(server)) == (before, events)


@REPORTS
def test_a_forged_callback_settles_nothing(server: Mailing, report: Report) -> None:
    """Neither what is under way nor what was lost; the true one is still taken."""
    row = under_way(server, report)
    assert report(server, row, is_forged=True) in (401, 403)
    assert stands(server, row).status == "sending"
    answer(server, row, Unknown("lost"))
    assert report(server, row, is_forged=True) in (401, 403)
    assert stands(server, row).status == "unknown"
    assert report(server, row) in (200, 204)
    assert stands(server, row).status == "delivered"


def applied(server: Mailing) -> list[Any]:
    """List the events that took effect."""
    return [one.id for one in server.events("applied")]
