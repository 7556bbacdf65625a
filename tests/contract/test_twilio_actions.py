"""Twilio's actions against the fake one, and what is found of a message whose answer was lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from scripted_server import scripted
from traps import NOW, MovingClock, delivery

import connectors
from connectors.twilio import Twilio
from core.ports import Attempt, Delivered, DeliveryRow, LooksUp, Outcome, Rejected, RetryLater, Unknown
from cuewire.sandbox import Sandbox, SandboxSettings
from cuewire.sandbox.faults import Fault

SETTINGS = SandboxSettings(callback_pace=0.01, hold_after_drop=0.01)
SERVICE = "MG0123456789abcdef0123456789abcdef"
TEMPLATE = "HX0123456789abcdef0123456789abcdef"
FLOW = "FW0123456789abcdef0123456789abcdef"
TO, FROM = "+4915112345678", "+15005550006"
MINUTE = 60_000


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Run a sandbox for one test."""
    with Sandbox(SETTINGS) as running:
        yield running


def twilio(base_url: str, clock: MovingClock | None = None) -> Twilio:
    """Build the destination against an address."""
    values = {
        "account_sid": SETTINGS.twilio_account_sid,
        "auth_token": SETTINGS.twilio_auth_token,
        "from": FROM,
        "base_url": base_url,
    }
    made = connectors.build("twilio", "twilio", values, clock=clock)
    assert isinstance(made, Twilio)
    return made


def row(action: str, /, **fields: Any) -> DeliveryRow:
    """Build a delivery of any action to one person."""
    return msgspec.structs.replace(delivery("d1", **{"to": TO, **fields}), action=action)


def send(made: Twilio, action: str, /, **fields: Any) -> Outcome:
    """Send one delivery."""
    (outcome,) = made.send(action, [row(action, **fields)])
    return outcome


