"""How each vendor says that it has had enough, in its own words and with values that make no sense."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from scripted_server import ScriptedServer, scripted
from test_destinations import NOW, load, make, row
from test_fault_matrix import DAY, KINDS, delivered, first_of

from core.ports import RetryLater

SECOND = 1000


def hubspot(policy: str, status: int = 429, **headers: str) -> dict[str, Any]:
    """Write HubSpot's limit, which names its policy and no time."""
    body = {"status": "error", "errorType": "RATE_LIMIT", "policyName": policy, "message": "slow down"}
    return {"status": status, "json": body, "headers": {k.replace("_", "-"): v for k, v in headers.items()}}


def salesforce(status: int, code: str) -> dict[str, Any]:
    """Write an error of Salesforce."""
    return {"status": status, "json": [{"errorCode": code, "message": "no"}]}


def marketo(code: str) -> dict[str, Any]:
    """Write an error of Marketo, which is a 200."""
    return {"status": 200, "json": {"success": False, "errors": [{"code": code, "message": "no"}]}}


def told(header: str, value: str) -> dict[str, Any]:
    """Write a 429 with one header."""
    return {"status": 429, "headers": {header: value}}


#: What is asked of a vendor that is not listed.
USUAL = [(told("Retry-After", "7"), 7 * SECOND), (told("Retry-After", "99999999999"), DAY)]

#: The answer, and for how many milliseconds the destination is left alone; None where our own waits are meant.
WAITS: dict[str, list[tuple[dict[str, Any], int | None]]] = {
    "hubspot": [
        (hubspot("TEN_SECONDLY_ROLLING"), 10 * SECOND),
        (hubspot("SECONDLY"), SECOND),
        (hubspot("", 477, Retry_After="60"), 60 * SECOND),
        (hubspot("", 477, Retry_After="99999999999"), DAY),
    ],
    "salesforce": [(salesforce(403, "REQUEST_LIMIT_EXCEEDED"), 3600 * SECOND)],
    "twilio": [
        ({"status": 429, "json": {"code": 20429, "message": "Too Many Requests"}}, None),
        (told("Retry-After", "1e9"), None),
    ],
    "sendgrid": [
        (told("X-RateLimit-Reset", str(NOW // SECOND + 40)), 40 * SECOND),
        (told("X-RateLimit-Reset", "later"), None),
    ],
    "braze": [
        (told("X-RateLimit-Reset", str(NOW // SECOND + 3)), 3 * SECOND),
        (told("X-RateLimit-Reset", str(NOW // SECOND - 9)), 0),
        (told("X-RateLimit-Reset", "99999999999"), DAY),
        (told("X-RateLimit-Reset", "9" * 40), None),
    ],
    "segment_out": [(told("Retry-After", "7"), 7 * SECOND), (told("Retry-After", "+7"), None)],
    "slack": [
        ({"status": 429, "text": "rate_limited", "headers": {"Retry-After": "30"}}, 30 * SECOND),
        (told("Retry-After", "0.5"), None),
    ],
    "zapier": [(told("Retry-After", "0"), 0)],
    "make": [({"status": 429, "text": "Too many requests"}, None)],
    "marketo": [(marketo("606"), None), (marketo("607"), None), (marketo("615"), None)],
    "mailchimp": [
        ({"status": 429, "json": {"detail": "Too many simultaneous connections"}}, None),
        ({"status": 403, "text": ""}, None),
    ],
    "customerio": [(told("Retry-After", "Fri, 15 Jan 2027 08:00:09 GMT"), 9 * SECOND)],
    "mixpanel": [({"status": 429, "json": {"error": "exceeded the rate limit", "code": 429}}, None)],
    "amplitude": [
        ({"status": 429, "json": {"code": 429, "error": "Too many requests", "eps_threshold": 10}}, None)
    ],
    "webhook": [(told("Retry-After", "120"), 120 * SECOND)],
}


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    """Serve every script of this file, one after the other."""
    with scripted([{"status": 200}]) as running:
        yield running


@pytest.mark.parametrize("kind", KINDS)
def test_a_vendor_that_has_had_enough_is_left_alone_as_long_as_it_says(
    server: ScriptedServer, kind: str
) -> None:
    """It is alive, so no breaker opens, and nonsense never costs more than a day."""
    action, path = next(iter(delivered(kind).items()))
    for answer, wait in WAITS.get(kind, USUAL):
        server.play([*first_of(path), answer])
        (outcome,) = make(path, server.url).send(action, [row(load(path))])
        assert server.served[-1] == answer
        assert isinstance(outcome, RetryLater), answer
        assert (outcome.throttled, outcome.pause, outcome.may_have_arrived) == (True, False, False), answer
        assert outcome.until == (None if wait is None else NOW + wait), answer
