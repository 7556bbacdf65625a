"""What HubSpot and its SDK do that nobody expects, each held to what we make of it; fixtures hold the rest."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from scripted_server import nobody_listens, scripted
from traps import NOW, MovingClock, delivery, silent

import connectors
from connectors import transport
from connectors.hubspot import HubSpot
from core.ports import Delivered, Outcome, Rejected, RetryLater, Unknown

HOUR = 3_600_000
DAY = 24 * HOUR
GOOD = {"status": 200, "json": {"status": "COMPLETE", "results": [{"id": "51", "new": True}]}}


def hubspot(base_url: str, clock: MovingClock | None = None) -> HubSpot:
    """Build the destination against an address."""
    values = {"access_token": "token-of-hubspot", "base_url": base_url}
    made = connectors.build("hubspot", "hubspot", values, clock=clock or MovingClock())
    assert isinstance(made, HubSpot)
    return made


def send(made: HubSpot, identifier: str = "d1", **fields: Any) -> Outcome:
    """Send one contact."""
    (outcome,) = made.send("upsert_contact", [delivery(identifier, email="ada@example.com", **fields)])
    return outcome


def split(answer: dict[str, Any], status: int = 207) -> list[Outcome]:
    """Read an answer to three contacts in one request."""
    batch = [delivery(name, email=f"{name}@example.com") for name in ("a", "b", "c")]
    with scripted([{"status": status, "json": answer}]) as server:
        made = hubspot(server.url)
        made.connect()
        return made.upsert_contact(batch)


def test_ten_calls_use_one_connection() -> None:
    """Each access of the API through the client would open a pool of its own."""
    with scripted([GOOD]) as server:
        made = hubspot(server.url)
        assert {type(send(made)) for _ in range(10)} == {Delivered}
        assert (len(server.requests), len(server.connections)) == (10, 1)


def test_a_refusal_gives_its_connection_back() -> None:
    """Its body is read to the end, as that of a success is."""
    with scripted([{"status": 400, "json": {"message": "no"}}]) as server:
        made = hubspot(server.url)
        assert {type(send(made)) for _ in range(5)} == {Rejected}
        assert len(server.connections) == 1


def test_threads_share_one_api_object() -> None:
    """Eight senders, no error, no lost answer."""
    with scripted([GOOD]) as server:
        made = hubspot(server.url)
        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(lambda number: send(made, f"d{number}"), range(40)))
        assert outcomes == [Delivered("created", reference="51")] * 40
        assert len(server.connections) <= 8


@pytest.mark.parametrize(
    "answer", [{"status": 429, "headers": {"Retry-After": "3"}}, {"status": 503}, {"fault": "reset"}]
)
def test_the_sdk_retries_nothing_behind_our_back(answer: dict[str, Any]) -> None:
    """Its default is three retries, asleep for as long as Retry-After says."""
    with scripted([answer, GOOD]) as server:
        assert isinstance(send(hubspot(server.url)), RetryLater)
        assert len(server.requests) == 1


def test_a_silent_server_does_not_hold_a_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK has no timeout of its own; urllib3's error is read."""
    monkeypatch.setattr(transport, "TIMEOUT", (0.2, 0.2))
    with silent() as address:
        assert send(hubspot(address)) == RetryLater("HubSpot did not answer in time", may_have_arrived=True)


def test_errors_of_urllib3_are_read_as_those_of_requests_are() -> None:
    """The SDK lets them through as they are."""
    with nobody_listens() as address:
        assert send(hubspot(address)) == RetryLater("no connection to HubSpot: NewConnectionError")
    outcome = send(hubspot("https://hubspot.invalid"))
    assert outcome == RetryLater("no connection to HubSpot: NameResolutionError")


def test_a_207_is_split_by_the_trace_of_each_row() -> None:
    """One refused row leaves the others delivered, whatever the order."""
    refused = {"message": "bad option", "context": {"objectWriteTraceId": ["b"]}}
    results = [
        {"id": "3", "new": False, "objectWriteTraceId": "c"},
        {"id": "1", "new": True, "objectWriteTraceId": "a"},
    ]
    assert split({"results": results, "numErrors": 1, "errors": [refused]}) == [
        Delivered("created", reference="1"),
        Rejected("HubSpot refused it: bad option"),
        Delivered("updated", reference="3"),
    ]


def test_a_207_that_does_not_say_whom_it_refused_is_tried_again() -> None:
    """Without a trace nobody can tell which of several rows it was."""
    results = [{"id": "1", "new": True, "objectWriteTraceId": "a"}]
    outcomes = split({"results": results, "numErrors": 1, "errors": [{"message": "bad"}]})
    assert outcomes[0] == Delivered("created", reference="1")
    assert [type(outcome) for outcome in outcomes[1:]] == [Unknown, Unknown]


def test_a_200_for_all_needs_no_traces() -> None:
    """As many results as rows, and no error: everything was written."""
    results = [{"id": str(number), "new": False} for number in range(3)]
    assert split({"results": results}, status=200) == [Delivered("written")] * 3


@pytest.mark.parametrize(
    "answer", [{"results": [], "errors": []}, {}, {"results": None}, {"results": [{}, {}, {}]}]
)
def test_a_2xx_with_neither_results_nor_errors_is_a_failure(answer: dict[str, Any]) -> None:
    """It has been seen, and nothing had been written."""
    assert {type(outcome) for outcome in split(answer, status=200)} == {Unknown}


def test_the_daily_limit_waits_for_midnight_then_for_each_hour() -> None:
    """The limit ends at the account's midnight, which may be any hour of UTC's day."""
    clock = MovingClock()
    with scripted([{"status": 429, "json": {"policyName": "DAILY"}}]) as server:
        made = hubspot(server.url, clock)
        first = send(made)
        assert isinstance(first, RetryLater)
        midnight = (NOW // DAY + 1) * DAY
        assert (first.until, first.throttled) == (midnight, True)
        assert "does not say the account's time zone" in first.reason
        waits = []
        for at in (NOW + HOUR, midnight, midnight + HOUR, midnight + DAY):
            clock.at = at
            again = send(made)
            assert isinstance(again, RetryLater)
            waits.append(again.until)
        assert waits == [midnight, midnight + HOUR, midnight + 2 * HOUR, midnight + 2 * DAY]


def test_the_token_is_in_no_reason() -> None:
    """Whatever HubSpot, or a proxy, repeats."""
    with scripted([{"status": 400, "json": {"message": "what is token-of-hubspot?"}}]) as server:
        assert send(hubspot(server.url)) == Rejected("HubSpot answered 400: what is ***?")


@pytest.mark.parametrize("value", [{"a": 1}, [["a"]], [{"a": 1}], float("nan"), float("inf")])
def test_what_is_no_text_is_refused_before_anything_leaves(value: Any) -> None:
    """The SDK would send it, unnoticed."""
    with scripted([GOOD]) as server:
        assert isinstance(send(hubspot(server.url), score=value), Rejected)
        assert server.requests == []