def in_an_hour() -> str:
    """Give a time for which Twilio schedules."""
    return (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds")


def test_every_way_of_writing_reaches_the_fake_one(sandbox: Sandbox) -> None:
    """Text, picture, template and flow, each as Twilio takes it."""
    made = twilio(f"{sandbox.url}/twilio")
    assert isinstance(send(made, "send_message", body="Hi"), Delivered)
    assert isinstance(
        send(made, "send_message", body="Hi", media_url="https://cdn.example.com/a.jpg"), Delivered
    )
    template = send(made, "send_whatsapp", content_sid=TEMPLATE, content_variables={"1": "Ada"})
    assert isinstance(template, Delivered)
    assert isinstance(send(made, "start_flow", flow_sid=FLOW, parameters={"name": "Ada"}), Delivered)
    sent = sandbox.state.messages.ledger()
    assert [(one["to"], one["num_media"]) for one in sent] == [
        (TO, "0"),
        (TO, "1"),
        (f"whatsapp:{TO}", "0"),
    ]
    assert '{"1": "Ada"}' in sent[-1]["body"]


def test_what_is_scheduled_can_be_cancelled_until_it_leaves(sandbox: Sandbox) -> None:
    """All that waits for a number, nothing else, and a second time without harm."""
    made = twilio(f"{sandbox.url}/twilio")
    for _ in range(2):
        waiting = send(made, "send_message", body="Hi", send_at=in_an_hour(), **{"from": SERVICE})
        assert isinstance(waiting, Delivered) and waiting.reason == "scheduled"
    other = send(made, "send_message", body="Hi", **{"from": SERVICE})
    cancelled = send(made, "cancel_scheduled", **{"from": SERVICE})
    assert cancelled == Delivered("2 cancelled")
    assert send(made, "cancel_scheduled", **{"from": SERVICE}) == Delivered("nothing was scheduled")
    again = send(made, "cancel_scheduled", message_sid=waiting.reference)
    assert again == Delivered("was cancelled already", reference=waiting.reference)
    assert isinstance(other, Delivered)
    late = send(made, "cancel_scheduled", message_sid=other.reference)
    assert isinstance(late, Rejected) and "does not cancel it" in late.reason


def test_a_lost_answer_is_found_in_the_list_and_nothing_is_sent_again(sandbox: Sandbox) -> None:
    """The connection broke after Twilio had taken it."""
    made = twilio(f"{sandbox.url}/twilio")
    lost = row("send_message", body="Hi")
    lost.attempts = [Attempt(1, made.clock.now())]
    sandbox.state.faults.add(Fault(vendor="twilio", drop="after"))
    (outcome,) = made.send("send_message", [lost])
    assert isinstance(outcome, Unknown)
    assert isinstance(made, LooksUp)
    found = made.look_up(lost)
    (kept,) = sandbox.state.messages.ledger()
    assert isinstance(found, Delivered) and found.reference == kept["sid"]
    assert [one["method"] for one in sandbox.state.ledger.since(0)] == ["POST", "GET"]


def test_what_was_said_elsewhere_is_heeded_by_twilio_itself(sandbox: Sandbox) -> None:
    """People share a request, one that is refused costs the others nothing, and a number is in it once."""
    made = twilio(f"{sandbox.url}/twilio")
    rows = [
        msgspec.structs.replace(row("set_consent", to=to, status=status), id=f"d{place}")
        for place, (to, status) in enumerate([(TO, "opt-in"), ("+4915112345679", "opt-out"), (TO, "opt-out")])
    ]
    assert made.send("set_consent", rows) == [Delivered("taken")] * 3
    assert len(sandbox.state.ledger.since(0)) == 2
    refused = send(made, "send_message", body="Hi")
    assert isinstance(refused, Rejected) and refused.opted_out
    assert send(made, "set_consent", status="opt-in") == Delivered("taken")
    assert isinstance(send(made, "send_message", body="Hi"), Delivered)


def test_what_is_kept_of_a_number_is_deleted_and_nothing_of_others(
    sandbox: Sandbox, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    """What is still on its way is deleted with a later try."""
    made = twilio(f"{sandbox.url}/twilio")
    send(made, "send_message", body="Hi", send_at=in_an_hour(), **{"from": SERVICE})
    send(made, "send_whatsapp", body="Hi")
    send(made, "send_message", body="Hi", to="+4915112345679")
    assert isinstance(send(made, "erase"), RetryLater)
    send(made, "cancel_scheduled", **{"from": SERVICE})
    wait_until(lambda: isinstance(send(made, "erase"), Delivered))
    assert [one["to"] for one in sandbox.state.messages.ledger()] == ["+4915112345679"]


def test_a_number_with_many_messages_takes_several_tries(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    """No try takes longer than its lists are."""
    monkeypatch.setattr("connectors.twilio.erasure.MOST", 2)
    made = twilio(f"{sandbox.url}/twilio")
    for _ in range(3):
        send(made, "send_message", body="Hi")
    wait_until(lambda: all(one["status"] == "delivered" for one in sandbox.state.messages.ledger()))
    first = send(made, "erase")
    assert isinstance(first, RetryLater) and first.reason == "2 deleted, and there may be more"
    assert send(made, "erase") == Delivered("1 deleted")


def test_a_flow_whose_answer_was_lost_is_found_and_not_started_again(sandbox: Sandbox) -> None:
    """By its number, among those who entered the flow in these minutes; another flow is not asked."""
    made = twilio(f"{sandbox.url}/twilio")
    send(made, "start_flow", flow_sid=FLOW, to="+4915112345679")
    lost = row("start_flow", flow_sid=FLOW)
    lost.attempts = [Attempt(1, made.clock.now())]
    sandbox.state.faults.add(Fault(vendor="twilio", drop="after"))
    (outcome,) = made.send("start_flow", [lost])
    assert isinstance(outcome, Unknown)
    found = made.look_up(lost)
    assert isinstance(found, Delivered) and found.reason == "active" and found.reference.startswith("FN")
    other = msgspec.structs.replace(lost, fields={**lost.fields, "flow_sid": f"{FLOW[:-1]}0"})
    assert made.look_up(other) == Unknown("Twilio does not list it yet")
    methods = [one["method"] for one in sandbox.state.ledger.since(0)]
    assert methods == ["POST", "POST", "GET", "GET"]


def listed(**changed: Any) -> dict[str, Any]:
    """Write a message as Twilio lists it, made in the second of the attempt."""
    made = datetime.fromtimestamp(NOW / 1000, UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
    message = {
        "sid": "SM1",
        "status": "delivered",
        "direction": "outbound-api",
        "from": FROM,
        "to": TO,
        "messaging_service_sid": None,
        "body": "Hi",
        "error_code": None,
        "date_created": made,
    }
    return {**message, **changed}


def asked(*messages: dict[str, Any], after: int = 2 * MINUTE, **fields: Any) -> tuple[Outcome | None, str]:
    """Look a lost message up in a list, so long after its attempt; give the answer and the question."""
    clock = MovingClock()
    lost = row("send_message", **{"body": "Hi", **fields})
    lost.attempts = [Attempt(1, clock.at)]
    clock.at += after
    with scripted([{"status": 200, "json": {"messages": list(messages)}}]) as server:
        answer = twilio(server.url, clock).look_up(lost)
        (request,) = server.requests
    return answer, request.path


def test_the_list_is_asked_for_the_number_and_the_day() -> None:
    """A day earlier too: Twilio's days are those of Greenwich and its clock is not ours."""
    answer, path = asked(listed())
    assert answer == Delivered("delivered", reference="SM1", is_final=True)
    assert "To=%2B4915112345678" in path and "DateSent%3E=2027-01-14" in path


@pytest.mark.parametrize(
    "other",
    [
        {"body": "Something else"},
        {"from": "+15005550001"},
        {"direction": "inbound"},
        {"date_created": "Fri, 15 Jan 2027 07:59:00 +0000"},
        {"date_created": "Fri, 15 Jan 2027 08:03:00 +0000"},
        {"date_created": None},
    ],
)
def test_another_message_to_the_person_is_not_taken_for_it(other: dict[str, Any]) -> None:
    """Nor is one that is not there yet taken for one that never comes."""
    answer, _ = asked(listed(**other))
    assert answer == Unknown("Twilio does not list it yet")


def test_what_is_not_there_after_an_hour_was_never_taken() -> None:
    """The delivery then stays unknown, for its class allows no second send."""
    assert asked(after=60 * MINUTE)[0] is None


def test_two_that_it_may_be_settle_nothing() -> None:
    """The same text to the same person in the same minute."""
    answer, _ = asked(listed(), listed(sid="SM2"))
    assert answer == Unknown("Twilio has several that it may be")


def test_a_refusal_by_the_network_is_found_and_an_opt_out_with_it() -> None:
    """So consent hears of it as it does by the callback."""
    answer, _ = asked(listed(status="undelivered", error_code=21610))
    assert answer == Rejected("undelivered (error 21610)", opted_out=True)


def test_links_and_codes_that_were_put_in_when_it_left_are_no_difference() -> None:
    """What is stored has stand-ins."""
    answer, _ = asked(
        listed(body="Stop: https://cuewire.example.com/u/abc?x=1 (code 123456)."),
        body="Stop: https://unsubscribe.cuewire.invalid/ (code [[cuewire:code]]).",
    )
    assert isinstance(answer, Delivered)


def test_what_a_service_was_to_send_later_is_asked_for_without_a_day() -> None:
    """It has none before it is sent."""
    fields = {"from": SERVICE, "send_at": "2027-01-20T08:00:00Z"}
    mine = listed(messaging_service_sid=SERVICE, status="scheduled", **{"from": None})
    answer, path = asked(mine, **fields)
    assert answer == Delivered("scheduled", reference="SM1")
    assert "DateSent" not in path


@pytest.mark.parametrize(
    ("reply", "wanted"),
    [
        ({"status": 404, "json": {"code": 20404, "message": "not found"}}, Unknown),
        ({"status": 500, "json": {}}, Unknown),
        ({"fault": "reset"}, Unknown),
        ({"status": 200, "text": "<html>"}, Unknown),
        ({"status": 429, "json": {}, "headers": {"Retry-After": "9"}}, RetryLater),
        ({"status": 401, "json": {"code": 20003, "message": "Authenticate"}}, RetryLater),
    ],
)
def test_a_question_that_fails_settles_nothing(reply: dict[str, Any], wanted: type[Outcome]) -> None:
    """Least of all as refused."""
    lost = row("send_message", body="Hi")
    lost.attempts = [Attempt(1, NOW)]
    with scripted([reply]) as server:
        answer = twilio(server.url, MovingClock()).look_up(lost)
    assert isinstance(answer, wanted)
    assert SETTINGS.twilio_auth_token not in answer.reason
