"""The fake Segment against Segment's own client, and our destination against it under faults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from edge.doubles import edge
from scripted_server import scripted
from segment.analytics.client import Client
from traps import delivery

import connectors
from core.ports import Delivered, DeliveryRow, Destination, Outcome, Rejected, RetryLater
from cuewire.sandbox import Sandbox, SandboxSettings

SETTINGS = SandboxSettings()
EVENT = {"user_id": "u1", "event": "Cart Abandoned", "properties": {"total": 80.0}}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Run a sandbox for one test."""
    with Sandbox(SETTINGS) as running:
        yield running


@pytest.fixture
def segment(sandbox: Sandbox) -> Destination:
    """Build our destination against it."""
    return build(f"{sandbox.url}/segment_out")


def build(base_url: str, key: str = SETTINGS.segment_out_write_key) -> Destination:
    """Build our destination against an address."""
    return connectors.build("segment_out", "segment_out", {"write_key": key, "base_url": base_url})


def row(identifier: str = "dlv_1", action: str = "track", **fields: Any) -> DeliveryRow:
    """Build one delivery."""
    made = delivery(identifier, **(fields or EVENT))
    made.action = action
    return made


def send(segment: Destination, made: DeliveryRow) -> Outcome:
    """Send one delivery."""
    (outcome,) = segment.send(made.action, [made])
    return outcome


def ask(sandbox: Sandbox, **fault: Any) -> None:
    """Ask for a fault."""
    body = {"vendor": "segment_out", **fault}
    assert requests.post(f"{sandbox.url}/sandbox/faults", json=body, timeout=60).status_code == 201


def test_segments_own_client_is_taken_and_a_repeat_counts_once(sandbox: Sandbox) -> None:
    """By message id alone, as Segment does."""
    client = Client(SETTINGS.segment_out_write_key, host=f"{sandbox.url}/segment_out", sync_mode=True)
    for event in ("Seen", "Seen again"):
        client.track("u1", event, message_id="m1")
    (call,) = sandbox.state.calls.rows()
    assert (call["event"], call["copies"]) == ("Seen", 2)


def test_a_wrong_key_is_answered_with_success_and_seen_nowhere(sandbox: Sandbox) -> None:
    """As the real one does."""
    assert isinstance(send(build(f"{sandbox.url}/segment_out", key="other"), row()), Delivered)
    assert sandbox.state.calls.rows() == []


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"batch": [1]}', b'{"batch": [{"a": "%s"}]}' % (b"x" * 33_000), b" " * 600_000]
)
def test_what_cannot_be_read_or_is_too_large_is_a_400(sandbox: Sandbox, body: bytes) -> None:
    """Everything else is answered with success."""
    assert requests.post(f"{sandbox.url}/segment_out/v1/batch", data=body, timeout=60).status_code == 400


@pytest.mark.parametrize(("drop", "copies"), [("before", 1), ("after", 2)])
def test_a_second_try_after_a_lost_answer_counts_once(
    sandbox: Sandbox, segment: Destination, drop: str, copies: int
) -> None:
    """The message id derives from the delivery's, so that Segment knows it again."""
    ask(sandbox, drop=drop)
    assert isinstance(send(segment, row()), RetryLater)
    assert send(segment, row()) == Delivered("accepted", reference="cuewire-dlv_1")
    (call,) = sandbox.state.calls.rows()
    assert (call["copies"], call["context"]["integration"]) == (copies, {"name": "cuewire"})


def test_a_batch_is_one_request_and_what_cannot_be_written_costs_the_others_nothing(
    sandbox: Sandbox, segment: Destination
) -> None:
    """Answers stand in the order of the deliveries."""
    rows = [
        row("a"),
        row("b", **{**EVENT, "properties": {"text": "x" * 33_000}}),
        row("c", event="Nobody"),
        row("d"),
    ]
    outcomes = segment.send("track", rows)
    assert [type(outcome) for outcome in outcomes] == [Delivered, Rejected, Rejected, Delivered]
    assert [call["messageId"] for call in sandbox.state.calls.rows()] == ["cuewire-a", "cuewire-d"]
    assert len(sandbox.state.ledger.since(0)) == 1


def test_a_number_that_json_cannot_carry_costs_the_others_nothing(
    sandbox: Sandbox, segment: Destination
) -> None:
    """Found only when the request is written, then the calls go one by one."""
    rows = [row("a"), row("b", **{**EVENT, "properties": {"n": float("nan")}}), row("c")]
    outcomes = segment.send("track", rows)
    assert [type(outcome) for outcome in outcomes] == [Delivered, Rejected, Delivered]
    assert len(sandbox.state.calls.rows()) == 2


def test_a_batch_that_is_refused_whole_goes_one_by_one() -> None:
    """Segment does not say which of them it is."""
    answers = [
        {"status": 400, "json": {"message": "no"}},
        {"status": 200},
        {"status": 400, "json": {"message": "no"}},
    ]
    with scripted(answers) as server:
        outcomes = build(server.url).send("track", [row("a"), row("b")])
    assert outcomes == [Delivered("accepted", reference="cuewire-a"), Rejected("Segment answered 400: no")]


def test_a_full_batch_stays_below_segments_limit(sandbox: Sandbox, segment: Destination) -> None:
    """As many of the largest calls as go into one request."""
    large = {**EVENT, "properties": {"text": "x" * 32_000}}
    outcomes = segment.send("track", [row(str(number), **large) for number in range(16)])
    assert {type(outcome) for outcome in outcomes} == {Delivered}
    assert [entry["status"] for entry in sandbox.state.ledger.since(0)] == [200, 200]


def test_our_own_receiver_takes_what_we_send() -> None:
    """Cuewire can be the source of another Cuewire, and the mark arrives with each call."""
    app = edge(secrets={("segment", "write_key"): "key"})
    with scripted([{"status": 200}]) as server:
        send(build(server.url, key="key"), row())
        (sent,) = server.requests
    answer = app.client.post(
        "/v1/batch", data=sent.body, headers={"Authorization": sent.headers["authorization"]}
    )
    assert (answer.status_code, app.intake.reasons) == (200, [])
    (call,) = app.intake.events
    assert call["messageId"] == "cuewire-dlv_1"
    assert call["context"]["integration"] == {"name": "cuewire"}


def test_the_page_shows_the_calls(sandbox: Sandbox, segment: Destination) -> None:
    """With the person, the event and what came along."""
    send(segment, row())
    page = requests.get(sandbox.url, timeout=60).text
    assert "Cart Abandoned" in page and "cuewire-dlv_1" in page
    assert requests.get(f"{sandbox.url}/sandbox/calls", timeout=60).json()["calls"][0]["userId"] == "u1"
